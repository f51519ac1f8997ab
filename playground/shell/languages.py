"""Two languages from one catalogue: words for components, sentences from the server, and the script that starts a page.

Gradio translates labels (`word`), our widgets translate in the browser (`window.playground.t`), and whatever the server
says itself goes through `sentence`. All three read locales/en.json and locales/zh.json, which have the same keys.
"""

import json
from functools import cache
from http.cookies import SimpleCookie
from pathlib import Path

import gradio as gr

HERE = Path(__file__).parent
LANGUAGES = ("en", "zh")


@cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of one language, flat: key -> text."""
    return json.loads((HERE.parent / "locales" / f"{language}.json").read_text(encoding="utf-8"))


@cache
def i18n() -> gr.I18n:
    """Gradio's own form of the catalogue; `launch(i18n=...)` needs the same object that made the labels."""
    return gr.I18n(**{"en": catalogue("en"), "zh-CN": catalogue("zh")})


def word(key: str):
    """A label that Gradio shows in the visitor's language."""
    if key not in catalogue("en"):
        raise KeyError(f"playground/locales/en.json has no text {key!r}")
    return i18n()(key)


def sentence(key: str, language: str, **values) -> str:
    """A text of the server in one language, its {places} filled in."""
    return catalogue(language)[key].format(**values)


def visitor_language(request) -> str:
    """The language of a visitor: the cookie of our page script, else what the browser asks for, else English."""
    headers = getattr(request, "headers", None) or {}
    cookie = SimpleCookie(headers.get("cookie") or "").get("lang")
    asked = cookie.value if cookie else (headers.get("accept-language") or "")
    return "zh" if asked.strip().lower().startswith("zh") else "en"


@cache
def page_script() -> bytes:
    """page.js with both catalogues in it: it runs before Gradio does, because it decides the language and the theme."""
    texts = json.dumps({name: catalogue(name) for name in LANGUAGES}, ensure_ascii=False).replace("</", "<\\/")
    code = (HERE / "page.js").read_text(encoding="utf-8").replace("/*TEXTS*/", texts)
    return f"<script>{code}</script>".encode()


class PageScript:
    """ASGI middleware that puts the page script right behind <head>, before Gradio reads the browser's language."""

    def __init__(self, app, paths=("/",)):
        self.app, self.paths = app, paths

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["path"] not in self.paths:
            return await self.app(scope, receive, send)
        start = None

        async def with_script(message):
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start is not None:
                start, message = _insert(start, message)
                await send(start)
                start = None
            await send(message)

        await self.app(scope, receive, with_script)


def _insert(start, message):
    if message.get("more_body") or b"<head>" not in message.get("body", b""):
        return start, message
    body = message["body"].replace(b"<head>", b"<head>" + page_script(), 1)
    headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    headers.append((b"content-length", str(len(body)).encode()))
    return {**start, "headers": headers}, {**message, "body": body}
