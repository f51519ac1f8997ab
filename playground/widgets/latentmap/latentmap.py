"""LatentMap: a plane of two-number codes; while it is dragged, three decoders draw the same point from their atlas
sprites.

A drag asks the server nothing; on release and after arrow keys one call of `decode` draws the point exactly. Value:
{"points": {model: [u1, u2]}, "ellipses": [[u1, u2, s1, s2], …]}: where the specimen lies, and posteriors of the VAE
(the first one is the specimen's). Coordinates are standardised: u = (z - mean) / deviation of the training codes.
"""

from collections.abc import Callable

import gradio as gr

from playground.images import atlas
from playground.serving.checkpoints import assets
from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

TEMPLATE = """<div class="map"><div class="left"><div class="modes" role="radiogroup"></div>
<canvas class="plane" width="656" height="656" tabindex="0" role="slider" aria-valuemin="-3" aria-valuemax="3" \
aria-valuenow="0"></canvas>
<div class="layers"></div></div><div class="right"><div class="outs"></div><p class="at"></p><ul class="groups"></ul>
<span class="say" aria-live="polite"></span></div></div>
<div class="strip"></div>"""
GRID = 41  # tiles a side of a map
TILE = 64  # pixels a side of a tile
RANGE = 3.0  # deviations each way


def latent_map(models: list[str], decode: Callable, **options) -> gr.HTML:
    """models: names of 2-d checkpoints; decode([u1, u2]) -> {model: data URL} or None."""
    files = {name: {file: _address(name, file) for file in ("map.webp", "codes.json")} for name in models}
    return widget(
        "latentmap",
        TEMPLATE,
        events=("retry",),
        value=None,
        chip=chip(models),
        models=models,
        files=files,
        grid=GRID,
        tile=TILE,
        range=RANGE,
        groups=atlas.table()["groups"],
        server_functions=[decode],
        **options,
    )


def _address(name: str, file: str) -> str | None:
    path = assets() / name / file
    return f"/gradio_api/file={path}" if path.is_file() else None
