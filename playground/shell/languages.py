"""Two languages from one catalogue: words for components and sentences from the server.

Gradio translates labels (`word`), our widgets translate in the browser (`window.playground.t`), and whatever the server
says itself goes through `sentence`. All three read locales/en/ and locales/zh/, which have the same files with the same
keys: one for each tab, and common.json for what several tabs show.
"""

import json
import re
from functools import cache
from pathlib import Path

import gradio as gr

HERE = Path(__file__).parent
LANGUAGES = ("en", "zh")
TAGS = {"en": "en", "zh": "zh-CN"}  # as browsers and Gradio call them


@cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of one language, flat: key -> text."""
    texts: dict[str, str] = {}
    for path in sorted((HERE.parent / "locales" / language).glob("*.json")):
        texts |= json.loads(path.read_text(encoding="utf-8"))
    return texts


@cache
def i18n() -> gr.I18n:
    """Gradio's own form of the catalogue; `launch(i18n=...)` needs the same object that made the labels."""
    return gr.I18n(**{TAGS[name]: catalogue(name) for name in LANGUAGES})


def word(key: str):
    """A label that Gradio shows in the visitor's language."""
    if key not in catalogue("en"):
        raise KeyError(f"no file of playground/locales/en has a text {key!r}")
    return i18n()(key)


def key_of(kind: str, name: str) -> str:
    """The key of a name from the data, as the scripts make it too: ("style.", "fluent flat") → "style.fluent_flat"; a
    name that the catalogue does not know, such as of a style of one's own pictures, is its own text."""
    key = f"{kind}{re.sub('[^a-z0-9]+', '_', name.lower()).strip('_')}"
    return key if key in catalogue("en") else name


def named(kind: str, name: str):
    """A name from the data as Gradio shows it."""
    key = key_of(kind, name)
    return key if key == name else word(key)


def sentence(key: str, language: str, **values) -> str:
    """A text of the server in one language, its {places} filled in."""
    return catalogue(language)[key].format(**values)


def visitor_language(request) -> str:
    """The language of a visitor: what the request asks for first (see shell/language.js), else English."""
    headers = getattr(request, "headers", None) or {}
    asked = headers.get("accept-language") or ""
    return "zh" if asked.strip().lower().startswith("zh") else "en"
