"""Writer: a caption's tokens and a picture's, as they are written; a click on a cell shows what else could have stood
there.

Value: {"model": of the codebook, "grid": cells a side, "codes": as far as written, "CODE CODE …", "kept": how many of
them were given, "best": of each the likeliest, "CODE:PROBABILITY …|CODE:PROBABILITY …", "entropy": of each the
choice's, in nats, "picture", "merges": the caption's pieces after each merge, "prompt", "done", "nearest", "remarks",
"note"}. `offered(model)` gives the codebook. Event: "retry". Another code that is chosen is held as "prefix" of the
panel "write": "CODE CODE …|PROMPT".
"""

from collections.abc import Callable

import gradio as gr

from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

TEMPLATE = """<p class="waiting" role="status"></p><div class="said">\
<div class="pieces"></div><input type="range" min="0" max="0" value="0"></div>
<div class="bench"></div><p class="cell" role="status"></p><div class="best"></div><div class="near"></div>
<div class="remarks" role="status"></div><div class="strip"></div>"""


def writer(checkpoints: list[str], offered: Callable, **options) -> gr.HTML:
    return widget(
        "writer",
        TEMPLATE,
        events=("retry",),
        value=None,
        chip=chip(checkpoints),
        server_functions=[offered],
        **options,
    )
