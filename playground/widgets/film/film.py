"""Film: runs of a sampler, live while they come, then to play and scrub without asking anybody; fork and paint from any
step.

Value: {"live": [{"x", "x0", "eps", "step", "of", "t"}]} while it runs; then
{"films": [{"title", "src", "t", "step", "of"}], "stamp", "near", "curve"}, `src` a sprite of three rows (x_t, x̂_0, ε̂)
and a column per moment, the picture last; or {"note"}. A run that is stopped is a film of what was seen of it.
Events: "retry" when it is on screen and has nothing to show, "branch" {"at", "painted", "stamp"}.
"""

import gradio as gr

from playground.images import pictures, uploads
from playground.serving.validation import Refused
from playground.widgets import widget
from playground.widgets.exhibit.exhibit import chip

TEMPLATE = """<div class="films"></div><div class="transport"><button type="button" class="play"></button>
<input type="range" min="0" max="30" value="30"><output></output></div><div class="actions"></div>\
<div class="tools" hidden></div>
<div class="chart"></div><div class="strip"></div>"""
ROWS = ("x", "x0", "eps")


def film(
    rows: list[str],
    checkpoints: list[str],
    *,
    titles=(None,),
    branches: bool = False,
    near: bool = False,
    remarks: bool = False,
    **options,
) -> gr.HTML:
    """rows: which of x, x0, eps are shown; titles: one per film; branches: whether one may fork and paint; remarks:
    whether quiet remarks (value["remarks"]: texts of the catalogue) may come under the pictures."""
    return widget(
        "film",
        TEMPLATE,
        events=("branch", "retry"),
        value=None,
        rows=rows,
        order=list(ROWS),
        titles=list(titles),
        branches=branches,
        near=near,
        remarks=remarks,
        chip=chip(checkpoints),
        server_functions=[gif],
        **options,
    )


def gif(film) -> str | None:
    """{"src": sprite, "rows": of it} -> an animated GIF of the rows side by side, four times as large; None for
    nonsense."""
    try:
        with uploads.decoding:
            sprite = pictures.on_white(uploads.open_safely(uploads.unpack(film["src"])))
        side = sprite.height // len(ROWS)
        if side > pictures.SIDE:
            return None
        rows = [ROWS.index(name) for name in film["rows"]][: len(ROWS)]
        return pictures.animated(
            [
                pictures.beside([sprite.crop((k * side, r * side, (k + 1) * side, (r + 1) * side)) for r in rows])
                for k in range(min(sprite.width // side, 64))
            ]
        )
    except (Refused, TypeError, KeyError, ValueError, IndexError, ZeroDivisionError):
        return None
