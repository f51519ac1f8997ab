"""Attention: the words of a caption as chips, the places of a picture that look at the chosen one, and what a chosen
place looks at; by step where the run has steps, by layer, and over the whole run as a chart. It asks nobody.

Value: {"live", "note", "remarks"} while it runs; then {"src": a sprite with a column per moment and one for the
picture, or the picture alone, "at": {"t", "step", "of"} of the moments, if there are several, "grid": places a side,
"columns": [{"kind", "name", "tokens"}], what else than places can be looked at, "layers": how many, "causal": whether a
place sees only those before it, "shares": numbers (moments, layers, places, columns and places) as
`playground.images.attention.packed` writes them, "remarks"}. Event: "retry".
"""

import gradio as gr

from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

TEMPLATE = """<p class="waiting" role="status"></p><div class="words" role="group"></div><div class="bench"></div>
<div class="transport"><input type="range" min="0" max="0" value="0"><output></output></div>
<div class="layers" role="group"></div><div class="told" role="status"></div><div class="sums"></div>
<div class="chart"></div><div class="remarks" role="status"></div><div class="strip"></div>"""


def attention(checkpoints: list[str], **options) -> gr.HTML:
    return widget("attention", TEMPLATE, events=("retry",), value=None, chip=chip(checkpoints), **options)
