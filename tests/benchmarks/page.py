"""A page of the app in a Chromium of its own: what a first visit costs, and how long a click takes until the page shows
what it asked for.

    python -m tests.benchmarks.page             # writes assets/benchmarks/page.json and its table
    python -m tests.benchmarks.page --print     # only prints the table

A page is usable when a control that is pressed answers. Server and browser share the machine; every visitor has a
context of their own, with an empty cache.
"""

import asyncio
import shutil
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks import report
from tests.benchmarks.app import running
from training.files import ROOT

RESULT = ROOT / "assets" / "benchmarks" / "page.json"
VISITS, CLASS = 7, 30
PATIENCE = 300_000  # ms
TRAY = "#tray .about b:not(:empty)"
GOALS = {"usable_s": 1.5, "wire_kb": 600, "class_usable_s": 10}
NAMES = {
    "usable_s": "first usable page of a warm server, empty cache, s (median)",
    "pictures_s": "its first pictures, s (median)",
    "requests": "requests until then",
    "wire_kb": "over the wire until the pictures are drawn, kB",
    "unpacked_kb": "the same, unpacked, kB",
    "document_kb": "the document alone, over the wire, kB",
    "room_s": "another room, opened for the first time, s (median)",
    "class_usable_s": f"{CLASS} browsers at the same moment, until the last has a usable page, s",
    "class_median_s": f"{CLASS} browsers at the same moment, usable page, s (median)",
}

PRESS = """([widget, press, marks]) => new Promise((done, fail) => {
  const seen = which => [...document.querySelectorAll(which)].find(one => one.offsetParent);
  const watched = seen(`${widget}[data-shown]`), button = seen(press), times = {};
  const late = setTimeout(() => fail(new Error(`nothing new within a minute after ${press}`)), 60000);
  const began = performance.now();
  new MutationObserver((changes, watcher) => {
    for (const { attributeName } of changes) times[attributeName] ??= performance.now() - began;
    if (!marks.every(mark => mark in times)) return;
    watcher.disconnect();
    clearTimeout(late);
    done(marks.map(mark => times[mark]));
  }).observe(watched, { attributeFilter: marks });
  button.click();
})"""


@contextmanager
def browsing() -> Iterator[tuple]:
    """(browser, URL) of an app of its own; raises SystemExit where there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("No Chromium on this machine: this is measured in a page (Debian: apt-get install chromium).")
    from playwright.sync_api import sync_playwright

    with running() as (_, url, _), sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser, url
        browser.close()


def opened(browser, url: str, tab: str, panel: str, widget: str, more: str = ""):
    """The page of a panel, with `more` settings in its address, whose first result is there."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.goto(f"{url}/?tab={tab}&panel={panel}{more}")
    page.wait_for_selector(f".widget-{widget}[data-shown]:visible", timeout=120_000)
    return page


def pressed(page, widget: str, press: str, marks: tuple[str, ...]) -> list[float]:
    """Milliseconds from a click on `press` until each of the attributes `marks` of the widget is set."""
    return at_rest(page, PRESS, [f".widget-{widget}", press, list(marks)])


def at_rest(page, script: str, values: list):
    """What a script returns, begun when nothing of an earlier run still comes."""
    page.wait_for_timeout(800)
    return page.evaluate(script, values)


class Traffic:
    """What a page asks for and is sent."""

    def __init__(self, wire):
        self.sent, self.unpacked, self.address = Counter(), Counter(), {}
        wire.on("Network.requestWillBeSent", self._asked)
        wire.on("Network.dataReceived", self._came)

    def _asked(self, event) -> None:
        if event["request"]["url"].startswith("http"):
            self.address[event["requestId"]] = event["request"]["url"]

    def _came(self, event) -> None:
        if event["requestId"] in self.address:
            self.sent[event["requestId"]] += event["encodedDataLength"]
            self.unpacked[event["requestId"]] += event["dataLength"]

    def figures(self, url: str) -> dict[str, float]:
        document = next(number for number, address in self.address.items() if address.rstrip("/") == url)
        return {
            "requests": len(self.address),
            "wire_kb": self.sent.total() / 1000,
            "unpacked_kb": self.unpacked.total() / 1000,
            "document_kb": self.sent[document] / 1000,
        }


async def first_visit(browser, url: str) -> dict[str, float]:
    """One visitor with an empty cache: their times in seconds, and what they were sent."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    wire = await context.new_cdp_session(page)
    traffic = Traffic(wire)
    await wire.send("Network.enable")
    begun = time.perf_counter()
    found = {"usable_s": await usable(page, url, begun)}
    await page.wait_for_selector("#road .widget-exhibit .near :is(img, button)")
    found |= {"pictures_s": time.perf_counter() - begun} | traffic.figures(url)
    begun = time.perf_counter()
    await page.click("#codebook-button")
    await page.wait_for_selector("#codebook .lead")
    found["room_s"] = time.perf_counter() - begun
    await context.close()
    return found


async def usable(page, url: str, begun: float) -> float:
    """Seconds until the tray's first button opens what it is for."""
    await page.goto(url, wait_until="commit")
    await page.wait_for_selector(TRAY)
    await page.click("#tray button:visible >> nth=0")
    await page.wait_for_selector("input[type=search]:visible")
    return time.perf_counter() - begun


async def in_class(browser, url: str) -> list[float]:
    """Seconds until each of a class has a usable page."""
    contexts = [await browser.new_context(viewport={"width": 1280, "height": 900}) for _ in range(CLASS)]
    pages = [await context.new_page() for context in contexts]
    for page in pages:
        page.set_default_timeout(PATIENCE)
    begun = time.perf_counter()
    times = await asyncio.gather(*(usable(page, url, begun) for page in pages))
    for context in contexts:
        await context.close()
    return times


async def measure(url: str) -> dict[str, float]:
    from playwright.async_api import async_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        visits = [await first_visit(browser, url) for _ in range(VISITS + 1)][1:]  # the first one warms both
        together = await in_class(browser, url)
        await browser.close()
    alone = {name: statistics.median(one[name] for one in visits) for name in visits[0]}
    return alone | {"class_usable_s": max(together), "class_median_s": statistics.median(together)}


def main():
    options = report.arguments(__doc__).parse_args()
    with running() as (_, url, _):
        found = asyncio.run(measure(url))
    table = report.table(found, NAMES, GOALS)
    print(table)
    if not options.print:
        report.publish(found, RESULT, "page", f"**The first page**\n\n{table}")


if __name__ == "__main__":
    main()
