"""Stages: the prior on its stage (a cloud of drawings, the caption, the embeddings that are drawn, the nearest
drawings), then the small picture and the large one, each with its time.

Value: {"dots": "X Y|X Y|…", "text": [x, y], "draws": [[x, y]], "chosen": text, "near": [{"src", "label", "cosine"}],
"small", "large": data URLs, "side": pixels of the large one, "took": {stage: [seconds, calls]}, "nearest", "remarks",
"note"}. Event: "retry".
"""

import gradio as gr

from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

TEMPLATE = """<p class="waiting" role="status"></p><div class="stages">
<section class="prior"><h4></h4><svg role="img" viewBox="0 0 360 260"></svg><p class="chosen"></p>\
<div class="nearby"></div></section>
<section class="decoder"><h4></h4><div class="picture"><img width="32" height="32" alt=""></div></section>
<section class="upsampler"><h4></h4><div class="picture">\
<img width="64" height="64" alt=""></div>
<div class="near"></div></section></div><p class="remarks" role="status"></p><div class="strip"></div>"""


def stages(checkpoints: list[str], **options) -> gr.HTML:
    """checkpoints: whose numbers the honesty chip tells."""
    return widget("stages", TEMPLATE, events=("retry",), value=None, chip=chip(checkpoints), **options)
