"""A fuzz of the served app: every endpoint, server function, upload, link and address, with values of ill will.

    python -m tests.fuzz --minutes 5 --seed 0

It starts the app on the shipped assets, or takes `--url` and `--log` of one that runs, and tells what went wrong: an
answer that is no answer (a 500, no sentence, a hung line), a line in the log, or a visitor's words in it.
"""

import argparse
import base64
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx

from tests import served
from tests.hostile import ADDRESSES, SECRET, VALUES, nested, pictures, written

QUIET = ("* Running on local URL", "* To create a public link")  # what the log may tell
PATIENCE = 30.0  # seconds that an answer may take on a busy machine
WATCHED = 1.0  # seconds that a run is watched; then its visitor is gone


class Fuzz:
    """Requests from one seed; `problems` are answers that are none. Used in a `with`, which closes its connections."""

    def __init__(self, url: str, seed: int):
        self.url, self.rng = url, random.Random(seed)
        self.client = httpx.Client(base_url=url, timeout=PATIENCE)
        self.problems: list[str] = []
        self.done: Counter = Counter()
        config = self.client.get("/config").json()
        self.events = config["dependencies"]
        self.defaults = {one["id"]: one["props"].get("value") for one in config["components"]}
        self.functions = [
            (one["id"], name) for one in config["components"] for name in one["props"].get("server_fns") or []
        ]
        self.ways = (self.queued, self.queued, self.direct, self.named, self.server, self.upload, self.link, self.body)

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.client.close()

    def asked(self, body: dict, **headers) -> dict:
        """Through the line: how the event of that body ended."""
        self.client.post("/gradio_api/queue/join", json=body, headers=headers).raise_for_status()
        with self.client.stream("GET", f"/gradio_api/queue/data?session_hash={body['session_hash']}") as lines:
            messages = [json.loads(line[6:]) for line in lines.iter_lines() if line.startswith("data: ")]
        return next(one for one in messages if one["msg"] == "process_completed")

    def one(self) -> None:
        way = self.rng.choice((*self.ways, self.address))
        self.done[way.__name__] += 1
        way()

    def value(self):
        return self.rng.choice((*VALUES, nested(self.rng.choice([20, 60, 5000]))))

    def values(self, ids: list[int]) -> list:
        """Mostly what the page would send, with something in it that it would not."""
        sent = [self.defaults.get(one) if self.rng.random() < 0.6 else self.value() for one in ids]
        if sent:
            sent[self.rng.randrange(len(sent))] = self.value()
        return sent if self.rng.random() < 0.9 else sent[: self.rng.randrange(len(sent) + 1)]

    def post(self, address: str, body, **headers) -> httpx.Response | None:
        """Sends a body and looks at the answer; a body that JSON cannot write is none."""
        raw = body if isinstance(body, bytes) else written(body)
        language = self.rng.choice(["zh", "en", "a/b=1", f"{SECRET}, zh", ""])
        answer = self.client.post(
            address, content=raw, headers={"content-type": "application/json", "accept-language": language, **headers}
        )
        if answer.status_code >= 500 and answer.status_code != 503:
            self.problems.append(f"{answer.status_code} of {address}: {raw[:200]!r}")
        return answer

    def event(self) -> tuple[dict, dict]:
        chosen = self.rng.choice(self.events)
        body = {"data": self.values(chosen["inputs"]), "fn_index": chosen["id"], "session_hash": self.session()}
        if self.rng.random() < 0.5:
            body |= {"event_data": self.value(), "trigger_id": self.rng.choice([None, 1, -1, 10**30, "x"])}
        return chosen, body

    def session(self) -> str:
        return f"fuzz{self.rng.randrange(10**9)}"

    def queued(self) -> None:
        """Through the line, as the page asks; what comes is watched for a moment."""
        chosen, body = self.event()
        answer = self.post("/gradio_api/queue/join", body)
        if answer.status_code == 200:
            self.watch(chosen["api_name"], body, f"/gradio_api/queue/data?session_hash={body['session_hash']}")

    def watch(self, name: str, body, stream: str) -> None:
        start = time.monotonic()
        with self.client.stream("GET", stream) as lines:
            for line in lines.iter_lines():
                message = json.loads(line[6:]) if line.startswith("data: {") else {}
                if message.get("msg") == "process_completed":
                    return self.completed(name, body, message)
                if time.monotonic() - start > WATCHED and message.get("msg") != "estimation":
                    return

    def completed(self, name: str, body, message: dict) -> None:
        error = (message.get("output") or {}).get("error")
        if not message["success"] and (not error or "Traceback" in error or "went wrong" in error or "出错" in error):
            self.problems.append(f"{name} says {error!r} of {written(body)[:300]!r}")

    def direct(self) -> None:
        chosen, body = self.event()
        self.post(f"/gradio_api/run/{chosen['api_name']}", body)

    def named(self) -> None:
        """As a command line asks."""
        chosen, body = self.event()
        if self.rng.random() < 0.5:
            self.post(f"/gradio_api/call/{chosen['api_name']}", {"data": body["data"]})
        else:
            names = self.rng.sample(["specimen", "seed", "prompt", "steps", "nobody", "model"], 2)
            self.post(f"/gradio_api/call/v2/{chosen['api_name']}", {name: self.value() for name in names})

    def server(self) -> None:
        component, name = self.rng.choice(self.functions)
        body = {"component_id": component, "fn_name": name, "session_hash": self.session(), "data": self.value()}
        if self.rng.random() < 0.2:
            body[self.rng.choice(list(body))] = self.value()
        self.post("/gradio_api/component_server/", body)

    def upload(self) -> None:
        component = next(one for one, name in self.functions if name == "receive")
        data = "data:image/png;base64," + base64.b64encode(pictures(self.rng)).decode()
        body = {"component_id": component, "fn_name": "receive", "session_hash": "fuzz", "data": data}
        answer = self.post("/gradio_api/component_server/", body)
        if answer.status_code != 200 or not answer.json().keys() & {"error", "specimen", "recipe"}:
            self.problems.append(f"an upload: {answer.text[:200]}")

    def link(self) -> None:
        chosen = self.rng.choice([one for one in self.events if one["api_visibility"] == "public"])
        tab, _, panel = chosen["api_name"].partition("_")
        names = self.rng.sample(["steps", "at", "seed", "scale", "model", "prompt", "specimen", "side", "eta"], 3)
        values = ["NaN", "1e400", "9" * 30, "-1", "true", "[" * 3000, SECRET, "noto.12", "%ff\ud83d", "data:image/x,y"]
        query = {"tab": tab, "panel": panel} | {name: self.rng.choice(values) for name in names}
        text = urlencode(query, errors="replace")
        answer = self.post("/gradio_api/run/from_address", {"data": [text], "session_hash": self.session()})
        if answer.status_code != 200:
            self.problems.append(f"{answer.status_code} of the link {text[:200]}")

    def body(self) -> None:
        """What is no body at all."""
        raw = self.rng.choice(
            [b"", b"[]", b"null", b"{", b"\xff\xfe", b'{"data":[' + b"[" * 9000, b'{"data":1}', b"7" * 9000]
        )
        address = self.rng.choice(
            ["queue/join", "component_server/", "run/from_address", "cancel", "upload", "vibe-edit"]
        )
        kind = self.rng.choice(["application/json", "text/plain", "multipart/form-data; boundary=x"])
        self.post(f"/gradio_api/{address}", raw, **{"content-type": kind})

    def address(self) -> None:
        address = self.rng.choice((*ADDRESSES, "/" + quote(SECRET + chr(self.rng.randrange(1, 3000)))))
        with self.client.stream("GET", address) as answer:
            if answer.status_code not in (200, 404):
                self.problems.append(f"{answer.status_code} of {address}")


def loud(log: str) -> list[str]:
    """The lines that should not be in a log."""
    return [line for line in log.splitlines() if line.strip() and not line.startswith(QUIET)]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=5)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--url", help="of an app that runs already")
    options.add_argument("--log", type=Path, help="its log")
    asked = options.parse_args()
    log, app, url = asked.log or Path(tempfile.mkdtemp()) / "log.txt", None, asked.url
    if not url:
        app, url = served.begin(log)
        served.wait(app, url, log)
    try:
        end = time.monotonic() + 60 * asked.minutes
        with Fuzz(url, asked.seed) as fuzz:
            while time.monotonic() < end:
                fuzz.one()
    finally:
        if app:
            app.terminate()
            app.wait(30)
    found = fuzz.problems + loud(log.read_text(errors="replace"))
    print("\n".join(found))
    print(f"{sum(fuzz.done.values())} requests {dict(fuzz.done)}, {len(found)} problems; the log is {log}")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
