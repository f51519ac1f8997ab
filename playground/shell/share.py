"""The recipe of a picture: what was asked of which checkpoint with which seed, as a link, and inside the PNG.

A recipe is {"tab": …, "panel": …, "settings": {name: value}, "specimen": …}. In a link it is the query string; in a PNG
it is the text chunk "recipe" (JSON). Both are foreign input when they come back: `clean` keeps only what a recipe may
hold, and the handlers check every value again.
"""

import json
import re
from urllib.parse import parse_qsl, urlencode

from PIL import Image

CHUNK = "recipe"
MAX_TEXT = 4000  # characters of a text: as many as a field takes
MAX_VALUE = 6000  # characters of one value in a link; a longer specimen stays in the PNG only
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_RESERVED = ("tab", "panel", "specimen", "lang")


def clean(recipe) -> dict | None:
    """A recipe with nothing else in it, or None."""
    if not isinstance(recipe, dict) or not all(_named(recipe.get(key)) for key in ("tab", "panel")):
        return None
    settings = recipe.get("settings")
    settings = {k: v for k, v in settings.items() if _named(k) and _plain(v)} if isinstance(settings, dict) else {}
    return {
        "tab": recipe["tab"],
        "panel": recipe["panel"],
        "settings": settings,
        "specimen": _specimen(recipe.get("specimen")),
    }


def _named(value) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _plain(value) -> bool:
    return (
        isinstance(value, (bool, int, float))
        or (isinstance(value, str) and len(value) <= MAX_TEXT)
        or _specimen(value) is not None
    )


def _specimen(value) -> dict | None:
    if not isinstance(value, dict):
        return None
    if value.get("kind") == "atlas" and isinstance(value.get("style"), str) and isinstance(value.get("tile"), int):
        return {"kind": "atlas", "style": value["style"], "tile": value["tile"]}
    if value.get("kind") == "png" and isinstance(value.get("src"), str):
        return {"kind": "png", "src": value["src"]}
    return None


def to_link(recipe: dict) -> str:
    """ "?tab=autoencoders&panel=rebuild&amount=0.4&seed=7&specimen=noto.12"; a picture too long for a link is left
    out."""
    values = {"tab": recipe["tab"], "panel": recipe["panel"], **recipe["settings"], "specimen": recipe.get("specimen")}
    written = {name: _written(value) for name, value in values.items() if value is not None}
    return "?" + urlencode({name: text for name, text in written.items() if len(text) <= MAX_VALUE})


def _written(value) -> str:
    """Numbers as JSON, text as it is, an atlas specimen as style.tile, an uploaded one as its data URL."""
    if isinstance(value, dict):
        return f"{value['style']}.{value['tile']}" if value["kind"] == "atlas" else value["src"]
    return value if isinstance(value, str) else json.dumps(value)


def from_link(query: str) -> dict | None:
    """The recipe of a query string, or None if there is none in it."""
    pairs = dict(parse_qsl(query.lstrip("?")))
    settings = {name: _read(text) for name, text in pairs.items() if name not in _RESERVED}
    specimen = _read(pairs["specimen"]) if "specimen" in pairs else None
    return clean({"tab": pairs.get("tab"), "panel": pairs.get("panel"), "settings": settings, "specimen": specimen})


def _read(text: str):
    if text.startswith("data:image/"):
        return {"kind": "png", "src": text}
    if match := re.fullmatch(r"([a-z][a-z0-9 _-]*)\.(\d{1,6})", text):
        return {"kind": "atlas", "style": match[1], "tile": int(match[2])}
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, (bool, int, float)) else text


def read_png(picture: Image.Image) -> dict | None:
    """The recipe in an opened PNG, or None."""
    try:
        return clean(json.loads(picture.info.get(CHUNK) or "null"))
    except (ValueError, TypeError, RecursionError):
        return None
