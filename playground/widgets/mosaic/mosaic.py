"""Mosaic: a picture, its tokens, and the picture drawn of them; a click on a cell offers other codes for it.

Value: {"model", "src": the picture, "back": drawn of its own tokens "was": "CODE CODE …", "drawn": of the changed ones
"now", "numbers": texts, "note"}. `offered(model)` gives the codebook (see playground/images/tokens.py), asked once
for each model. Event: "retry". A change is held as "edits" of the panel "surgery": "MODEL CELL=CODE …".
"""

from collections.abc import Callable

import gradio as gr

from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

TEMPLATE = """<p class="waiting" role="status"></p><div class="bench"></div>\
<div class="palette"><p class="cell" role="status"></p>
<div class="codes near"></div><div class="codes common"></div><div class="tools"></div></div>
<div class="remarks" role="status"></div><div class="strip"></div>"""


def mosaic(checkpoints: list[str], offered: Callable, **options) -> gr.HTML:
    return widget(
        "mosaic",
        TEMPLATE,
        events=("retry",),
        value=None,
        chip=chip(checkpoints),
        server_functions=[offered],
        **options,
    )
