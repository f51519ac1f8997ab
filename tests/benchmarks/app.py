"""How fast the app is, and how much memory it takes, measured from outside.

    python -m tests.benchmarks.app          # writes assets/benchmarks/app.json and its table

Needs Chromium for the drag and the first page; without it those rows stay empty.
"""

import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from gradio_client import Client

from tests import served
from tests.benchmarks import report
from training.files import ROOT

RESULT = ROOT / "assets" / "benchmarks" / "app.json"
CALLS, VISITS = 200, 5
GOALS = {
    "start_seconds": 8,
    "page_seconds": 1.5,
    "drag_requests": 0,
    "release_requests": 1,
    "decode_p95_ms": 50,
    "memory_mb": 1200,
}
NAMES = {
    "start_seconds": "`python app.py` to a served page, s",
    "page_seconds": "first usable page from a warm server, s (median)",
    "drag_requests": "requests during a drag of 60 moves",
    "release_requests": "requests on release",
    "decode_p50_ms": "exact decode, three networks, ms (p50)",
    "decode_p95_ms": "exact decode, three networks, ms (p95)",
    "memory_mb": "memory with all checkpoints loaded and used, MB",
    "memory_peak_mb": "memory at its peak, MB",
}


@contextmanager
def running() -> Iterator[tuple[subprocess.Popen, str, float]]:
    """The app in a process of its own, which ends with the block: (process, URL, seconds until it served a page)."""
    log, begun = Path(tempfile.mkdtemp()) / "log.txt", time.perf_counter()
    process, url = served.begin(log)
    try:
        served.wait(process, url, log)
        yield process, url, time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait(30)


def use_everything(url: str):
    """Every panel once, with its own defaults: afterwards all checkpoints are loaded."""
    client = Client(url, verbose=False)
    for name, about in client.view_api(print_info=False, return_format="dict")["named_endpoints"].items():
        empty = {one["parameter_name"]: None for one in about["parameters"] if not one["parameter_has_default"]}
        client.predict(**empty, api_name=name)
    client.close()


def decode_times(url: str) -> list[float]:
    """Milliseconds of one exact decode after the other, as the browser asks for them."""
    with httpx.Client(timeout=30) as client:
        config = client.get(f"{url}/config").json()
        component = next(c["id"] for c in config["components"] if "decode" in c["props"].get("server_fns", []))
        times = []
        for i in range(CALLS + 10):
            body = {
                "data": [i % 41 / 7 - 2.9, i % 37 / 7 - 2.6],
                "component_id": component,
                "fn_name": "decode",
                "session_hash": "benchmark",
            }
            begin = time.perf_counter()
            answer = client.post(f"{url}/gradio_api/component_server/", json=body).json()
            times.append(1000 * (time.perf_counter() - begin))
            assert answer and all(answer.values()), "a 2-d checkpoint is missing"
    return times[10:]


def memory(process: subprocess.Popen) -> dict[str, float]:
    """Resident memory of the server in MB (Linux)."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        return {}
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return {"memory_mb": int(lines["VmRSS"].split()[0]) / 1000, "memory_peak_mb": int(lines["VmHWM"].split()[0]) / 1000}


def in_browser(url: str) -> dict[str, float]:
    """Seconds to a usable page (median of fresh visitors), and the requests of a drag and of its end."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        return {}
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        pages = [first_page(browser, url) for _ in range(VISITS + 1)][
            1:
        ]  # the first one starts the browser's own parts
        during, after = drag(browser, url)
        browser.close()
    return {"page_seconds": statistics.median(pages), "drag_requests": during, "release_requests": after}


def first_page(browser, url: str) -> float:
    """Until the tray and the first drawn pictures stand on the page of a visitor with an empty cache."""
    context = browser.new_context()
    page = context.new_page()
    begin = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector("#tray .about b:not(:empty)")
    page.wait_for_selector(".widget-exhibit figure img[src]")
    seconds = time.perf_counter() - begin
    context.close()
    return seconds


def drag(browser, url: str) -> tuple[int, int]:
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.goto(f"{url}/?tab=autoencoders&panel=map")
    page.wait_for_selector("[data-ready]")
    page.wait_for_selector("[data-exact]")
    page.wait_for_timeout(1000)
    asked = []
    page.on(
        "request", lambda request: asked.append(request.url) if not request.url.startswith(("data:", "blob:")) else None
    )
    box = page.locator(".plane").bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    for k in range(60):
        page.mouse.move(box["x"] + 10 + 5 * k, box["y"] + 10 + 4 * k)
    page.wait_for_timeout(200)
    during = len(asked)
    page.mouse.up()
    page.wait_for_timeout(1000)
    page.close()
    return during, len(asked) - during


def measure() -> dict[str, float]:
    with running() as (process, url, seconds):
        use_everything(url)
        times = sorted(decode_times(url))
        found = {
            "start_seconds": seconds,
            "decode_p50_ms": times[len(times) // 2],
            "decode_p95_ms": times[int(0.95 * len(times))],
        }
        return found | in_browser(url) | memory(process)


def table(found: dict[str, float]) -> str:
    lines = ["| what | measured | goal |", "|---|---|---|"]
    for key, name in NAMES.items():
        value = (
            "–"
            if key not in found
            else f"{found[key]:.0f}"
            if key.endswith(("requests", "mb"))
            else f"{found[key]:.2f}"
        )
        sign = "" if key in ("drag_requests", "release_requests") else "< "
        lines.append(f"| {name} | {value} | {sign + str(GOALS[key]) if key in GOALS else '–'} |")
    return "\n".join(lines)


def main():
    found = measure()
    print(table(found))
    report.publish(found, RESULT, "app", f"**The app, measured from outside**\n\n{table(found)}")


if __name__ == "__main__":
    main()
