"""The shipped form of the emoji set: lossless WebP pages of 64-pixel tiles, one table, the credits.

    python -m training.atlas                # writes assets/emoji/ from data/

Tile i of a page stands in column i % 44 and row i // 44. Each style has a page of its drawings without skin tone and
one with; in the table the pictures of a style follow in that order.
"""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image

from training import emoji
from training.files import ASSETS, DATA, write_atomically

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
        "styles": {style.name: _public(style) for style in emoji.STYLES},
        "concepts": rows,
        "pictures": {
            name: [[d.concept, d.tone, emoji.is_held_out(concepts[d.concept].emoji, name)] for d in ds]
            for name, ds in drawings.items()
        },
    }


def _public(style: emoji.Style) -> dict:
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
    rows = -(-len(tiles) // COLUMNS)
    page = np.zeros((rows * COLUMNS, TILE, TILE, 4), np.uint8)
    page[: len(tiles)] = tiles
    page = page.reshape(rows, COLUMNS, TILE, TILE, 4).transpose(0, 2, 1, 3, 4).reshape(rows * TILE, COLUMNS * TILE, 4)
    Image.fromarray(page).save(path, "WEBP", lossless=True, method=6)


MIT_NOTICE = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright notice and
this permission notice shall be included in all copies or substantial portions of the Software. THE SOFTWARE IS PROVIDED
"AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT
HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, \
ARISING
FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."""


def credits(table: dict) -> str:
    """Who drew what, under which licence."""
    lines = [
        f"- **{s['title']}** ({', '.join(_files(s))}) by {s['author']}, {s['licence']}, {s['url']}"
        + (". Shown, never trained on; its page is under the same licence." if s["unseen"] else "")
        for s in table["styles"].values()
    ]
    return "\n".join(
        [
            "# Credits of the drawings\n",
            "The pictures in this folder were rendered at 64 pixels from these sets, otherwise unchanged:\n",
            *lines,
            "\nLicences: Apache-2.0 (the LICENSE file of this repository has its text), "
            "CC-BY-4.0 (https://creativecommons.org/licenses/by/4.0/), "
            "CC-BY-SA-4.0 (https://creativecommons.org/licenses/by-sa/4.0/), MIT (below).\n",
            "Names and keywords: Unicode CLDR (Unicode-3.0, copyright Unicode, Inc.), "
            "unicode-emoji-json (MIT, copyright Mu-An Chiou), emojilib (MIT, copyright Mu-An Chiou).\n",
            f"MIT, for Fluent Emoji (copyright Microsoft Corporation) and the names:\n\n{MIT_NOTICE}\n",
        ]
    )


def _files(style: dict) -> list[str]:
    return [f"{style['file']}.webp"] + (
        [] if style["unseen"] or style["file"] == "firefox" else [f"{style['file']}-tones.webp"]
    )


def main() -> None:
    from training import data

    pictures = data.load(TILE)
    table = json.loads((DATA / "table.json").read_text(encoding="utf-8"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for s, style in enumerate(emoji.STYLES):
        for suffix, which in (("", pictures.tone == 0), ("-tones", pictures.tone > 0)):
            tiles = pictures.rgba[(pictures.style == s) & which]
            if len(tiles):
                write_page(FOLDER / f"{style.file}{suffix}.webp", tiles)
    write_atomically(FOLDER / "table.json", json.dumps(table, ensure_ascii=False, separators=(",", ":")))
    write_atomically(FOLDER / "CREDITS.md", credits(table))


if __name__ == "__main__":
    main()
