"""The recipe of a picture: what was asked of which checkpoint with which seed, as a link, and inside the PNG.

A recipe is {"tab": …, "panel": …, "settings": {name: value}, "specimen": …}. In a link it is the query string; in a PNG
it is the text chunk "recipe" (JSON). Both are foreign input when they come back: `clean` keeps only what a recipe may
hold, and the handlers check every value again.
"""

import json
import re
from urllib.parse import parse_qsl, urlencode

CHUNK = "recipe"
MAX_TEXT = 4000  # characters of a text: as many as a field takes
LARGEST = 2**53  # up to here a page knows every whole number
MAX_VALUE = 6000  # characters of one value in a link; a longer specimen stays in the PNG only
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_RESERVED = ("tab", "panel", "specimen", "lang", "lesson", "step")


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
        "specimen": specimen(recipe.get("specimen")),
    }


def _named(value) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _plain(value) -> bool:
    """Whether a link and a PNG may bring it; which numbers a field can show is for the field to say."""
    return (
        isinstance(value, (bool, int, float))
        or (isinstance(value, str) and len(value) <= MAX_TEXT)
        or specimen(value) is not None
    )


def writable(value):
    """A setting as a recipe can tell it: a text, a specimen without anything else in it, a number that a page can hold,
    or None."""
    if isinstance(value, dict):
        return specimen(value)
    return value if isinstance(value, (bool, str)) or is_number(value) else None


def is_number(value) -> bool:
    """Whether it is a finite number, and one that a page can hold."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -LARGEST <= value <= LARGEST


def specimen(value) -> dict | None:
    """The specimen with nothing else in it, or None."""
    if not isinstance(value, dict):
        return None
    style, tile = value.get("style"), value.get("tile")
    if value.get("kind") == "atlas" and isinstance(style, str) and len(style) <= 80 and is_number(tile):
        return {"kind": "atlas", "style": style, "tile": tile}
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
    shown = _read(pairs["specimen"]) if "specimen" in pairs else None
    return clean({"tab": pairs.get("tab"), "panel": pairs.get("panel"), "settings": settings, "specimen": shown})


def _read(text: str):
    if text.startswith("data:image/"):
        return {"kind": "png", "src": text}
    if match := re.fullmatch(r"([a-z][a-z0-9 _-]*)\.(\d{1,6})", text):
        return {"kind": "atlas", "style": match[1], "tile": int(match[2])}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, (bool, int, float)) else text


def read_info(info: dict) -> dict | None:
    """The recipe among what a PNG says besides its pixels, or None."""
    try:
        return clean(json.loads(info.get(CHUNK) or "null"))
    except (ValueError, TypeError, RecursionError):
        return None
