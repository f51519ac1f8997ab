"""The settings of a guided run as controls, the same in every panel."""

import gradio as gr

from models.pretrained import CheckpointError
from playground.requests import words
from playground.requests.controls import draw_buttons, steps_field
from playground.requests.fields import Dropdown, Slider, seed_field
from playground.requests.guided import LARGEST
from playground.requests.prompt import MODELS
from playground.serving import checkpoints, validation
from playground.shell.languages import word
from playground.widgets.phrases.phrases import phrases

TELLS = 's => { window.playground.tellScale("NAME", s); return []; }'


def prompt_field(initial: str, examples: tuple[str, ...] = (), **options) -> gr.HTML:
    """What is asked for; its first text and the examples are the catalogue's. It tells which words are known."""
    return phrases(initial, 1, label="setting.prompt", examples=examples, known_words=known_words, **options)


def known_words(text) -> dict | None:
    """The words of a visitor's text as `words.known` sorts them, those that CLIP was taught among them; None of what is
    no text."""
    try:
        clean = words.line(text)
        taught = checkpoints.load("clip").taught
    except validation.Refused:
        return None
    except CheckpointError:
        taught = frozenset()
    return words.known(clean, taught)


def model_field() -> gr.Dropdown:
    """The network that draws; the one that reads, if it is there."""
    first = "glide" if checkpoints.stamp("glide") else "adm"
    return Dropdown(
        [(word(f"model.{name}"), name) for name in MODELS], value=first, label=word("setting.model"), min_width=240
    )


def scale_field(value: float = 3, tells: str = "") -> gr.Slider:
    """The scale of guidance; the page hears under `tells` of every move."""
    scale = Slider(0, LARGEST, value, step=0.25, label=word("setting.scale"), min_width=220)
    if tells:
        gr.on(
            [scale.input, scale.change],
            None,
            scale,
            None,
            js=TELLS.replace("NAME", tells),
            api_visibility="private",
            queue=False,
        )
    return scale


def guided_fields(seed: int) -> tuple[dict, dict[str, gr.Button]]:
    """({"model", "steps", "seed"}, the buttons of their stream), in one row."""
    with gr.Row(elem_classes=["controls"]):
        with gr.Column(scale=3, min_width=300), gr.Row():
            fields = {"model": model_field(), "steps": steps_field(25), "seed": seed_field(seed, scale=1)}
        with gr.Column(scale=2, min_width=280), gr.Row():
            buttons = draw_buttons()
    return fields, buttons
