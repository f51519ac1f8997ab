"""The drawings that ship with the app (assets/emoji): lossless RGBA pages of 64-pixel tiles and one table of names.

In the table, the pictures of a style without skin tone come first; they fill the page FILE.webp, the others
FILE-tones.webp.
"""

import json
import zlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from playground.serving.checkpoints import assets
from playground.serving.validation import Refused, integer


class Drawing(NamedTuple):
    """One picture of a style."""

    style: str
    tile: int
    concept: int
    tone: int
    held_out: bool  # no model was trained on it


def table() -> dict:
    """assets/emoji/table.json; an empty table where the atlas is missing."""
    return _table(assets())


@lru_cache(maxsize=2)
def _table(folder: Path) -> dict:
    try:
        found = json.loads((folder / "emoji" / "table.json").read_text(encoding="utf-8"))
        _check(found)
        return found
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return {"tile": 64, "columns": 44, "groups": [], "styles": {}, "concepts": [], "pictures": {}}


def _check(found: dict) -> None:
    """Raises whatever a look at all entries raises where the table is not whole."""
    _ = found["tile"] + found["columns"]
    names = [(group["en"], group["zh"]) for group in found["groups"]]
    for _, _, _, group, *_ in found["concepts"]:
        _ = names[group]
    for style, tiles in found["pictures"].items():
        found["styles"][style].get("file")
        for concept, _, _ in tiles:
            _ = found["concepts"][concept]


@lru_cache(maxsize=16)
def _page(path: Path, side: int) -> list[bytes]:
    """The tiles of a page, row by row, each of them packed: a whole page takes 32 MB."""
    try:
        with Image.open(path) as picture:
            page = np.asarray(picture.convert("RGBA"))  # H W 4
        rows = page.reshape(page.shape[0] // side, side, page.shape[1] // side, side, 4).swapaxes(1, 2)
    except Exception:  # Pillow's readers raise many kinds
        raise Refused("check.drawings", style=path.stem) from None
    return [zlib.compress(tile.tobytes(), 1) for row in rows for tile in row]


@lru_cache(maxsize=32)
def _plain(folder: Path, style: str) -> int:
    """How many pictures of a style have no skin tone."""
    return sum(not tone for _, tone, _ in _table(folder)["pictures"][style])


def drawing(style, tile) -> Drawing:
    """The entry of one picture; refuses a style or number that is not there."""
    pictures = table()["pictures"]
    if not isinstance(style, str) or style not in pictures:
        raise Refused("check.choice", name="style", choices=", ".join(pictures) or "–", value=repr(style)[:40])
    tile = integer(tile, 0, len(pictures[style]) - 1, "tile")
    concept, tone, held_out = pictures[style][tile]
    return Drawing(style, tile, concept, tone, bool(held_out) or bool(table()["styles"][style].get("unseen")))


def cut(style: str, tile: int) -> Image.Image:
    """One drawing, RGBA 64×64."""
    side, plain = table()["tile"], _plain(assets(), style)
    file = table()["styles"][style].get("file", style) + ("-tones" if tile >= plain else "")
    tile -= plain if tile >= plain else 0
    packed = _page(assets() / "emoji" / f"{file}.webp", side)[tile]
    return Image.frombytes("RGBA", (side, side), zlib.decompress(packed))


def names(entry: Drawing) -> dict[str, str]:
    """{"en": name, "zh": name} of what a picture shows."""
    _, english, chinese, *_ = table()["concepts"][entry.concept]
    return {"en": english, "zh": chinese or english}


@lru_cache(maxsize=2)
def trained(folder: Path) -> list[tuple[str, int]]:
    """(style, tile) of every picture that models train on, in the order of the table."""
    styles, pictures = _table(folder)["styles"], _table(folder)["pictures"]
    return [
        (style, tile)
        for style, tiles in pictures.items()
        if not styles[style].get("unseen")
        for tile, (_, _, held_out) in enumerate(tiles)
        if not held_out
    ]


def opening() -> dict | None:
    """The specimen that the app opens with: a friendly drawing, else the first one, else none."""
    found = _opening(assets())
    return found and {"kind": "atlas", "style": found[0], "tile": found[1]}


@lru_cache(maxsize=2)
def _opening(folder: Path) -> tuple[str, int] | None:
    concepts, pictures = _table(folder)["concepts"], _table(folder)["pictures"]
    for wanted in ("🦊", "🍎", "🐱"):
        for style, tiles in pictures.items():
            for tile, (concept, tone, _) in enumerate(tiles):
                if not tone and concepts[concept][0] == wanted:
                    return style, tile
    return next(((style, 0) for style, tiles in pictures.items() if tiles), None)


def second_opening() -> dict | None:
    """A drawing that differs from the opening specimen."""
    first = opening()
    if first is None:
        return None
    tiles = table()["pictures"][first["style"]]
    wanted = [
        i
        for i, (concept, tone, _) in enumerate(tiles)
        if not tone and table()["concepts"][concept][0] in ("🍎", "🌍", "⚽")
    ]
    return {**first, "tile": (wanted or [len(tiles) - 1])[0]}


def concept_name(concept: int) -> dict[str, str]:
    """{"en", "zh"} of a concept."""
    _, en, zh, *_ = table()["concepts"][concept]
    return {"en": en, "zh": zh or en}
