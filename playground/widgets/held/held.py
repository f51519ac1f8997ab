"""Held: a value without a face, such as a painted picture: told by another widget of its panel (`P.hold`), and back
with the recipe."""

import gradio as gr

from playground.widgets import widget


def held() -> gr.HTML:
    return widget("held", "<i></i>", value=None, visible="hidden")
