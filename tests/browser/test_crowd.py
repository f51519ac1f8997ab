"""The served app under a class and under a crowd: everybody is served or told his place, nobody is lost, memory stays
flat."""

import asyncio
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from gradio_client import Client

from playground.shell.languages import catalogue
from tests.browser.conftest import PATIENCE
from tests.helpers import awaited

BUSY = tuple(catalogue("zh")[key].partition("{")[0] for key in ("busy", "busy.house"))
STEPS = dict(model="iddpm", sampler="ddim", variance="trained", eta=0.0, group="any")
LOOKS = 4  # of two seconds each: a busy machine notices late who has gone, and the run itself would take far longer
ORDER = ("model", "sampler", "variance", "steps", "eta", "seed", "group")


@pytest.fixture
def served(running, app_url):
    """(process, URL) of the app."""
    return running[app_url], app_url


def test_thirty_visitors_at_once_all_get_their_picture(served):
    _, url = served
    with ThreadPoolExecutor(30) as pool:
        patient = {"timeout": 300}  # as browsers are: gradio_client itself gives up after five seconds
        clients = list(pool.map(lambda _: Client(url, verbose=False, httpx_kwargs=patient.copy()), range(30)))

        def draw(i: int) -> list[dict]:
            job = clients[i].submit(**STEPS, steps=25, seed=i % 15, api_name="/diffusion_steps")
            job.result(600)
            return job.outputs()

        seen = list(pool.map(draw, range(30)))
        list(pool.map(lambda client: client.close(), clients))
    films = [outputs[-1]["films"][0]["src"] for outputs in seen]
    assert all(any("live" in told for told in outputs) for outputs in seen) and len(set(films)) >= 15
    assert all(outputs[-1]["recipe"]["settings"]["seed"] == i % 15 for i, outputs in enumerate(seen))


async def ask(client: httpx.AsyncClient, url: str, function: int, who: str, settings: dict) -> str:
    """One visitor as a browser does it -> "film", or what he was told instead."""
    body = {"data": [None, *(settings[name] for name in ORDER)], "fn_index": function, "session_hash": who}
    joined = await client.post(f"{url}/gradio_api/queue/join", json=body, headers={"accept-language": "zh"})
    if joined.status_code != 200:
        return joined.json()["detail"]
    async with client.stream("GET", f"{url}/gradio_api/queue/data", params={"session_hash": who}) as answer:
        async for line in answer.aiter_lines():
            event = json.loads(line[5:]) if line.startswith("data:") else {}
            if event.get("msg") == "process_completed":
                return "film" if event["success"] else event["output"]["error"]
    return "lost"


async def crowd(url: str, count: int, wave: str) -> list[str]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=900, limits=limits) as client:
        config = (await client.get(f"{url}/config")).json()
        function = next(d["id"] for d in config["dependencies"] if d["api_name"] == "diffusion_steps")
        return await asyncio.gather(
            *(ask(client, url, function, f"{wave}{i}", STEPS | {"steps": 2, "seed": i}) for i in range(count))
        )


def resident(process) -> int:
    """Megabytes (Linux)."""
    status = Path(f"/proc/{process.pid}/status")
    return int(status.read_text().split("VmRSS:")[1].split()[0]) // 1000 if status.exists() else 0


def test_five_hundred_at_once_are_served_or_told_their_place_and_memory_stays_flat(served):
    process, url = served
    awaited(crowd(url, 500, "first"))  # more than there are places
    before = resident(process)
    answers = awaited(crowd(url, 500, "second"))
    served_ones = answers.count("film")
    assert served_ones >= 64 and all(answer == "film" or answer.startswith(BUSY) for answer in answers), set(answers)
    assert resident(process) < before + 100
    assert awaited(crowd(url, 1, "after")) == ["film"]


def seconds_of_work(process) -> float:
    """Processor time that the server spent so far (Linux)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def work_in_two_seconds(process) -> float:
    before = seconds_of_work(process)
    time.sleep(2)
    return seconds_of_work(process) - before


def test_who_closes_the_page_in_the_middle_of_a_run_frees_his_slot(served, browser):
    process, url = served
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{url}/?tab=diffusion&panel=steps&model=adm&steps=1000")
    page.wait_for_selector(".widget-film[data-live]")
    busy = work_in_two_seconds(process)
    page.close()
    looks = (work_in_two_seconds(process) for _ in range(LOOKS))
    assert any(work < busy / 2 for work in looks)
