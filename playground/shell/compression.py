"""What goes over the wire goes compressed, and what is the same for everybody is made, and compressed, once."""

import asyncio
import gzip

import brotli
from starlette.datastructures import Headers
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.responses import Response

from playground.shell.page import document, folder, served

# Without an origin, in a sandboxed frame, a page asks for its scripts as a stranger
FOREVER = {"cache-control": "public, max-age=31536000, immutable", "access-control-allow-origin": "*"}
LASTING = ("/assets/", "/scripts/", "/static/js/")  # folders whose files do not change while the server runs
ALONE = ("/", "/theme.css")
KINDS = {"js": "text/javascript", "css": "text/css", "json": "application/json", "woff2": "font/woff2"}
PACK = {"br": lambda body: brotli.compress(body, quality=9), "gzip": gzip.compress, "": bytes}


class Compressed(GZipMiddleware):
    """Answers to one visitor, as they are made: also the stream of events, each of which goes out at once."""

    def __init__(self, app):
        kinds = tuple(kind for kind in DEFAULT_EXCLUDED_CONTENT_TYPES if kind != "text/event-stream")
        super().__init__(app, minimum_size=400, compresslevel=4, exclude_content_types=kinds)


class Kept:
    """ASGI middleware: the page, its scripts and Gradio's, from memory in the form that the browser takes."""

    def __init__(self, app):
        self.app = app
        self.kept: dict[tuple[str, str], Response] = {}
        self.making = asyncio.Lock()

    async def __call__(self, scope, receive, send):
        path = scope.get("path", "")
        lasts = path in ALONE or path.startswith(LASTING)
        if scope["type"] != "http" or scope["method"] != "GET" or not lasts:
            return await self.app(scope, receive, send)
        taken = Headers(scope=scope).get("accept-encoding", "")
        key = path, next(name for name in PACK if name in taken)
        async with self.making:
            answer = self.kept.get(key) or await self._made(scope, receive, *key)
            if answer.status_code == 200:
                self.kept[key] = answer
        await answer(scope, receive, send)

    async def _made(self, scope, receive, path: str, coding: str) -> Response:
        code = served().get(path.removeprefix(f"/{folder()}/"))
        if code is not None:
            answer = Response(code, media_type=KINDS[path.rpartition(".")[2]])
        else:
            answer = await _asked(self.app, scope, receive)
        if answer.status_code != 200:
            return answer
        if answer.headers["content-type"].startswith(("font/", "image/")):
            coding = ""  # they are compressed already
        body = answer.body
        if path == "/":
            body = document(body.decode(), vars(scope["app"].get_blocks())["rooms"]).encode()
        headers = {"vary": "accept-encoding", "content-type": answer.headers["content-type"]}
        headers |= {"content-encoding": coding} if coding else {}
        headers |= FOREVER if path.startswith(("/assets/", "/scripts/")) else {}
        return Response(await asyncio.to_thread(PACK[coding], body), headers=headers)


async def _asked(app, scope, receive) -> Response:
    """What the app answers, whole and not compressed."""
    parts, start = [], {}
    plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]

    async def take(message):
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))

    await app({**scope, "headers": plain}, receive, take)
    answer = Response(b"".join(parts), start["status"])
    answer.raw_headers = start["headers"]
    return answer
