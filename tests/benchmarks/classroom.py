"""A class at the app, measured from outside: who waits, for what, and whether everybody gets the picture of their seed.

    python -m tests.benchmarks.classroom                                # writes assets/benchmarks/classroom.json
    python -m tests.benchmarks.classroom --visitors 12 --minutes 0.7 --soak 100 --rush 60 --print      # a short look

Everything that a visitor may do here is done once alone, and its pictures are remembered. Then a class comes, each of
whom does one thing, looks at it for a while, and does another; then a few who never look up; then a crowd at the same
moment. What each is shown at the end must be what was shown alone, to the bit.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

import httpx

from tests.benchmarks import report
from tests.benchmarks.app import memory, running
from training.files import ROOT

RESULT = ROOT / "assets" / "benchmarks" / "classroom.json"
SEEDS = 2  # of everything that has one
LOOKS = 12.0  # seconds that a visitor looks at what they got, on average
BUSY = 8  # visitors of the soak, who never look
QUIET = 8.0  # seconds for what is loaded behind the first page
PATIENCE = 120.0  # seconds after which an answer counts as lost
FOX = "a red fox"
POINTS = ([0.5, -1.0], [1.5, 0.25], [-2.0, 1.0])  # of the latent map
# (panel, its settings but for the defaults, how often of a hundred times); a panel's name alone answers at once
SMALL = (
    ("gan_samples", {}, 12),
    ("gan_directions", {}, 4),
    ("autoencoders_draws", {}, 8),
    ("autoencoders_rebuild", {}, 8),
    ("codebook_surgery", {"edits": "vqvae 0=7 9=3"}, 10),
    ("clip_zeroshot", {}, 5),
    ("diffusion_forward", {}, 5),
)
DRAGS = 18  # of a hundred times: the end of a drag on the latent map
PAINTED = (
    ("road_draw", {"prompt": FOX}, 6),
    ("dalle2_stages", {"prompt": FOX}, 8),
    ("dalle2_variations", {}, 3),
    ("diffusion_steps", {}, 4),
    ("guidance_prompt", {"prompt": FOX}, 3),
    ("guidance_faceoff", {"prompt": FOX}, 1),
    ("dalle_write", {"prompt": FOX}, 3),
    ("dalle_rerank", {"prompt": FOX}, 2),
)
GOALS = {"errors": 1, "others": 1, "small_p95_ms": 300, "preview_p95_s": 3, "soak_growth": 5, "rush_s": 2}


def names(visitors: int, minutes: float, soak: int, rush: int) -> dict[str, str]:
    return {
        "load": "other processes that wanted a core meanwhile",
        "done": f"{visitors} visitors for {minutes:g} minutes: answers",
        "errors": "errors",
        "others": "answers with another picture than the same request gets alone",
        "small_p50_ms": "small interactions while others paint, ms (p50)",
        "small_p95_ms": "small interactions while others paint, ms (p95)",
        "preview_p50_s": "first preview of what is painted, s (p50)",
        "preview_p95_s": "first preview of what is painted, s (p95)",
        "painted_p95_s": "finished picture, s (p95)",
        "memory_mb": "memory after it, MB",
        "memory_growth": "memory in its second half, growth in %",
        "soak_growth": f"memory over {soak} further requests, growth in %",
        "rush_served": f"{rush} at once: taken in",
        "rush_refused": f"{rush} at once: refused",
        "rush_s": f"{rush} at once: until each was drawn for, told their place, or refused, s",
    }


@dataclass(frozen=True)
class Request:
    """Something that a visitor does: an event of the page, or a server function of a widget."""

    name: str
    address: str
    body: str  # JSON without the session
    painted: bool

    def of(self, session: str) -> dict:
        return json.loads(self.body) | {"session_hash": session}


@dataclass
class Answer:
    """What a visitor was told of a request; times in seconds from asking."""

    asked: Request
    begun: float = field(default_factory=time.monotonic)
    told: float | None = None  # anything: a preview, a place in the line, a refusal
    preview: float | None = None  # a picture
    ended: float | None = None
    error: str = ""
    pictures: tuple[str, ...] = ()

    def hear(self, message: dict) -> None:
        now = time.monotonic() - self.begun
        if message["msg"] in ("process_generating", "process_completed"):
            self.told = self.told or now
            if self.preview is None and "data:image" in json.dumps(message["output"]):
                self.preview = now
        if message["msg"] == "process_completed":
            self.end(now, "" if message["success"] else message["output"].get("error") or "no words", message["output"])

    def end(self, now: float, error: str, output) -> None:
        self.told, self.ended, self.error = self.told or now, now, error
        self.pictures = tuple(pictures_in(output))


def pictures_in(value) -> list[str]:
    """All pictures of a value, in their order."""
    if isinstance(value, str):
        return [value] if value.startswith("data:image") else []
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [found for part in parts for found in pictures_in(part)]


class School:
    """The app, and what is done there."""

    def __init__(self, url: str):
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        self.client = httpx.AsyncClient(base_url=url, timeout=PATIENCE, limits=limits)
        self.config = httpx.get(f"{url}/config", timeout=60).json()
        self.info = httpx.get(f"{url}/gradio_api/info", timeout=60).json()["named_endpoints"]

    @cached_property
    def requests(self) -> list[tuple[Request, float]]:
        """All that is done, and how often."""
        drags = [(self.function("decode", point), DRAGS) for point in POINTS]
        panels = [
            (self.event(name, changes | seed, listed is PAINTED), often)
            for listed in (SMALL, PAINTED)
            for name, changes, often in listed
            for seed in self.seeds(name)
        ]
        return [(one, often / len(drags)) for one, often in drags] + [(one, often / SEEDS) for one, often in panels]

    def seeds(self, name: str) -> list[dict]:
        known = [one["parameter_name"] for one in self.info[f"/{name}"]["parameters"]]
        return [{"seed": k + 1} if "seed" in known else {} for k in range(SEEDS)]

    def event(self, name: str, changes: dict, painted: bool) -> Request:
        """A panel's event with what its controls hold when the page opens, but for some changes."""
        event = next(one for one in self.config["dependencies"] if one["api_name"] == name)
        values = {one["id"]: one["props"].get("value") for one in self.config["components"]}
        told = [one["parameter_name"] for one in self.info[f"/{name}"]["parameters"]]
        assert changes.keys() <= set(told), f"{name} has no {changes.keys() - set(told)}."
        data = [changes.get(said, values.get(one)) for said, one in zip(told, event["inputs"], strict=True)]
        address = "queue/join" if event["queue"] else f"run/{name}"
        return Request(name, address, json.dumps({"fn_index": event["id"], "data": data}), painted)

    def function(self, name: str, data) -> Request:
        component = next(c["id"] for c in self.config["components"] if name in c["props"].get("server_fns", []))
        body = {"component_id": component, "fn_name": name, "data": data}
        return Request(name, "component_server/", json.dumps(body), False)

    async def ask(self, request: Request, session: str) -> Answer:
        answer = Answer(request)
        try:
            async with asyncio.timeout(PATIENCE):
                said = await self.client.post(f"/gradio_api/{request.address}", json=request.of(session))
                if said.status_code != 200 or request.address != "queue/join":
                    answer.end(time.monotonic() - answer.begun, said.text * (said.status_code != 200), said.json())
                else:
                    await self.listen(session, answer)
        except (httpx.HTTPError, TimeoutError) as error:
            answer.error = f"{type(error).__name__}, lost"
        return answer

    async def listen(self, session: str, answer: Answer) -> None:
        async with self.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as lines:
            async for line in lines.aiter_lines():
                if line.startswith("data:"):
                    answer.hear(json.loads(line[5:]))
                if answer.ended:
                    return

    async def alone(self) -> dict[Request, tuple[str, ...]]:
        """The pictures of everything, one after the other."""
        found = {}
        for one, _ in self.requests:
            answer = await self.ask(one, uuid.uuid4().hex)
            assert not answer.error and answer.pictures, f"{one.name} alone: {answer.error or 'no picture'}"
            print(f"{one.name}: {answer.ended:.2f} s alone", flush=True)
            found[one] = answer.pictures
        return found

    async def visitor(self, seed: int, goes_on, looks: float) -> list[Answer]:
        """One who does things as long as they may."""
        rng, session, answers = random.Random(seed), uuid.uuid4().hex, []
        things, often = zip(*self.requests, strict=True)
        while goes_on():
            if looks:
                await asyncio.sleep(rng.expovariate(1 / looks))
            answers.append(await self.ask(rng.choices(things, often)[0], session))
        return answers

    async def lesson(self, visitors: int, minutes: float) -> list[Answer]:
        """A class, each of whom looks at what they get."""
        end = time.monotonic() + 60 * minutes
        found = await asyncio.gather(*(self.visitor(k, lambda: time.monotonic() < end, LOOKS) for k in range(visitors)))
        return [one for answers in found for one in answers]

    async def soak(self, count: int) -> list[Answer]:
        """So many requests of a few visitors who never look."""
        left = iter(range(count))
        found = await asyncio.gather(
            *(self.visitor(1000 + k, lambda: next(left, None) is not None, 0) for k in range(BUSY))
        )
        return [one for answers in found for one in answers]

    async def rush(self, count: int) -> list[Answer]:
        """Writers of DALL·E who all ask at the same moment; they leave as soon as each was told something."""
        asked = self.event("dalle_write", {"prompt": FOX}, True)
        answers = [asyncio.create_task(self.first_word(asked, uuid.uuid4().hex)) for _ in range(count)]
        return await asyncio.gather(*answers)

    async def first_word(self, request: Request, session: str) -> Answer:
        answer = Answer(request)
        said = await self.client.post("/gradio_api/queue/join", json=request.of(session))
        if said.status_code != 200:
            answer.end(time.monotonic() - answer.begun, said.text, {})
            return answer
        async with self.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as lines:
            async for line in lines.aiter_lines():
                if line.startswith("data:"):
                    answer.hear(json.loads(line[5:]))
                if answer.told:
                    return answer
        return answer


def share(times: list[float], part: float) -> float:
    """The time within which that part of all times lies; of no times NaN."""
    return sorted(times)[min(int(part * len(times)), len(times) - 1)] if times else float("nan")


def summary(answers: list[Answer], alone: dict[Request, tuple[str, ...]]) -> dict[str, float]:
    """What a lesson was like; who got something else than alone is printed."""
    wrong = [one for one in answers if not one.error and one.pictures != alone[one.asked]]
    told = Counter(
        f"{one.asked.name}: {one.error or 'another picture'}" for one in answers if one.error or one in wrong
    )
    print(*(f"{count} × {text}" for text, count in told.items()), sep="\n")
    fine = [one for one in answers if not one.error]
    small = [1000 * one.ended for one in fine if not one.asked.painted]
    return {
        "done": len(answers),
        "errors": len(answers) - len(fine),
        "others": len(wrong),
        "small_p50_ms": share(small, 0.5),
        "small_p95_ms": share(small, 0.95),
        "preview_p50_s": share([one.preview for one in fine if one.asked.painted], 0.5),
        "preview_p95_s": share([one.preview for one in fine if one.asked.painted], 0.95),
        "painted_p95_s": share([one.ended for one in fine if one.asked.painted], 0.95),
    }


def each(answers: list[Answer]) -> str:
    """The median and the 95th percentile of every kind, for whoever looks for what is slow."""
    kinds: dict[str, list[Answer]] = {}
    for one in answers:
        if one.ended and not one.error:
            kinds.setdefault(one.asked.name, []).append(one)
    return "\n".join(
        f"{name}: {len(some)} times, ended in {statistics.median(one.ended for one in some):.2f} s "
        f"(p95 {share([one.ended for one in some], 0.95):.2f}), first seen p95 "
        f"{share([one.preview or one.ended for one in some], 0.95):.2f}"
        for name, some in kinds.items()
    )


def growth(before: float, after: float) -> float:
    return 100 * (after / before - 1)


async def attended(url: str, process: subprocess.Popen, told: argparse.Namespace) -> dict[str, float]:
    """All that is measured, on one app."""

    def resident() -> float:
        return memory(process).get("memory_mb", float("nan"))

    school = School(url)
    alone = await school.alone()
    first = await school.lesson(told.visitors, told.minutes / 2)
    half = resident()
    answers = [*first, *await school.lesson(told.visitors, told.minutes / 2)]
    print(each(answers))
    found = summary(answers, alone) | {"memory_mb": resident(), "memory_growth": growth(half, resident())}
    before = resident()
    soaked = summary(await school.soak(told.soak), alone)
    found |= {"soak_growth": growth(before, resident())}
    found |= {name: found[name] + soaked[name] for name in ("errors", "others")}
    rushed = await school.rush(told.rush)
    refused = sum(bool(one.error) for one in rushed)
    return found | {
        "rush_served": told.rush - refused,
        "rush_refused": refused,
        "rush_s": max(PATIENCE if one.told is None else one.told for one in rushed),
    }


def measure(told: argparse.Namespace) -> dict[str, float]:
    with running() as (process, url, _):
        time.sleep(QUIET)
        found = asyncio.run(attended(url, process, told))
        return found | {"load": max(0.0, os.getloadavg()[1] - (os.cpu_count() or 1))}


def main():
    options = report.arguments(__doc__ or "")
    options.add_argument("--visitors", type=int, default=60)
    options.add_argument("--minutes", type=float, default=3)
    options.add_argument("--soak", type=int, default=2000, help="requests")
    options.add_argument("--rush", type=int, default=500, help="visitors at the same moment")
    told = options.parse_args()
    found = measure(told)
    table = report.table(found, names(told.visitors, told.minutes, told.soak, told.rush), GOALS)
    print(table)
    if not told.print:
        report.publish(found, RESULT, "classroom", f"**A class at the app, measured from outside**\n\n{table}")


if __name__ == "__main__":
    main()
