"""The specimen: the one picture that a visitor carries through all rooms.

Its value is a small JSON object, {"kind": "atlas", "style": "noto", "tile": 7} or {"kind": "png", "src": data URL},
that the tray hands to every handler. Here it becomes a picture.
"""

from functools import lru_cache

import torch
from PIL import Image

from playground.images import atlas, pictures, uploads
from playground.serving.validation import Refused, choice

SCHEMA = {  # of the value, as the API tells it
    "anyOf": [
        {
            "type": "object",
            "properties": {
                "kind": {"type": "string", "enum": ["atlas", "png"]},
                "style": {"type": "string"},
                "tile": {"type": "integer"},
                "src": {"type": "string"},
            },
        },
        {"type": "null"},
    ],
    "additional_description": "A drawing of the atlas (kind atlas, style and tile), or a picture (kind png, src a data "
    "URL); None is the opening one.",
}


def picture(value) -> Image.Image:
    """The 64×64 RGB picture of a specimen; None means the opening one."""
    if value is None:
        value = atlas.opening()
    if not isinstance(value, dict):
        raise Refused("check.specimen")
    if choice(value.get("kind"), ("atlas", "png"), "kind") == "png":
        return _uploaded(value.get("src"))
    entry = atlas.drawing(value.get("style"), value.get("tile"))
    return pictures.on_white(atlas.cut(entry.style, entry.tile))


def tensor(value, needed: bool = True) -> torch.Tensor:
    """(1, 3, 64, 64) in [-1, 1]; white where there is neither a specimen nor an opening one, and none is needed."""
    if value is None and not needed and atlas.opening() is None:
        return torch.ones(1, 3, pictures.SIDE, pictures.SIDE)
    return pictures.to_tensor(picture(value))


def _uploaded(src) -> Image.Image:
    if not isinstance(src, str):
        raise Refused("check.specimen")
    return _decoded(src) if len(src) < 50_000 else uploads.accept(src)[0]


@lru_cache(maxsize=64)
def _decoded(src: str) -> Image.Image:
    return uploads.accept(src)[0]
