"""The top line: name, language, light or dark."""

import gradio as gr

from playground.widgets import widget

TEMPLATE = "<header><h1></h1><nav></nav></header>"


def header() -> gr.HTML:
    return widget("header", TEMPLATE, elem_id="top")
