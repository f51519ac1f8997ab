"""Priorplane: draws of a prior as marks on a plane, the caption's own embedding, an arrow from it to the mean of each
prior's draws, and thumbnails of the drawings nearest to them. Pointing at a mark tells its neighbours; a click or Enter
paints it.

Value: {"marks": [{"point": "text" or "KIND N", "at": {plane: [x, y]}, "cosine": to the caption's, "near": [[index of
a drawing, cosine]]}], "drawings": [{"src", "label", "at"}], "means": {kind: {plane: [x, y]}}, "facts": {kind: [cosine
to the caption's, cosine to each other]}, "kept": {plane: share of the variance}, "dots": "X Y|X Y|…" of drawings on the
plane "drawings", "painted": point, "picture": data URL or None, "nearest", "remarks", "note", "done"}. Event: "retry".
Whichever is to be painted is held as "point" of the panel.
"""

import gradio as gr

from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

KINDS = ("diffusion", "ar")  # priors
PLANES = ("gap", "drawings")
TEMPLATE = """<p class="waiting" role="status"></p><div class="stage"><section class="plot">\
<div class="planes" role="radiogroup"></div><svg role="group"></svg><p class="kept"></p>
<div class="legend"></div></section>
<section class="one"><h4 class="name"></h4><div class="nearby"></div><button type="button" class="paint"></button>
<h4 class="of"></h4><div class="easel"><div class="picture"><img width="64" height="64" alt=""></div>
<div class="near"></div></div></section></div>
<p class="remarks" role="status"></p><div class="strip"></div>"""


def priorplane(checkpoints: list[str], **options) -> gr.HTML:
    """checkpoints: whose numbers the honesty chip tells."""
    return widget(
        "priorplane",
        TEMPLATE,
        events=("retry",),
        value=None,
        kinds=list(KINDS),
        planes=list(PLANES),
        follows=False,
        chip=chip(checkpoints),
        **options,
    )
