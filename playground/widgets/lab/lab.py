"""Lab: points to be learned, which may be drawn by hand, and three toys that learn them while one watches.

Value: {"settings", "real": [x, y, …], "modes": [x, y, …], "radius", "note"}: what is to be learned; the page's lesson
then begins anew. The page asks `teach` for every few steps and stops asking when it is not seen. Events: "edit"
{"points"} when a shape was drawn, "retry".
"""

from collections.abc import Callable

import gradio as gr

from playground.widgets import widget

TEMPLATE = """<p class="waiting" role="status"></p><div class="tools"></div><div class="boards"></div>\
<div class="layers"></div><div class="strip"></div>"""


def lab(teach: Callable, **options) -> gr.HTML:
    """teach({"page", "settings", "steps", "only", "t"}) -> {"toys", "over"} or {"note"}; see
    playground/tabs/gan/lessons.py."""
    return widget(
        "lab",
        TEMPLATE,
        events=("edit", "retry"),
        value=None,
        follows=False,
        chip=[],
        server_functions=[teach],
        **options,
    )
