"""The addresses of a class, beside Gradio's: the phones' page, what they vote, what the projector shows, a QR code.

    POST /class                     a new class
    GET  /class/CODE                the phones' page; /class alone asks for the code
    GET  /class/CODE/state          the question that is asked, and the votes
    POST /class/CODE/join, vote     by a phone
    POST /class/CODE/ask, show, end by the teacher, who has the class's key
    GET  /qr.svg?of=TEXT            a QR code

The guard lets these addresses through, has read the bodies, and turns an `Unanswered` into a sentence.
"""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from playground.serving import qr
from playground.serving.classroom import Classroom
from playground.serving.rate_limit import RateLimit
from playground.shell.phone import phone_page
from playground.shell.refusals import Unanswered

LONGEST = 200  # characters of a text in a body
SECONDS_KEPT = 3600  # that a page may keep a QR code
OPENED = RateLimit(rate=0.2, burst=10)  # classes, of one address
ASKED = RateLimit(rate=150, burst=600)  # everything else, of one address: a school has one for all its phones
VOTED = RateLimit(rate=2, burst=10)  # votes of one phone
ACTIONS = {  # what is done with a class, and which texts and numbers it is told
    "join": (Classroom.join, (), ()),
    "vote": (Classroom.vote, ("phone", "question"), ("choice",)),
    "ask": (Classroom.ask, ("key", "question"), ()),
    "show": (Classroom.show, ("key",), ("answer",)),
    "end": (Classroom.end, ("key",), ()),
}


def routes(questions: Callable[[str], dict | None], classroom: Classroom | None = None) -> list[Route]:
    """`questions(name)` is a question in each language, {"en": {"ask", "choices", "why"}}, or None."""
    held = classroom or Classroom()

    async def page(request: Request) -> Response:
        return HTMLResponse(phone_page(request.path_params.get("code")))

    async def opened(request: Request) -> Response:
        OPENED.check(_sender(request))
        return JSONResponse(await run_in_threadpool(held.open))

    async def state(request: Request) -> Response:
        ASKED.check(_sender(request))
        found = await run_in_threadpool(held.state, _code(request))
        return JSONResponse(found | {"texts": _told(questions, found)})

    async def act(request: Request) -> Response:
        ASKED.check(_sender(request))
        body, (action, texts, numbers) = await request.json(), ACTIONS[request.path_params["action"]]
        told = [_text(body.get(name)) for name in texts] + [_number(body.get(name)) for name in numbers]
        if action is Classroom.vote:
            VOTED.check(told[0])
        if action is Classroom.ask:
            told.append(_answers(questions(told[1])))
        return JSONResponse(await run_in_threadpool(action, held, _code(request), *told))

    return [
        Route("/class", page),
        Route("/class", opened, methods=["POST"]),
        Route("/class/{code}", page),
        Route("/class/{code}/state", state),
        Route("/class/{code}/{action}", act, methods=["POST"]),
        Route("/qr.svg", _qr),
    ]


async def _qr(request: Request) -> Response:
    """The text `of` as a QR code, dark on white."""
    ASKED.check(_sender(request))
    text = request.query_params.get("of", "")
    if not qr.fits(text):
        raise Unanswered(400, "guard.body")
    kept = {"cache-control": f"private, max-age={SECONDS_KEPT}"}
    return Response(qr.drawn(text), media_type="image/svg+xml", headers=kept)


def _told(questions: Callable, state: dict) -> dict | None:
    """The question as the phones may read it: why an answer is right only once the result is shown."""
    found = questions(state["question"]) if state["question"] else None
    if found is None or state["answer"] is not None:
        return found
    return {language: one | {"why": ""} for language, one in found.items()}


def _answers(question: dict | None) -> int:
    if question is None:
        raise Unanswered(404, "class.no_question")
    return len(next(iter(question.values()))["choices"])


def _code(request: Request) -> str:
    return request.path_params["code"].upper()


def _sender(request: Request) -> str:
    return request.client.host if request.client else ""


def _text(value) -> str:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise Unanswered(400, "guard.body")
    return value


def _number(value) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 1000:
        raise Unanswered(400, "guard.body")
    return value
