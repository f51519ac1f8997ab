"""The addresses of a class on a served app: who may do what, and what a flood and foreign values meet."""

import asyncio
import json
import time
import urllib.error
import urllib.request

import httpx
import pytest

from tests.helpers import awaited, is_one_sentence

pytestmark = pytest.mark.process
QUESTION = "rebuild.question"


@pytest.fixture(scope="module")
def url(app_url) -> str:
    return f"{app_url}/class"


def call(url: str, body=None, language: str = "en"):
    """(status, what is answered)."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json", "accept-language": language}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.fixture(scope="module")
def held(url) -> dict:
    """A class that is asked a question."""
    one = call(url, {})[1]
    assert call(f"{url}/{one['code']}/ask", {"key": one["key"], "question": QUESTION}) == (200, {})
    return one


def test_the_reason_stays_secret_until_the_result_is_shown(url):
    one = call(url, {})[1]
    here = f"{url}/{one['code']}"
    call(f"{here}/ask", {"key": one["key"], "question": QUESTION})
    texts = call(f"{here}/state")[1]["texts"]
    assert texts["zh"]["choices"][1] == "去噪自编码器" and texts["en"]["why"] == ""
    assert call(f"{here}/show", {"key": one["key"], "answer": 2})[0] == 200
    state = call(f"{here}/state")[1]
    assert state["answer"] == 2 and "PSNR" in state["texts"]["en"]["why"]


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("vote", {}, 400),
        ("vote", {"phone": 3, "question": QUESTION, "choice": 1}, 400),
        ("vote", {"phone": "x", "question": QUESTION, "choice": "1"}, 400),
        ("vote", {"phone": "x", "question": QUESTION, "choice": True}, 400),
        ("vote", {"phone": "x", "question": QUESTION, "choice": 1e300}, 400),
        ("vote", {"phone": "x" * 300, "question": QUESTION, "choice": 1}, 400),
        ("vote", {"phone": "\ud800", "question": QUESTION, "choice": 1}, 403),
        ("vote", {"phone": "<script>alert(1)</script>", "question": QUESTION, "choice": 1}, 403),
        ("ask", {"key": "x", "question": "<b>What?</b>"}, 404),
        ("ask", {"key": "x", "question": QUESTION}, 403),
        ("show", {"key": "é", "answer": 1}, 403),
        ("end", {"key": None}, 400),
        ("open", {}, 404),
        ("join", [], 400),
    ],
)
def test_foreign_values_are_refused_in_one_sentence_of_the_visitors_language(url, held, action, body, status):
    for language in ("en", "zh"):
        found, answer = call(f"{url}/{held['code']}/{action}", body, language)
        assert found == status and is_one_sentence(answer["error"])
        assert any("一" <= sign <= "鿿" for sign in answer["error"]) == (language == "zh")


@pytest.mark.parametrize("code", ["ZZZZZ", "zzzzz", "0"])
def test_a_wrong_code_is_a_sentence(url, code):
    assert call(f"{url}/{code}/state")[0] == call(f"{url}/{code}/join", {})[0] == 404


@pytest.mark.parametrize("query", ["", "?of=", "?of=" + "x" * 1501, "?of=%00", "?x=y"])
def test_a_qr_code_of_nothing_or_of_too_much_is_refused(app_url, query):
    assert call(f"{app_url}/qr.svg{query}")[0] == 400


def test_a_qr_code_is_an_image_without_the_text_in_it(app_url):
    with urllib.request.urlopen(f"{app_url}/qr.svg?of=%3Cscript%3Ealert(1)%3C/script%3E") as answer:
        drawn = answer.read().decode()
        assert answer.headers["content-type"] == "image/svg+xml"
    assert drawn.startswith("<?xml") and "script" not in drawn


def test_the_page_of_a_phone_holds_nothing_of_its_address(app_url):
    with urllib.request.urlopen(f"{app_url}/class/ABCDE") as answer:
        assert b"ABCDE" not in answer.read()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{app_url}/class/%3Cb%3E")


@pytest.mark.slow
def test_a_thousand_votes_at_once_leave_the_server_answering(url, held):
    """From one phone: a few are counted, as one vote; the rest is refused at once."""
    here = f"{url}/{held['code']}"
    phone = call(f"{here}/join", {})[1]["phone"]
    vote = {"phone": phone, "question": QUESTION, "choice": 2}

    async def flood() -> list[int]:
        limits = httpx.Limits(max_connections=64)
        async with httpx.AsyncClient(limits=limits, timeout=None) as client:
            sent = [client.post(f"{here}/vote", json=vote) for _ in range(1_000)]
            return [answer.status_code for answer in await asyncio.gather(*sent)]

    found = awaited(flood())
    assert set(found) == {200, 429} and found.count(200) < 500
    while call(f"{here}/state")[0] == 429:  # one address has asked often enough for now
        time.sleep(0.1)
    assert sum(call(f"{here}/state")[1]["counts"]) == 1
