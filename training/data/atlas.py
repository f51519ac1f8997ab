"""The shipped form of the emoji set: lossless WebP pages of 64-pixel tiles, one table. See `training.data.write_atlas`.

Tile i of a page stands in column i % 44 and row i // 44. Each style has a page of its drawings without skin tone and
one with; in the table the pictures of a style follow in that order.
"""

from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image

from training.data import emoji
from training.data.styles import STYLES, Style
from training.files import ASSETS

FOLDER = ASSETS / "emoji"
TILE = 64  # pixels
COLUMNS = 44  # pictures in a row


def table_of(concepts: list[emoji.Concept], drawings: dict[str, list[emoji.Drawing]]) -> dict:
    """Everything but the pixels, as plain JSON.

    A concept is [emoji, en, zh, group, keywords en, keywords zh, may be mirrored, held-out keywords en, zh];
    a picture is [concept, skin tone, held out].
    """
    groups = list(emoji.GROUPS_ZH)
    rows = [
        [
            c.emoji,
            c.en,
            c.zh,
            groups.index(c.group),
            c.keywords["en"],
            c.keywords["zh"],
            c.flip,
            c.held_out["en"],
            c.held_out["zh"],
        ]
        for c in concepts
    ]
    return {
        "tile": TILE,
        "columns": COLUMNS,
        "groups": [{"en": en, "zh": zh} for en, zh in emoji.GROUPS_ZH.items()],
        "styles": {style.name: _public(style) for style in STYLES},
        "concepts": rows,
        "pictures": {
            name: [[d.concept, d.tone, emoji.is_held_out(concepts[d.concept].emoji, name)] for d in ds]
            for name, ds in drawings.items()
        },
    }


def _public(style: Style) -> dict:
    kept = ("title", "zh", "author", "url", "licence", "unseen")
    return {"file": style.file} | {k: v for k, v in asdict(style).items() if k in kept}


def pages(table: dict, style: str) -> list[np.ndarray]:
    """The pictures of a style without skin tone, and those with: each uint8 (N, 64, 64, 4)."""
    toned = [tone > 0 for _, tone, _ in table["pictures"][style]]
    name = table["styles"][style]["file"]
    counts = {f"{name}.webp": toned.count(False), f"{name}-tones.webp": toned.count(True)}
    return [read_page(FOLDER / file, count) for file, count in counts.items() if count]


def read_page(path: Path, count: int) -> np.ndarray:
    """The first `count` tiles of a page: uint8 (count, 64, 64, 4)."""
    page = np.asarray(Image.open(path).convert("RGBA"))
    tiles = page.reshape(page.shape[0] // TILE, TILE, COLUMNS, TILE, 4).transpose(0, 2, 1, 3, 4)
    return tiles.reshape(-1, TILE, TILE, 4)[:count]


def write_page(path: Path, tiles: np.ndarray) -> None:
    """Writes tiles uint8 (N, 64, 64, 4) as one page."""
    rows = -(-len(tiles) // COLUMNS)
    page = np.zeros((rows * COLUMNS, TILE, TILE, 4), np.uint8)
    page[: len(tiles)] = tiles
    page = page.reshape(rows, COLUMNS, TILE, TILE, 4).transpose(0, 2, 1, 3, 4).reshape(rows * TILE, COLUMNS * TILE, 4)
    Image.fromarray(page).save(path, "WEBP", lossless=True, method=6)
