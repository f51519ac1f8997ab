"""Claims: a card per claim of a paper: the verdict, the paper's number, our numbers as bars, the curve behind them.

Value: {"claims": [{"name", "says", "theirs", "source", "address", "tab", "room", "command", "minutes", "verdict",
"reason", "measure", "numbers": [{"label", "value", "noise", "text"}], "curves": {"x", "log", "lines"} or {}}],
"counts": {verdict: how many}}. Events: "retry", and "open": {"tab"} of the room in which a claim can be tried.
"""

import gradio as gr

from playground.widgets import widget

TEMPLATE = (
    '<p class="waiting" role="status"></p><p class="counts" role="status"></p>'
    '<div class="wall"></div><div class="strip"></div>'
)


def claims(**options) -> gr.HTML:
    return widget("claims", TEMPLATE, events=("retry", "open"), value=None, chip=[], follows=False, **options)
