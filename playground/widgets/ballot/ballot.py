"""Ballot: one picture, the labels of the visitor, and how the softmax shares itself out among them at any temperature.

Value: {"src", "labels": [texts of the visitor], "cosine": [numbers], "scale", "remarks", "note"}. Event: "retry".
"""

import gradio as gr

from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

TEMPLATE = """<p class="waiting" role="status"></p><div class="transport"></div><div class="vote">\
<div class="picture"><img width="64" height="64" alt=""></div>
<ol></ol></div><div class="remarks" role="status"></div><div class="strip"></div>"""


def ballot(rows: int, checkpoints: list[str], **options) -> gr.HTML:
    """Space for so many labels, so that nothing moves when they arrive."""
    return widget(
        "ballot",
        TEMPLATE,
        events=("retry",),
        value=None,
        rows=rows,
        chip=chip(checkpoints),
        **options,
    )
