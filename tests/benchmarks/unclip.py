"""How long DALL·E 2 takes from a prompt to a finished picture, for one visitor and for thirty who type at once.

    python -m tests.benchmarks.unclip          # writes assets/benchmarks/unclip.json and the table in the README
    python -m tests.benchmarks.unclip --print  # writes nothing

Measured from outside, as gradio_client's visitors see it. Measure on idle cores.
"""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from gradio_client import Client

from tests.benchmarks import report
from tests.benchmarks.app import ROOT, start

RESULT = ROOT / "assets" / "benchmarks" / "unclip.json"
RUNS, VISITORS = 10, 30
WORDS = ("strawberry", "red heart", "cactus", "fox", "hamburger", "snowman")
GOALS = {"picture_s": 1.5, "preview_s": 0.2, "fast_s": 0.4, "crowd_s": 15}
NAMES = {
    "picture_s": "prompt → finished 64×64 picture, default steps, s (median)", "preview_s": "prompt → first preview, s (median)",
    "fast_s": "prompt → finished picture, distilled decoder, s (median)",
    "crowd_s": f"{VISITORS} visitors at once: all finished, s", "crowd_preview_s": f"{VISITORS} visitors at once: the last one's first preview, s",
    "crowd_previews": f"{VISITORS} visitors at once: fewest previews of anybody",
}  # fmt: skip


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
    return {one["parameter_name"]: one.get("parameter_default") for one in asked if one["parameter_name"] not in ("prompt", "seed")}


def measure() -> dict[str, float]:
    """All numbers, of an app of its own."""
    process, url, _ = start()
    try:
        with ThreadPoolExecutor(VISITORS) as pool:
            clients = list(pool.map(lambda _: Client(url, verbose=False), range(VISITORS)))
            for client in clients:  # as whoever opened the page has seen a picture before he types; the first one loads the networks
                drawn(client, 0, steps=1)
            alone = [drawn(clients[0], i) for i in range(RUNS)]
            drawn(clients[0], 0, decoder="glide_fast")
            fast = [drawn(clients[0], i, decoder="glide_fast") for i in range(RUNS)]
            begin = time.perf_counter()
            crowd = list(pool.map(drawn, clients, range(VISITORS)))
            seconds = time.perf_counter() - begin
            list(pool.map(lambda client: client.close(), clients))
        return {"picture_s": statistics.median(run[1] for run in alone), "preview_s": statistics.median(run[0] for run in alone),
                "fast_s": statistics.median(run[1] for run in fast), "crowd_s": seconds, "crowd_preview_s": max(run[0] for run in crowd), "crowd_previews": min(run[2] for run in crowd)}
    finally:
        process.terminate()
        process.wait(30)


def main():
    options, found = report.arguments(__doc__).parse_args(), measure()
    text = report.table(found, NAMES, GOALS)
    print(text)
    if not options.print:
        report.publish(found, RESULT, "from-prompt", f"**From a prompt to a picture, seen from outside**\n\n{text}")


if __name__ == "__main__":
    main()
