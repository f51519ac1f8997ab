"""Face-off: a row per kind of guidance: its picture, where it pulled, and the cheating meter: the guide's own number
beside the judge's.

Value: {"rows": [{"kind", "scale", "src", "note", "unit": "share" | "cosine", "own": [with, without] or None, "judge":
the same, "near": the nearest training picture {"src", "label"} or None, "heats": a sprite with a column per moment,
"t": [the moments]}], "note", "remarks"}. Event: "retry".
"""

import gradio as gr

from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

TEMPLATE = """<p class="waiting" role="status"></p><div class="transport">\
<label><span></span><input type="range" min="0" max="7" value="4"></label><output></output></div>
<div class="board"></div><p class="key"></p><div class="remarks" role="status"></div><div class="strip"></div>"""


def faceoff(kinds: list[str], checkpoints: list[str], **options) -> gr.HTML:
    return widget(
        "faceoff",
        TEMPLATE,
        events=("retry",),
        value=None,
        kinds=kinds,
        chip=chip(checkpoints),
        **options,
    )
