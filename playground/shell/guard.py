"""What stands between the network and Gradio: only addresses that the page and the API use, and only bodies that Gradio
can take, come through.

Gradio fetches whatever address a value names as a file, has routes for features that this app lacks, and answers a
body that does not fit with a traceback in the log that quotes it. Nothing of that is reached: a request that cannot be
answered is refused here, in one sentence of the visitor's language, before Gradio sees it.
"""

import asyncio
import json
import re
from collections.abc import Iterable
from contextlib import nullcontext
from functools import cache
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.responses import Response

from playground.shell.languages import sentence, visitor_language
from playground.shell.log import failed
from playground.shell.refusals import Asked, Unanswered, refused, refusing
from playground.shell.request_body import SESSION, is_session, once, parsed, resized, whole

LARGE = 300_000  # bytes; of such bodies only a few are opened at the same time, so that a class cannot fill the memory
AT_A_TIME = 8
OURS_ALONE = ("page", "deep_link", "view")  # parts of an address that only Gradio's other apps have
_NAME = r"[A-Za-z0-9_]{1,80}"
_FILE = r"(?:[\w@+~ -][\w.@+~ -]{0,200}/){0,12}[\w@+~ -][\w.@+~ -]{0,200}"
_CODE = r"[A-Za-z0-9]{1,12}"  # of a class
_READ = re.compile(
    rf"/|/class(?:/{_CODE}(?:/state)?)?|/qr\.svg|/config/?|/favicon\.ico|/robots\.txt|/manifest\.json|/theme\.css"
    rf"|/(?:assets|static|svelte|scripts)/{_FILE}"
    rf"|/gradio_api/(?:info/?|app_id/?|theme\.css|startup-events|queue/data|heartbeat/{SESSION.pattern}"
    rf"|call/(?:v2/)?{_NAME}/(?P<event>[0-9a-f]{{1,64}})|file=.{{1,1000}})"
)
_WRITE = re.compile(
    rf"(?P<class>/class(?:/{_CODE}/(?:join|vote|ask|show|end))?)"
    r"|/gradio_api/(?:(?P<join>queue/join)|(?P<cancel>cancel|reset/?)|(?P<server>component_server/?)"
    rf"|call/v2/(?P<named>{_NAME})/?|(?:run|(?P<call>call))/(?P<name>{_NAME})/?)"
)


class Guard:
    """ASGI middleware; `served` are the folders whose files may be asked for."""

    def __init__(self, app, served: Iterable[str] = ()):
        self.app, self.served = app, tuple(f"{folder}/" for folder in served)
        self.large = asyncio.Semaphore(AT_A_TIME)

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began = False

        async def sent(message):
            nonlocal began
            began = True
            await send(message)

        try:
            if scope["method"] == "POST":
                await self._write(scope, receive, sent)
            else:
                await self._read(scope, receive, sent)
        except Unanswered as refusal:
            await refused(scope, refusal)(scope, receive, send)
        except Lost:
            await _lost(scope)(scope, receive, send)
        except ConnectionAbortedError:
            return  # the visitor left before the whole body was here
        except Exception as error:
            failed(error)
            if not began:
                await refused(scope, Unanswered(500, "guard.failed"))(scope, receive, send)

    async def _read(self, scope, receive, send) -> None:
        path, route = scope["path"], _READ.fullmatch(scope["path"])
        if scope["method"] not in ("GET", "HEAD") or route is None or ".." in path:
            raise Unanswered(404, "guard.nothing")
        if path.startswith("/gradio_api/file=") and not self._is_served(path.partition("=")[2]):
            raise Unanswered(404, "guard.nothing")
        if scope["method"] == "HEAD" and path == "/":  # whether somebody is there, as Gradio asks itself at the start
            return await Response()(scope, receive, send)
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        if path == "/gradio_api/queue/data":
            _check_listening(scope["app"].get_blocks(), query.get("session_hash"))
        if route["event"] and not _is_awaited(scope["app"].get_blocks()._queue, route["event"]):
            raise Unanswered(404, "guard.nothing")
        kept = {name: value for name, value in query.items() if name not in OURS_ALONE}
        await self.app({**scope, "query_string": urlencode(kept).encode()} if kept != query else scope, receive, send)

    def _is_served(self, file: str) -> bool:
        folder = next((folder for folder in self.served if file.startswith(folder)), None)
        return folder is not None and re.fullmatch(_FILE, file.removeprefix(folder)) is not None

    async def _write(self, scope, receive, send) -> None:
        route, headers = _WRITE.fullmatch(scope["path"]), Headers(scope=scope)
        if route is None:
            raise Unanswered(404, "guard.nothing")
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Unanswered(415, "guard.type")  # what another site's page can send unasked has another type
        raw = await whole(receive, headers.get("content-length", "0"))
        async with self.large if len(raw) > LARGE else nullcontext():
            body = parsed(raw)
            if route["server"]:
                _check_server_function(scope["app"].get_blocks(), body)
            elif not route["cancel"] and not route["class"]:
                _check_event(scope["app"].get_blocks(), body, route)
            if b"\\ud" in raw or b"\\uD" in raw:  # maybe half a character, which no answer could quote
                raw = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
            told = {"visitor": body.get("session_hash")}  # a component's function is handed this scope, and no body
            await self.app(resized(scope, len(raw)) | told, once(raw, receive), refusing(send))


class Lost(Exception):
    """A stream of answers that nobody has asked for, or not since the server started."""


def _check_listening(blocks, session) -> None:
    if not is_session(session):
        raise Unanswered(404, "guard.nothing")
    if session not in blocks._queue.pending_messages_per_session:
        raise Lost


def _is_awaited(queue, event: str) -> bool:
    """Whether somebody asked for the answer of that event and has not heard it."""
    known = queue.event_ids_to_events.get(event)
    sessions = [session for session, events in queue.pending_event_ids_session.items() if event in events]
    return (known.session_hash if known else [*sessions, event][0]) in queue.pending_messages_per_session


def _lost(scope) -> Response:
    """That answer as Gradio's page understands it."""
    text = sentence("guard.lost", visitor_language(Asked(scope)))
    message = {"msg": "unexpected_error", "message": text, "session_not_found": True, "success": False}
    return Response(f"data: {json.dumps(message)}\n\n", media_type="text/event-stream")


def _is_index(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _check_event(blocks, body: dict, route: re.Match) -> None:
    """That a body calls an event which the server answers, with as many values as it takes."""
    if route["named"]:
        return _check_named(blocks, body, route["named"])
    event, data = _event(blocks, body.get("fn_index"), route["name"]), body.get("data")
    if event is None or event.fn is None:
        raise Unanswered(404, "guard.nothing")
    if not isinstance(data, list) or len(data) < len(event.inputs) and not (route["call"] and _is_short(event, data)):
        raise Unanswered(400, "guard.values")
    if route["join"] and not body.get("session_hash") or not _is_index(body.get("trigger_id") or 0):
        raise Unanswered(400, "guard.body")


def _event(blocks, index, name: str | None):
    """The event of a number, or where none is told of a name in the address."""
    if index is None and name:
        return next((event for event in blocks.fns.values() if event.api_name == name), None)
    return blocks.fns.get(index) if _is_index(index) else None


def _check_named(blocks, body: dict, name: str) -> None:
    """That the names of the values are those of the function's settings."""
    known = _settings(blocks)
    if name not in known:
        raise Unanswered(404, "guard.nothing")
    if body.keys() - known[name]:
        raise Unanswered(400, "guard.names")


def _is_short(event, data: list) -> bool:
    """Whether only those values are left out that the API does not tell of."""
    return len(data) == sum(not block.skip_api for block in event.inputs)


@cache
def _settings(blocks) -> dict[str, set[str]]:
    """The names of the settings of each function of the API; all of them have a default."""
    described = blocks.get_api_info()["named_endpoints"]
    return {
        name.strip("/"): {one["parameter_name"] for one in function["parameters"]}
        for name, function in described.items()
    }


def _check_server_function(blocks, body: dict) -> None:
    """That a body calls a function which one of our components offers."""
    if not is_session(body.get("session_hash")) or "data" not in body:
        raise Unanswered(400, "guard.body")
    number = body.get("component_id")
    block = blocks.blocks.get(number) if _is_index(number) else None
    if body.get("fn_name") not in [function.__name__ for function in getattr(block, "server_fns", ())]:
        raise Unanswered(404, "guard.nothing")
