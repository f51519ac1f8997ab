"""What a crowd gets of the app, measured from outside: who is served, who is told at once that there is no room.

    python -m tests.benchmarks.crowd            # writes assets/benchmarks/crowd.json and the table in the README
    python -m tests.benchmarks.crowd --print    # only prints them

Two crowds, each on an app of its own: 120 visitors of the panel in which CLIP sorts eight pictures of DALL·E's, all at
once, and beside them one who asks DALL·E 2 for a picture; and 500 who ask for a picture of DALL·E's at the same moment.
"""

import asyncio
import json
import os
import statistics
import subprocess
import time
import uuid
from pathlib import Path

import httpx

from tests.benchmarks import report
from tests.benchmarks.app import memory, start
from training.files import ROOT

RESULT = ROOT / "assets" / "benchmarks" / "crowd.json"
RERANKERS, WRITERS = 120, 500
PATIENCE = 75.0  # seconds that a crowd is watched
QUIET = 8.0  # seconds for what is loaded behind the first page
RERANK = {"specimen": None, "prompt": "a red fox", "scale": 4, "seed": 1}
WRITE = {
    "specimen": None,
    "prompt": "a red fox",
    "prefix": "",
    "scale": 4,
    "temperature": 1,
    "top_k": 0,
    "top_p": 1,
    "seed": 1,
}
GOALS = {"preview_s": 3, "answered_s": 2, "rerank_memory_mb": 1200}
NAMES = {
    "load": "other processes that wanted a core meanwhile",
    "rerank_finished": f"of {RERANKERS} rerankers at once, finished in {PATIENCE:.0f} s",
    "rerank_refused": f"of {RERANKERS} rerankers at once, refused",
    "rerank_told_s": f"{RERANKERS} rerankers at once, until the last was told anything, s",
    "rerank_memory_mb": "memory at its peak beside them, MB",
    "preview_s": "a visitor of DALL·E 2 beside them, first preview, s",
    "alone_s": "the same visitor alone, first preview, s",
    "served": f"of {WRITERS} at once, taken in",
    "refused": f"of {WRITERS} at once, refused",
    "refused_s": f"{WRITERS} at once, until the last was refused, s",
    "answered_median_s": f"{WRITERS} at once, until one was told anything, s (median)",
    "answered_s": f"{WRITERS} at once, until each was drawn for, told their place, or refused, s",
}


class Visit:
    """One run as its visitor sees it; times in seconds from its beginning."""

    def __init__(self):
        self.begun = time.monotonic()
        self.told: float | None = None  # the first value: a preview, or a place in the line
        self.preview: float | None = None  # the first that shows something
        self.ended: float | None = None
        self.refused = False

    @property
    def now(self) -> float:
        return time.monotonic() - self.begun

    def hear(self, message: dict) -> None:
        if message["msg"] == "process_completed":
            self.ended, self.refused = self.now, not message["success"]
            self.told = self.told or self.ended
        elif message["msg"] == "process_generating":
            self.told = self.told or self.now
            if self.preview is None and "data:image" in json.dumps(message["output"]):
                self.preview = self.now


async def visit(client: httpx.AsyncClient, number: int, values: dict, found: Visit) -> None:
    """Asks for a run and hears what is told of it, to its end."""
    session = uuid.uuid4().hex
    body = {"fn_index": number, "data": list(values.values()), "session_hash": session}
    try:
        answer = await client.post("/gradio_api/queue/join", json=body)
        if answer.status_code != 200:
            found.hear({"msg": "process_completed", "success": False})
            return
        async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as lines:
            async for line in lines.aiter_lines():
                if line.startswith("data:"):
                    found.hear(json.loads(line[5:]))
                    if found.ended:
                        return
    except httpx.HTTPError:
        return  # neither served nor refused


async def crowd(url: str, *runs: tuple[str, dict], patience: float = PATIENCE) -> list[Visit]:
    """Runs of panels, each its own visitor's, begun at the same moment and watched for a while."""
    config = httpx.get(f"{url}/config", timeout=60).json()
    numbers = {one["api_name"]: one["id"] for one in config["dependencies"] if one["api_name"]}
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=None, limits=limits) as client:
        visits = [Visit() for _ in runs]
        tasks = [
            asyncio.create_task(visit(client, numbers[name], values, one))
            for one, (name, values) in zip(visits, runs, strict=True)
        ]
        await asyncio.wait(tasks, timeout=patience)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return visits


def latest(times: list[float | None], otherwise: float) -> float:
    """The latest of some times; one that never came counts as `otherwise`."""
    return max((otherwise if one is None else one for one in times), default=0.0)


def picture(url: str) -> tuple[str, dict]:
    """The panel of DALL·E 2 with its own defaults."""
    about = httpx.get(f"{url}/gradio_api/info", timeout=60).json()["named_endpoints"]["/dalle2_stages"]["parameters"]
    defaults = {one["parameter_name"]: one.get("parameter_default") for one in about}
    return "dalle2_stages", defaults | {"specimen": None, "prompt": "a red fox"}


def rerankers(url: str, process: subprocess.Popen) -> dict[str, float]:
    alone = asyncio.run(crowd(url, picture(url)))[0]
    runs = [("dalle_rerank", RERANK | {"seed": k}) for k in range(RERANKERS)]
    *visits, beside = asyncio.run(crowd(url, *runs, picture(url)))
    return {
        "rerank_finished": sum(one.ended is not None and not one.refused for one in visits),
        "rerank_refused": sum(one.refused for one in visits),
        "rerank_told_s": latest([one.told for one in visits], PATIENCE),
        "rerank_memory_mb": memory(process).get("memory_peak_mb", float("nan")),
        "preview_s": latest([beside.preview], PATIENCE),
        "alone_s": latest([alone.preview], PATIENCE),
    }


def writers(url: str) -> dict[str, float]:
    visits = asyncio.run(crowd(url, *[("dalle_write", WRITE | {"seed": k}) for k in range(WRITERS)]))
    told = [PATIENCE if one.told is None else one.told for one in visits]
    return {
        "served": sum(one.told is not None and not one.refused for one in visits),
        "refused": sum(one.refused for one in visits),
        "refused_s": latest([one.ended for one in visits if one.refused], PATIENCE),
        "answered_median_s": statistics.median(told),
        "answered_s": max(told),
    }


def measure() -> dict[str, float]:
    found = {}
    for crowd_of in (rerankers, lambda url, process: writers(url)):
        process, url, _ = start()
        try:
            time.sleep(QUIET)
            asyncio.run(crowd(url, ("dalle_write", WRITE)))  # what the first run loads is not the crowd's affair
            asyncio.run(crowd(url, picture(url)))
            found |= crowd_of(url, process)
            found["load"] = max(0.0, os.getloadavg()[1] - (os.cpu_count() or 1)) if hasattr(os, "getloadavg") else 0.0
        finally:
            process.terminate()
            process.wait(30)
    return found


def main():
    options = report.arguments(__doc__ or "").parse_args()
    found = measure()
    table = report.table(found, NAMES, GOALS)
    print(table)
    if not options.print:
        report.publish(found, Path(RESULT), "crowd", f"**A crowd at the app, measured from outside**\n\n{table}")


if __name__ == "__main__":
    main()
