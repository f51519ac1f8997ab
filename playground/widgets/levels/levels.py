"""Levels: a U-Net as a U, each of its levels a strip of feature maps, at a step of a run that one scrubs; a map that is
chosen is shown large. It asks nobody.

Value: {"live", "note"} while it runs; then a film, {"src", "t", "step", "of"} as `Trajectory.shown` gives it, with
"levels": [{"way", "side", "channels", "kept": numbers of the channels shown}] in the network's order, "sprite": a row
for each level and a column for each moment, "ranges": the smallest and the largest value of each map, as text in the
order of moments, levels, maps. Event: "retry".
"""

import gradio as gr

from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

TEMPLATE = """<p class="waiting" role="status"></p><div class="bench"></div>
<div class="transport"><input type="range" min="0" max="24" value="10"><output></output></div>
<p class="told" role="status"></p><div class="unet"></div><div class="strip"></div>"""


def levels(checkpoints: list[str], **options) -> gr.HTML:
    return widget("levels", TEMPLATE, events=("retry",), value=None, chip=chip(checkpoints), **options)
