"""What a first visitor's browser is sent: little, compressed, and nothing of rooms that are not open."""

from collections import Counter

import pytest

pytestmark = pytest.mark.browser
MOST = 600_000  # bytes over the wire for the first room, its first pictures included
PACKED = ("text/", "application/json", "application/javascript")
SMALL = 1000  # bytes of an answer that compressing makes no shorter


class Wire:
    """All that a page is sent: {address: bytes as they travel}, and what came uncompressed."""

    def __init__(self, page):
        self.size, self.plain, self.address = Counter(), set(), {}
        wire = page.context.new_cdp_session(page)
        wire.on("Network.responseReceived", self._answered)
        wire.on("Network.dataReceived", self._came)
        wire.send("Network.enable")

    def _answered(self, event) -> None:
        answer = event["response"]
        if not answer["url"].startswith("http"):
            return
        self.address[event["requestId"]] = answer["url"]
        headers = {name.lower(): value for name, value in answer["headers"].items()}
        small = int(headers.get("content-length", SMALL)) < SMALL
        if answer["mimeType"].startswith(PACKED) and not small and "content-encoding" not in headers:
            self.plain.add(answer["url"])

    def _came(self, event) -> None:
        self.size[self.address.get(event["requestId"], "")] += event["encodedDataLength"]


@pytest.fixture
def first_visit(browser, app_url):
    """(page, what it was sent) of a visitor with an empty cache, before the page is asked for."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(180_000)
    yield page, Wire(page)
    context.close()


def test_the_first_room_is_light_and_compressed_and_brings_nothing_of_the_others(first_visit, app_url):
    page, wire = first_visit
    page.goto(app_url)
    page.wait_for_selector("#road .widget-exhibit figure:nth-of-type(4) .near :is(img, button)")  # drawn to the end
    assert sum(wire.size.values()) < MOST and wire.plain == set()
    asked = {url.partition("/widgets/")[2].partition("/")[0] for url in wire.size if "/widgets/" in url} - {"lib"}
    shown = page.evaluate("[...document.querySelectorAll('[class*=widget-]')].map(one => one.className).join(' ')")
    assert asked and {name for name in asked if f"widget-{name}" not in shown} == set()
    assert page.locator("#gan *").count() <= 1


def test_a_room_and_an_accordion_are_asked_for_once(first_visit, app_url):
    page, _ = first_visit
    opened = []
    page.on("request", lambda request: opened.append(request.post_data_json) if "/run/predict" in request.url else None)
    page.goto(app_url)
    page.wait_for_selector("#tray .about b:not(:empty)")
    for _ in range(2):
        page.click("#codebook-button")
        page.wait_for_selector("#codebook-surgery .widget-mosaic")
        page.click("#road-button")
    page.click("#codebook-button")
    for _ in range(3):  # open, closed, open
        page.click("#codebook-surgery .maths > button")
        page.wait_for_timeout(400)
    page.wait_for_selector("#codebook-surgery .maths .katex:visible")
    doors = [body["fn_index"] for body in opened if body["data"] == [] and body["trigger_id"]]
    assert len(doors) == len(set(doors)) == 2
