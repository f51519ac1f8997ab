"""What is said where a request cannot be answered: one sentence, in the visitor's language, with a status."""

import json

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response

from playground.shell.languages import sentence, visitor_language


class Unanswered(Exception):
    """A request that is refused; `key` names the sentence in the catalogue."""

    def __init__(self, status: int, key: str):
        super().__init__(key)
        self.status, self.key = status, key


def refused(scope, refusal: Unanswered) -> Response:
    """The answer to a request that is refused."""
    text = sentence(refusal.key, visitor_language(Asked(scope)))
    return JSONResponse({"error": text, "detail": text}, refusal.status)


class Asked:
    """As much of a request as tells the visitor's language."""

    def __init__(self, scope):
        self.headers = Headers(scope=scope)


def refusing(send):
    """Where Gradio answers a refusal in words as if it had failed itself, with 500, the caller is told 400."""
    held = None

    async def sent(message):
        nonlocal held
        if message["type"] == "http.response.start" and message["status"] == 500:
            held = message
            return
        if held is not None:
            await send(held | {"status": 400 if _has_words(message.get("body", b"")) else 500})
            held = None
        await send(message)

    return sent


def _has_words(answer: bytes) -> bool:
    try:
        told = json.loads(answer)
    except ValueError:
        return False
    return isinstance(told, dict) and isinstance(told.get("error"), str)
