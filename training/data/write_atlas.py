"""Writes the shipped form of the emoji set: its pages, its table and the credits.

python -m training.data.write_atlas         # writes assets/emoji/ from data/
"""

import json

from training.data import atlas
from training.data import pictures as data
from training.data.styles import STYLES
from training.files import DATA, write_atomically

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
    """The command: writes assets/emoji/ from data/."""
    pictures = data.load(atlas.TILE)
    table = json.loads((DATA / "table.json").read_text(encoding="utf-8"))
    atlas.FOLDER.mkdir(parents=True, exist_ok=True)
    for s, style in enumerate(STYLES):
        for suffix, which in (("", pictures.tone == 0), ("-tones", pictures.tone > 0)):
            tiles = pictures.rgba[(pictures.style == s) & which]
            if len(tiles):
                atlas.write_page(atlas.FOLDER / f"{style.file}{suffix}.webp", tiles)
    write_atomically(atlas.FOLDER / "table.json", json.dumps(table, ensure_ascii=False, separators=(",", ":")))
    write_atomically(atlas.FOLDER / "CREDITS.md", credits(table))


if __name__ == "__main__":
    main()
