"""Held: a value without a face, such as a painted picture: told by another widget of its panel (`P.hold`), and back
with the recipe."""

import gradio as gr

from playground.widgets import TEXT_OR_NOTHING, widget


def held(takes: dict = TEXT_OR_NOTHING) -> gr.HTML:
    """takes: the JSON schema of the value."""
    return widget("held", "<i></i>", takes=takes, value=None, visible="hidden")
