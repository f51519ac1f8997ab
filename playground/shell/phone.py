"""The page of a phone in a class: one question and its answers. It is small, so that thirty phones have it at once; its
script is playground/shell/phone.js."""

import json
from functools import cache
from pathlib import Path

from playground.shell.languages import LANGUAGES, catalogue
from playground.shell.page import folder

PREFIXES = ("class.", "question.", "app.title")
PAGE = """<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><link rel="icon" href="data:,"><style>{style}</style><script>window.playground = {told};</script>
<script type="module" src="{up}{folder}/shell/phone.js"></script></head><body><main></main></body></html>"""


def phone_page(code: str | None) -> str:
    """The page of a class, or the one that asks for its code."""
    return _page("../" if code else "")


@cache
def _page(up: str) -> str:
    """`up` leads from the page's address to the app's."""
    texts = {
        language: {key: text for key, text in catalogue(language).items() if key.startswith(PREFIXES)}
        for language in LANGUAGES
    }
    told = json.dumps({"texts": texts, "up": up}, ensure_ascii=False).replace("</", "<\\/")
    style = Path(__file__).with_name("phone.css").read_text(encoding="utf-8")
    return PAGE.format(title=texts["en"]["app.title"], style=style, told=told, up=up, folder=folder())
