"""The scripts of the page: modules under an address that changes with them, and the lines that load them before Gradio.

What lies in playground/ as NAME.js is served as it is, as scripts/DIGEST/…/NAME.js, and may be kept for ever; so is the
glossary, as scripts/DIGEST/glossary/LANGUAGE.json, which the page asks for when everything else is there.
"""

import hashlib
import json
from functools import cache
from pathlib import Path

from starlette.responses import Response

from playground.shell import glossary
from playground.shell.languages import LANGUAGES, catalogue

ROOT = Path(__file__).parent.parent
MEDIA = {".js": "text/javascript", ".json": "application/json"}
FOREVER = {"cache-control": "public, max-age=31536000, immutable"}


@cache
def scripts() -> dict[str, bytes]:
    """The text of every script, by its path from playground/."""
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in sorted(ROOT.rglob("*.js"))}


@cache
def served() -> dict[str, bytes]:
    """The scripts, and the glossary in each language, by their paths."""
    told = {name: json.dumps(glossary.entries(name), ensure_ascii=False).encode() for name in LANGUAGES}
    return scripts() | {f"glossary/{name}.json": text for name, text in told.items()}


@cache
def folder() -> str:
    """Where they are served, from the page's own address."""
    told = hashlib.sha256(b"\0".join(part for name, code in served().items() for part in (name.encode(), code)))
    return f"scripts/{told.hexdigest()[:16]}"


@cache
def page_script() -> bytes:
    """The lines of the page's head: both catalogues, and all scripts, which run before Gradio does, because they decide
    the language and the theme."""
    texts = json.dumps({name: catalogue(name) for name in LANGUAGES}, ensure_ascii=False).replace("</", "<\\/")
    preloads = "".join(f'<link rel="modulepreload" href="{folder()}/{name}">' for name in scripts())
    widgets = {Path(name).stem: name for name in scripts() if _is_widget(Path(name))}
    imports = "".join(f'import {widget} from "./{folder()}/{name}";' for widget, name in widgets.items())
    code = f'import "./{folder()}/shell/page.js";{imports}window.playground.widgets = {{ {", ".join(widgets)} }};'
    return (
        f'{preloads}<script>window.playground = {{ texts: {texts} }};</script><script type="module">{code}</script>'
    ).encode()


def _is_widget(path: Path) -> bool:
    """Whether it is a script widgets/NAME/NAME.js."""
    return path.parts[0] == "widgets" and path.stem == path.parent.name


class PageScript:
    """ASGI middleware that serves the scripts and puts their lines right behind <head>, before Gradio reads the
    browser's language."""

    def __init__(self, app, paths=("/",)):
        self.app, self.paths = app, paths

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        name = scope["path"].removeprefix(f"/{folder()}/")
        if name in served():
            media = MEDIA[Path(name).suffix]
            return await Response(served()[name], media_type=media, headers=FOREVER)(scope, receive, send)
        if scope["path"] not in self.paths:
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
