"""Ranking: a table of measured numbers that can be sorted by each of its columns.

Value: {"rows": [[name, a number or None per column]], "remarks"}. Event: "retry".
"""

import gradio as gr

from playground.widgets import widget

TEMPLATE = (
    '<p class="waiting" role="status"></p><div class="scroll"><table></table></div>'
    '<div class="remarks" role="status"></div><div class="strip"></div>'
)


def ranking(heads: list[str], **options) -> gr.HTML:
    """heads: catalogue keys, of the names and of the columns."""
    return widget("ranking", TEMPLATE, events=("retry",), value=None, heads=heads, chip=[], follows=False, **options)
