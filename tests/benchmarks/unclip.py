"""How long DALL·E 2 takes from a prompt to a finished picture, for one visitor and for thirty who type at once.

    python -m tests.benchmarks.unclip          # writes assets/benchmarks/unclip.json and its table
    python -m tests.benchmarks.unclip --print  # writes nothing

One visitor is measured in the page of a Chromium, which shares the cores with the server; thirty through gradio_client.
Measure on idle cores.
"""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from gradio_client import Client

from tests.benchmarks import report
from tests.benchmarks.app import ROOT, running
from tests.benchmarks.page import browsing, opened, pressed

RESULT = ROOT / "assets" / "benchmarks" / "unclip.json"
RUNS, WARM, VISITORS = 10, 4, 30
WORDS = ("strawberry", "red heart", "cactus", "fox", "hamburger", "snowman")
GOALS = {"picture_s": 1.5, "preview_s": 0.2, "fast_s": 0.4, "crowd_s": 15}
NAMES = {
    "picture_s": "click → finished 64×64 picture, default steps, in the page, s (median)",
    "preview_s": "click → first preview, in the page, s (median)",
    "fast_s": "click → finished picture, distilled decoder, in the page, s (median)",
    "crowd_s": f"{VISITORS} visitors at once: all finished, s",
    "crowd_preview_s": f"{VISITORS} visitors at once: the last one's first preview, s",
    "crowd_previews": f"{VISITORS} visitors at once: fewest previews of anybody",
}


def drawn(client: Client, i: int, **settings) -> tuple[float, float, int]:
    """Seconds to the first preview and to the finished picture of one run, and how many previews came."""
    begin, times = time.perf_counter(), []
    job = client.submit(prompt=WORDS[i % len(WORDS)], seed=i, api_name="/dalle2_stages", **defaults(client) | settings)
    for value in job:
        if value.get("dots"):
            times.append(time.perf_counter() - begin)
    assert job.outputs()[-1].get("done"), f"visitor {i} was not served: {job.outputs()[-1]}"
    return times[0], times[-1], len(times) - 1


def defaults(client: Client) -> dict:
    """What the endpoint asks for beside prompt and seed, as the page opens with it."""
    asked = client.view_api(print_info=False, return_format="dict")["named_endpoints"]["/dalle2_stages"]["parameters"]
    return {
        one["parameter_name"]: one.get("parameter_default")
        for one in asked
        if one["parameter_name"] not in ("prompt", "seed")
    }


def alone() -> dict[str, float]:
    """Seconds of one visitor's clicks, with either decoder; the first clicks warm up."""
    found = {}
    with browsing() as (browser, url):
        for decoder in ("glide", "glide_fast"):
            page = opened(browser, url, "dalle2", "stages", "stages", f"&decoder={decoder}")
            runs = [
                pressed(page, "stages", "#dalle2 button.primary", ("data-live", "data-shown"))
                for _ in range(WARM + RUNS)
            ][WARM:]
            found[decoder] = [statistics.median(times) / 1000 for times in zip(*runs, strict=True)]
            page.close()
    return {"picture_s": found["glide"][1], "preview_s": found["glide"][0], "fast_s": found["glide_fast"][1]}


def crowd() -> dict[str, float]:
    """Thirty visitors at once."""
    with running() as (_, url, _):
        with ThreadPoolExecutor(VISITORS) as pool:
            clients = list(pool.map(lambda _: Client(url, verbose=False), range(VISITORS)))
            for client in (
                clients
            ):  # as whoever opened the page has seen a picture before he types; the first one loads the networks
                drawn(client, 0, steps=1)
            begin = time.perf_counter()
            runs = list(pool.map(drawn, clients, range(VISITORS)))
            seconds = time.perf_counter() - begin
            list(pool.map(lambda client: client.close(), clients))
        return {
            "crowd_s": seconds,
            "crowd_preview_s": max(run[0] for run in runs),
            "crowd_previews": min(run[2] for run in runs),
        }


def main():
    options, found = report.arguments(__doc__).parse_args(), alone() | crowd()
    text = report.table(found, NAMES, GOALS)
    print(text)
    if not options.print:
        report.publish(found, RESULT, "from-prompt", f"**From a prompt to a picture**\n\n{text}")


if __name__ == "__main__":
    main()
