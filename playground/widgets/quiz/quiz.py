"""Quiz: pairs of pictures, one of them real. After each choice it tells which, and what the discriminator chose.

Value: {"pairs": [{"left": whether the real one stands left, "real": {"src", "score", "label"}, "drawn": the same}],
"note"}. Event: "retry".
"""

import gradio as gr

from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

TEMPLATE = """<p class="waiting" role="status"></p><div class="pair"></div><p class="told" role="status"></p>
<div class="tally"></div><div class="strip"></div>"""


def quiz(pairs: int, checkpoints: list[str], **options) -> gr.HTML:
    return widget(
        "quiz", TEMPLATE, events=("retry",), value=None, pairs=pairs, follows=False, chip=chip(checkpoints), **options
    )
