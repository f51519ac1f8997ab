"""The served app among people of ill will: nothing leaves it, nothing but sentences comes back, nothing is logged."""

import json
import socket
import struct
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image

from tests.api import call
from tests.fuzz import Fuzz, loud
from tests.helpers import ROOT, is_one_sentence
from tests.hostile import SECRET
from tests.uploads import exif_cut_short, saved, url

SHORT = 120  # requests of the fuzz


@pytest.fixture(scope="module")
def listener():
    """A host that nobody has any reason to call: its address, and who called."""
    called = []
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        door.settimeout(0.2)
        open_ = True

        def listen():
            while open_:
                try:
                    caller, _ = door.accept()
                except TimeoutError:
                    continue
                called.append(caller.recv(100))
                caller.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}/x.png", called
        open_ = False
        thread.join()


@pytest.fixture
def log(serve, app_url):
    """What a test adds to the log of the served app."""
    file: Path = serve.logs[app_url]
    before = len(file.read_text(errors="replace"))
    return lambda: file.read_text(errors="replace")[before:]


def answer_of(app_url: str, address: str, body, **headers) -> tuple[int, dict]:
    """Status and JSON, of a refusal too."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(app_url + address, raw, {"content-type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"{}")


def event(config, name: str) -> int:
    return next(one["id"] for one in config["dependencies"] if one["api_name"] == name)


def fetched(config, address: str) -> dict[str, tuple[str, dict]]:
    """Ways to name a file that Gradio would fetch: {where: (address of the app, body)}."""
    file = {"path": address, "url": address, "meta": {"_type": "gradio.FileData"}}
    index, tray = (
        event(config, "autoencoders_draws"),
        next(c["id"] for c in config["components"] if "look" in (c["props"].get("server_fns") or ())),
    )
    ask = {"fn_index": index, "session_hash": "hostile"}
    return {
        "a value": ("queue/join", {**ask, "data": [file, 3]}),
        "inside a value": ("queue/join", {**ask, "data": [{"kind": ["png", {"src": file}]}, 3]}),
        "without a mark": ("queue/join", {**ask, "data": [{"path": address}, 3]}),
        "an event": ("queue/join", {**ask, "data": [None, 3], "event_data": file}),
        "by name": ("call/autoencoders_draws", {"data": [file, 3]}),
        "by names": ("call/v2/autoencoders_draws", {"specimen": file}),
        "past the line": ("run/autoencoders_draws", {"data": [file, 3]}),
        "a server function": (
            "component_server/",
            {"data": file, "component_id": tray, "fn_name": "look", "session_hash": "hostile"},
        ),
    }


WAYS = (
    "a value",
    "inside a value",
    "without a mark",
    "an event",
    "by name",
    "by names",
    "past the line",
    "a server function",
)


@pytest.mark.parametrize("way", WAYS)
def test_no_visitor_makes_the_server_call_another_host(app_url, config, listener, log, way):
    address, called = listener
    where, body = fetched(config, address)[way]
    status, said = answer_of(app_url, f"/gradio_api/{where}", body, **{"accept-language": "zh"})
    assert status == 400 and is_one_sentence(said["error"]) and not said["error"].isascii()
    assert not called and log() == ""


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/stream/x",
        "/gradio_api/stream/x/close",
        "/gradio_api/process_recording",
        "/gradio_api/vibe-edit",
        "/gradio_api/vibe-code/",
        "/gradio_api/vibe-starter-queries/",
        "/gradio_api/undo-vibe-edit/",
        "/gradio_api/run-history/connect",
        "/login",
    ],
)
def test_what_the_app_does_not_use_takes_nothing(app_url, log, path):
    assert answer_of(app_url, path, {"data": []})[0] == 404 and log() == ""


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/proxy=http://127.0.0.1:9/x",
        "/gradio_api/file=http://127.0.0.1:9/x",
        "/gradio_api/file=" + quote(str(ROOT / "assets" / "emoji" / ".." / ".." / "app.py")),
        "/gradio_api/stream/a/b/1/playlist.m3u8",
        "/gradio_api/upload_progress?upload_id=1",
        "/gradio_api/custom_component/a/client/b/c",
        "/gradio_api/deep_link?session_hash=x",
        "/gradio_api/dev/reload",
        "/gradio_api/token",
        "/gradio_api/user",
        "/gradio_api/runs",
        "/gradio_api/queue/status",
        "/gradio_api/call/autoencoders_draws/0123",
        "/gradio_api/call/v2/autoencoders_draws/0123",
        "/gradio_api/vibe-code",
        "/gradio_api/openapi.json",
        "/monitoring/summary",
        "/logout",
        "/pwa_icon/100000",
        "/static/%00",
        "/assets/" + "a" * 300,
        "/theme.css/",
    ],
)
def test_what_the_app_does_not_use_tells_nothing(app_url, log, path):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(app_url + path)
    with refusal.value as error:
        assert error.code == 404 and is_one_sentence(json.load(error)["error"])
    assert log() == ""


def test_another_sites_page_cannot_send_what_no_browser_asks_about_first(app_url, config):
    body = fetched(config, "x")["a server function"][1] | {"data": None}
    assert answer_of(app_url, "/gradio_api/component_server/", body)[0] == 200
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        given = {"content-type": kind, "origin": "http://evil.example"}
        assert answer_of(app_url, "/gradio_api/component_server/", body, **given)[0] == 415


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info"])
def test_the_host_that_a_request_names_comes_back_nowhere(app_url, path):
    names = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    with urllib.request.urlopen(urllib.request.Request(app_url + path, headers=names)) as answer:
        assert b"evil.example" not in answer.read() and "evil.example" not in str(answer.headers)


def test_a_picture_with_a_broken_exif_block_is_taken_as_it_lies(app_url, config, log):
    status, answer = call(app_url, config, "receive", url(exif_cut_short()))
    assert status == 200 and answer["specimen"]["kind"] == "png" and log() == ""


@pytest.mark.parametrize(
    ("query", "lost"),
    [
        ("tab=diffusion&panel=steps&seed=7&steps=" + "9" * 30, "Steps"),
        ("tab=diffusion&panel=branches&seed=7&at=NaN", "Fork at t"),
        ("tab=diffusion&panel=branches&seed=7&at=1e400&eta=-3", "η (DDIM): noise per step, Fork at t"),
        ("tab=diffusion&panel=steps&seed=7&sampler=" + "[" * 1900, "Sampler"),
        ("tab=diffusion&panel=steps&seed=7", ""),
    ],
)
def test_a_link_loses_only_the_value_that_cannot_be_used_and_says_so(app_url, config, log, query, lost):
    status, answer = answer_of(app_url, "/gradio_api/run/from_address", {"data": [query], "session_hash": "link"})
    assert status == 200 and log() == ""
    updates = answer["data"]
    assert updates[0]["selected"] == "diffusion" and 7 in updates
    assert updates[-1] == (
        f"This recipe has values that cannot be used, so these settings stay as they are: {lost}." if lost else ""
    )


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("autoencoders_rebuild", [None, SECRET, 0.5, 7]),
        ("autoencoders_rebuild", [None, ["mask"], 0.5, 7]),
        ("autoencoders_rebuild", [None, None, 0.5, 7]),
        ("autoencoders_arithmetic", [None, SECRET, "nothing", 1]),
        ("autoencoders_rebuild", [None, "mask", 0.5, 10**400]),
        ("gan_lab", [None, "ring", None, True, "penalty", 0]),
    ],
)
def test_a_value_that_a_field_does_not_offer_is_refused_in_the_visitors_language_and_not_logged(
    app_url, config, log, name, values
):
    body = {"data": values, "fn_index": event(config, name), "session_hash": f"offered{abs(hash(str(values)))}"}
    with Fuzz(app_url, 0) as fuzz:
        done = fuzz.asked(body, **{"accept-language": "zh"})
    assert not done["success"] and is_one_sentence(done["output"]["error"]) and not done["output"]["error"].isascii()
    assert log() == ""


@pytest.mark.parametrize("name", ["_settle", "_settle_1"])
def test_a_refusal_past_the_line_is_the_callers_fault_in_words(app_url, config, log, name):
    body = {"data": [], "fn_index": event(config, name), "session_hash": "past"}
    status, told = answer_of(app_url, f"/gradio_api/run/{name}", body)
    assert status == 400 and is_one_sentence(told["error"])
    assert log() == ""


def test_a_fuzz_of_everything_finds_answers_in_words_and_a_silent_log(app_url, log):
    with Fuzz(app_url, 0) as fuzz:
        for _ in range(SHORT):
            fuzz.one()
    assert fuzz.problems == [] and len(fuzz.done) > 6
    assert loud(log()) == []


def heavy_upload() -> str:
    """Noise, more than a page would send."""
    return url(saved(Image.effect_noise((700, 700), 90).convert("RGB")))


def test_eighty_uploads_at_once_are_taken_and_others_are_heard_meanwhile(app_url, config, log):
    data, waits = heavy_upload(), []
    assert len(data) > 300_000
    with ThreadPoolExecutor(81) as pool:
        uploads = [pool.submit(call, app_url, config, "receive", data) for _ in range(80)]
        while not all(one.done() for one in uploads):
            begun = time.monotonic()
            assert call(app_url, config, "look", None)[0] == 200
            waits.append(time.monotonic() - begun)
        assert all(one.result()[1]["specimen"] for one in uploads)
    assert sorted(waits)[len(waits) // 2] < 5 and log() == ""


def cut(app_url: str, raw: bytes, heard: int) -> bytes:
    """Sends something, hears so many bytes, and pulls the plug: the server is told by a reset, not by a goodbye."""
    host, port = app_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.sendall(raw)
        found = b""
        while len(found) < heard and (more := line.recv(1000)):
            found += more
    return found


def head(method: str, path: str, length: int = 0) -> bytes:
    about = f"host: x\r\ncontent-type: application/json\r\ncontent-length: {length}"
    return f"{method} {path} HTTP/1.1\r\n{about}\r\n\r\n".encode()


def test_connections_that_are_cut_in_the_middle_are_no_news_and_others_are_served(app_url, config, log):
    index = event(config, "diffusion_steps")

    def film(steps: int, session: str) -> dict:
        data = [None, "iddpm", "ddim", "trained", steps, 0.0, 1, "any"]
        return {"data": data, "fn_index": index, "session_hash": session}

    for k in range(6):
        ask = film(1000, f"cut{k}")
        whole = json.dumps(ask).encode()
        cut(app_url, head("POST", "/gradio_api/queue/join", len(whole)) + whole[: len(whole) // 2], 0)
        assert answer_of(app_url, "/gradio_api/queue/join", ask)[0] == 200
        assert b"process_generating" in cut(app_url, head("GET", f"/gradio_api/queue/data?session_hash=cut{k}"), 3000)
    cut(app_url, head("GET", "/"), 100)
    with Fuzz(app_url, 0) as fuzz:
        assert fuzz.asked(film(5, "whole"))["success"]
    assert log() == ""


def test_the_fuzz_hears_what_goes_wrong():
    assert loud("* Running on local URL:  http://x\n\nTraceback (most recent call last):") == [
        "Traceback (most recent call last):"
    ]


@pytest.mark.parametrize(("way", "body"), [("call", {"data": [None, 3]}), ("call/v2", {"seed": 3})])
def test_a_command_line_is_answered_as_the_api_says(app_url, log, way, body):
    status, asked = answer_of(app_url, f"/gradio_api/{way}/autoencoders_draws", body)
    assert status == 200
    with urllib.request.urlopen(f"{app_url}/gradio_api/call/autoencoders_draws/{asked['event_id']}") as answer:
        told = answer.read().decode()
    assert "event: complete" in told and '"seed": 3' in told and log() == ""
