"""Fields that several panels have. What comes of them goes to the panel as it is: what Gradio refuses, it refuses in
English and with a traceback."""

import random

import gradio as gr

from playground.shell.languages import word


class Slider(gr.Slider):
    """Gradio's slider, whose value the handler checks."""

    is_template = True  # to the page it is Gradio's own

    def preprocess(self, payload):
        return payload


class Number(gr.Number):
    """Gradio's number, whose value the handler checks."""

    is_template = True

    def preprocess(self, payload):
        return payload


class Radio(gr.Radio):
    """Gradio's radio, whose value the panel checks."""

    is_template = True

    def preprocess(self, payload):
        return payload


class Dropdown(gr.Dropdown):
    """Gradio's dropdown, whose value the panel checks."""

    is_template = True

    def preprocess(self, payload):
        return payload


def choice_field(label: str, names, value: str, prefix: str = "value.") -> gr.Radio:
    """One of several names, each shown as the catalogue's PREFIX + NAME."""
    return Radio([(word(prefix + name), name) for name in names], value=value, label=word(label))


def seed_field(value: int, label: str = "setting.seed", scale: int = 0) -> gr.Number:
    """The seed, always visible."""
    limits = dict(precision=0, minimum=0, maximum=2**31 - 1)
    return Number(value, label=word(label), elem_classes=["seed"], scale=scale, min_width=140, **limits)


def new_seed(button: gr.Button, seed: gr.Number):
    """The button throws another seed; returns the event."""
    return button.click(
        lambda: random.randrange(10000), None, seed, show_progress="hidden", api_visibility="private", queue=False
    )
