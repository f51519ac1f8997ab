"""The script that starts a page, and how it comes into the page before Gradio's own."""

import json
from functools import cache
from pathlib import Path

from playground.shell.languages import LANGUAGES, catalogue

HERE = Path(__file__).parent


@cache
def page_script() -> bytes:
    """page.js with both catalogues in it: it runs before Gradio does, because it decides the language and the theme."""
    texts = json.dumps({name: catalogue(name) for name in LANGUAGES}, ensure_ascii=False).replace("</", "<\\/")
    code = (HERE / "page.js").read_text(encoding="utf-8").replace("/*TEXTS*/ {}", texts)
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
