"""A page of the app in a Chromium of its own, and how long a click takes until the page shows what it asked for."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks.app import start

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

    process, url, _ = start()
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
            )
            yield browser, url
            browser.close()
    finally:
        process.terminate()
        process.wait(30)


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
