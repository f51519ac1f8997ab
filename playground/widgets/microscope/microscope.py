"""Microscope: both answers of the network in every step of a run; the scale is laid on them in the page, with no
request.

Value: {"live", "note", "remarks"} while it runs; then {"sprite": a column per moment, rows ε(∅) / LARGEST_EPS,
x̂₀(∅) / LARGEST_X0, (x̂₀(c) − x̂₀(∅)) / spread, "moments": [{"t", "kept": ᾱ, "spread"}], "src": the picture, "scale",
"remarks"}. The scale is heard of the page's bus. Event: "retry".
"""

import gradio as gr

from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

LARGEST_EPS = 4.0  # what ε is divided by in the sprite
LARGEST_X0 = 2.0  # what x̂₀ is divided by
TEMPLATE = """<p class="waiting" role="status"></p><div class="panes"></div>\
<div class="transport"><input type="range" min="0" max="24" value="10"><output></output></div>
<div class="remarks" role="status"></div><div class="strip"></div>"""


def microscope(checkpoints: list[str], **options) -> gr.HTML:
    return widget(
        "microscope",
        TEMPLATE,
        events=("retry",),
        value=None,
        largest=[LARGEST_EPS, LARGEST_X0],
        chip=chip(checkpoints),
        **options,
    )
