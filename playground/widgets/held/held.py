"""Held: a value without a face, such as a painted picture: told by another widget of its panel (`P.hold`), and back
with the recipe."""

import gradio as gr

from playground.widgets import TEXT_OR_NOTHING, widget


def held(value: str | None = None, takes: dict = TEXT_OR_NOTHING) -> gr.HTML:
    """value: what is held at first; takes: the JSON schema of the value."""
    return widget("held", "<i></i>", takes=takes, value=value, visible="hidden")
