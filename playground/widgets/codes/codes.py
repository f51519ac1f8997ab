"""Codes: every code of a codebook drawn, in four orders, and a histogram of how often each is used.

Value: a codebook (see playground/images/tokens.py) with "mine": how often each occurs in the specimen, "numbers":
texts; or {"note"}. Event: "retry".
"""

import gradio as gr

from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

TEMPLATE = """<p class="waiting" role="status"></p><div class="modes" role="radiogroup"></div>
<canvas class="board" width="1024" height="512" tabindex="0"></canvas><p class="at" role="status"></p>
<canvas class="shares" width="1024" height="120" role="img"></canvas><div class="remarks" role="status"></div>\
<div class="strip"></div>"""


def codes(checkpoints: list[str], **options) -> gr.HTML:
    return widget("codes", TEMPLATE, events=("retry",), value=None, chip=chip(checkpoints), **options)
