"""The body of a request: read whole, within limits, and only what Gradio can take."""

import asyncio
import json
import re

from playground.shell.refusals import Unanswered

MAX_BODY = 5_000_000  # bytes
MAX_WAIT = 60.0  # seconds that a body may take to come
DEEPEST = 24  # lists and objects inside each other in a body
FILE_KEYS = {"path", "url", "_type"}  # by which Gradio knows a file that it should fetch or copy
SESSION = re.compile(r"[A-Za-z0-9_.-]{1,64}")


async def whole(receive, announced: str) -> bytes:
    """The body, whose length in bytes was announced.

    Raises:
        Unanswered: it is too large, or takes too long.
        ConnectionAbortedError: the visitor left before all of it was here.
    """
    if not announced.isdecimal() or len(announced) > 12 or int(announced) > MAX_BODY:
        raise Unanswered(413, "guard.large")
    try:
        async with asyncio.timeout(MAX_WAIT):
            return await _parts(receive)
    except TimeoutError:
        raise Unanswered(408, "guard.body") from None


async def _parts(receive) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionAbortedError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            raise Unanswered(413, "guard.large")
        more = message.get("more_body", False)
    return b"".join(parts)


def parsed(raw: bytes) -> dict:
    """The body as names and values.

    Raises:
        Unanswered: it is no JSON object, is too deep, names a file, or its names of sessions are none.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise Unanswered(400, "guard.body") from None
    if not isinstance(body, dict) or not _is_flat(body):
        raise Unanswered(400, "guard.body")
    if not all(body.get(name) is None or is_session(body[name]) for name in ("session_hash", "event_id")):
        raise Unanswered(400, "guard.body")
    return body


def _is_flat(body: dict) -> bool:
    """Whether nothing lies deeper than `DEEPEST`.

    Raises:
        Unanswered: there is a file, or the address of one.
    """
    level: list = [body]
    for _ in range(DEEPEST):
        below = []
        for one in level:
            if isinstance(one, dict) and not FILE_KEYS.isdisjoint(one):
                raise Unanswered(400, "guard.file")
            below += [
                each for each in (one.values() if isinstance(one, dict) else one) if isinstance(each, dict | list)
            ]
        level = below
    return not level


def is_session(name) -> bool:
    """Whether that may be the name of a session."""
    return isinstance(name, str) and SESSION.fullmatch(name) is not None


def resized(scope, size: int) -> dict:
    """The scope of a request whose body has that many bytes now."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
    return {**scope, "headers": [*headers, (b"content-length", str(size).encode())]}


def once(raw: bytes, receive):
    """`receive` of a request whose body has been read: the body, then what comes after it."""
    waiting = [{"type": "http.request", "body": raw, "more_body": False}]

    async def replayed():
        return waiting.pop() if waiting else await receive()

    return replayed
