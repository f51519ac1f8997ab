"""The specimen tray: choose a drawing, draw, upload, paste or drop; shows the picture and what a model sees of it.

Value: a specimen (see playground/images/specimen.py). Events: "change" after a new specimen, "recipe" when a dropped
PNG carries one. Pictures reach the server as data URLs through `receive` and are opened in
playground/images/pictures.py.
"""

import gradio as gr

from playground.images import atlas, pictures, specimen, uploads
from playground.serving.checkpoints import assets
from playground.serving.validation import Refused
from playground.shell import share
from playground.shell.languages import sentence, visitor_language
from playground.widgets import widget

TEMPLATE = '<div class="tray"></div><dialog class="picker"></dialog><dialog class="easel"></dialog>'


def tray(value: dict | None, *, main: bool = False, **options) -> gr.HTML:
    """A second picture for one panel; or, if it is the `main` one, the tray on top of the page, whose specimen all
    rooms share."""
    return widget(
        "tray",
        TEMPLATE,
        events=("change", "recipe"),
        takes=specimen.SCHEMA,
        value=value,
        main=main,
        setting="specimen",  # of the main one: whatever the panel
        opening=look(value),
        most={"sent": uploads.MAX_PIXELS, "shrunk": uploads.MAX_SHRUNK},
        folder=f"/gradio_api/file={assets()}/emoji",
        server_functions=[receive, look],
        **options,
    )


def look(value) -> dict | None:
    """How a specimen is shown: {"src": the drawing, "seen": on white, "label": {"en", "zh"}, "held_out"}; None if it is
    no specimen."""
    try:
        seen = pictures.data_url(specimen.picture(value))
        if value is None or value["kind"] != "atlas":
            return {"src": seen, "seen": seen, "label": None, "held_out": False}
        entry = atlas.drawing(value["style"], value["tile"])
    except (Refused, OSError):
        return None
    drawn = pictures.data_url(atlas.cut(entry.style, entry.tile))
    return {
        "src": drawn,
        "seen": seen,
        "label": {**atlas.names(entry), "style": entry.style},
        "held_out": entry.held_out,
    }


def receive(url, request: gr.Request) -> dict:
    """A picture from the visitor -> {"specimen", "src", "note"}, {"recipe"} for a PNG of ours, or {"error": one
    sentence}."""
    language = visitor_language(request)
    try:
        picture, (key, values), info = uploads.receive(url)
    except Refused as refusal:
        return {"error": refusal.say(language)}
    if recipe := share.read_info(info):
        return {"recipe": recipe, "note": sentence("upload.recipe", language)}
    src = pictures.data_url(picture)
    return {"specimen": {"kind": "png", "src": src}, "src": src, "note": sentence(key, language, **values)}
