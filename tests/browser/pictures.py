"""Takes the pictures of the documents from the real app: one of every tab, on its opening panel.

    python -m tests.browser.pictures          # all tabs, to docs/pictures/TAB.webp
    python -m tests.browser.pictures clip gan # these tabs only

The app and a headless Chromium are started for it and stopped after it. A page is taken when its panel shows a result,
no request is under way, and the screen has stood still for a few seconds.
"""

import argparse
import io
import shutil
import subprocess
import time
from pathlib import Path

from PIL import Image

from playground import discovery, tabs
from tests.benchmarks.page import browsing
from training.files import ROOT

FOLDER = ROOT / "docs" / "pictures"
SCREEN = {"width": 1366, "height": 1000}  # px
LARGEST = 120 * 1000  # bytes a picture
QUALITIES = range(92, 30, -6)  # of WebP; the first that keeps a picture small enough
RESULT = "[data-shown]:visible, [data-exact]:visible"  # the marks of widgets that show what they were asked for
PATIENCE = 600.0  # seconds for a panel to show a result, and as many to come to rest
STILL = 3  # seconds without a request, and without a change of the screen


class Unsettled(RuntimeError):
    """A panel did not come to rest."""


def main(argv: list[str] | None = None) -> None:
    known = {discovery.name_of(tab): discovery.opens(tab) for tab in discovery.find(tabs)}
    options = arguments(list(known)).parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    if lacks_chinese():
        print("No font here has Chinese characters: boxes stand for them (Debian: apt-get install fonts-wqy-microhei).")
    with browsing() as (browser, url):
        for tab in options.tabs or known:
            taken = small(take(browser, f"{url}/?tab={tab}&panel={known[tab]}&lang=en", options.patience))
            path = options.out / f"{tab}.webp"
            path.write_bytes(taken)
            print(f"{path}: {len(taken) / 1000:.0f} kB")


def arguments(known: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m tests.browser.pictures", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tabs", nargs="*", choices=[*known, []], help=f"by default all: {', '.join(known)}")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where the pictures go")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds for a panel; more on a busy machine")
    return parser


def lacks_chinese() -> bool:
    """Whether this machine is known to have no font with Chinese characters."""
    found = shutil.which("fc-list")
    return found is not None and not subprocess.run([found, ":lang=zh"], capture_output=True, check=True).stdout


def take(browser, address: str, patience: float) -> bytes:
    """A PNG of the page at an address, once it has settled.

    Raises:
        Unsettled: it does not come to rest within `patience` seconds.
        playwright.sync_api.TimeoutError: it shows no result within that time.
    """
    context = browser.new_context(viewport=SCREEN, locale="en-US", color_scheme="light", reduced_motion="reduce")
    context.set_default_timeout(1000 * patience)
    try:
        page = context.new_page()
        pending = requests_of(page)
        page.goto(address)
        page.wait_for_selector(RESULT)
        return settled(page, pending, patience)
    finally:
        context.close()


def requests_of(page) -> set:
    """The requests of a page that are under way, kept up to date; without Gradio's heartbeat, which never ends."""
    pending: set = set()
    page.on("request", lambda request: None if "heartbeat" in request.url else pending.add(request))
    for over in ("requestfinished", "requestfailed"):
        page.on(over, lambda request: pending.discard(request))
    return pending


def settled(page, pending: set, patience: float) -> bytes:
    """A PNG of the page: the second of two equal ones between which nothing was asked for `STILL` seconds."""
    late, shown = time.monotonic() + patience, b""
    while time.monotonic() < late:
        quiet = time.monotonic()
        while time.monotonic() - quiet < STILL and time.monotonic() < late:
            page.wait_for_timeout(200)
            if pending:
                quiet = time.monotonic()
        now = page.screenshot(animations="disabled", caret="hide")
        if now == shown:
            return now
        shown = now
    raise Unsettled(f"{page.url} did not come to rest in {patience:g} s; it waits for {[r.url for r in pending]}")


def small(png: bytes) -> bytes:
    """The same picture as WebP of at most `LARGEST` bytes.

    Raises:
        ValueError: even the lowest quality makes a larger file.
    """
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in QUALITIES:
        file = io.BytesIO()
        picture.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= LARGEST:
            return file.getvalue()
    raise ValueError(f"A picture has {file.tell():,} bytes, over {LARGEST:,}: make SCREEN smaller.")


if __name__ == "__main__":
    main()
