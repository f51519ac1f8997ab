"""Cloud: pictures, English and Chinese names of the same things as points of a plane; hovering or focusing one shows
the three that belong together.

Value: {"points": {kind: [[x, y]]}, "names": [{"en", "zh"}], "specimen": [x, y], "numbers": [[catalogue key, text]],
"note"}. Event: "retry".
"""

import gradio as gr

from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

TEMPLATE = """<p class="waiting" role="status"></p>\
<div class="legend"></div><svg role="img" tabindex="0"></svg><p class="told" role="status"></p>
<dl></dl><div class="strip"></div>"""


def cloud(kinds: tuple[str, ...], checkpoints: list[str], **options) -> gr.HTML:
    return widget(
        "cloud", TEMPLATE, events=("retry",), value=None, kinds=list(kinds), chip=chip(checkpoints), **options
    )
