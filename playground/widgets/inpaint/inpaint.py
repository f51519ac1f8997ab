"""Inpaint: the specimen with a hole that one paints, and drawings of what belongs there.

Value: {"src": the specimen at the network's size, "mask": a picture, white where the hole is, "drawn": [pictures],
"near": of each the nearest training picture {"src", "label"} or None, "live": whether they are under way, "note",
"remarks"}. Event: "retry". When a stroke ends, its {"kind": "png", "src"} is held as "mask" of the panel "inpaint".
"""

import gradio as gr

from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

COUNT = 4
TEMPLATE = """<p class="waiting" role="status"></p>\
<div class="bench"><figure class="easel"><canvas width="32" height="32" tabindex="0"></canvas>
<figcaption></figcaption><div class="tools"></div></figure><div class="drawn"></div></div>\
<div class="remarks" role="status"></div><div class="strip"></div>"""


def inpaint(checkpoints: list[str], **options) -> gr.HTML:
    return widget(
        "inpaint",
        TEMPLATE,
        events=("retry",),
        value=None,
        count=COUNT,
        chip=chip(checkpoints),
        **options,
    )
