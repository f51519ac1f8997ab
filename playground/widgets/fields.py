"""Fields that several panels have."""

import random

import gradio as gr

from playground.language import word


def seed_field(value: int, label: str = "setting.seed", scale: int = 0) -> gr.Number:
    """The seed, always visible."""
    limits = dict(precision=0, minimum=0, maximum=2**31 - 1)
    return gr.Number(value, label=word(label), elem_classes=["seed"], scale=scale, min_width=140, **limits)


def new_seed(button: gr.Button, seed: gr.Number):
    """The button throws another seed."""
    button.click(lambda: random.randrange(10000), None, seed, show_progress="hidden", api_visibility="private", queue=False)
