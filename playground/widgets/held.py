"""Held: a value without a face, such as a painted picture; it comes back with the recipe of its panel."""

import gradio as gr

from playground.widgets import widget


def held(panel: str, setting: str) -> gr.HTML:
    return widget("held", "<i></i>", value=None, panel=panel, setting=setting, visible="hidden")
