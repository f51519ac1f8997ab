"""Matrix: captions × pictures as three heat grids: cosines, softmax over the captions, softmax over the pictures.

Value: {"pictures": [{"src", "label"}], "captions": [texts of the visitor], "cosine": [a row per caption], "scale",
"remarks", "note"}. The softmaxes and their temperature are the page's own work. Event: "retry".
"""

import gradio as gr

from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

TEMPLATE = """<p class="waiting" role="status"></p><div class="transport"></div><div class="blocks"></div>\
<div class="remarks" role="status"></div>
<div class="strip"></div>"""


def matrix(pictures: int, captions: int, checkpoints: list[str], **options) -> gr.HTML:
    """Space for so many, so that nothing moves when they arrive."""
    return widget(
        "matrix",
        TEMPLATE,
        events=("retry",),
        value=None,
        shape=[pictures, captions],
        chip=chip(checkpoints),
        **options,
    )
