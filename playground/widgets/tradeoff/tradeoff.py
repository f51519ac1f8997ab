"""Tradeoff: measured lines, a point per scale, and a live point where the scale slider of the prompt panel stands.

Value: {"lines": [{"kind", "label", "points", "scales"}], "x", "y": catalogue keys, "live": the kind that the slider
moves}, or {"note"}. The scale is heard of the page's bus. Event: "retry".
"""

import gradio as gr

from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

TEMPLATE = '<div class="chart"></div><p class="told" role="status"></p><div class="strip"></div>'


def tradeoff(checkpoints: list[str], **options) -> gr.HTML:
    return widget("tradeoff", TEMPLATE, events=("retry",), value=None, follows=False, chip=chip(checkpoints), **options)
