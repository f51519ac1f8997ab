"""The manipulations of the DALL·E 2 room in a real browser: each opens on a result, follows the specimen, and takes
whatever is typed."""

from functools import partial

import pytest

from tests.browser.conftest import PHONE
from tests.browser.rooms import NASTY, link

pytestmark = pytest.mark.browser
PANELS = {
    "variations": [2, 3, 3],
    "blend": [7, 2],
    "edit": [6],
    "grid": [5, 5, 5],
    "components": [2, 6],
}  # figures in each row
FIRST = 3  # the place of the first of them among the panels of the tab
BOARD = "#dalle2 .widget-exhibit"
room = partial(link, "dalle2")


def shown(page, more_than: int = 0) -> int:
    """Waits until every picture of the visible panel is there, after that many results; the number of results."""
    page.wait_for_function(
        """([s, n]) => [...document.querySelectorAll(s)].some(e => e.offsetParent && Number(e.dataset.shown ?? 0) > n
        && [...e.querySelectorAll('.picture img')].every(i => i.src))""",
        arg=[BOARD, more_than],
    )
    return int(page.locator(f"{BOARD}[data-shown]:visible").first.get_attribute("data-shown"))


def assert_opens(page, panel: str, app_url: str, chinese: bool):
    """On a result that takes the place kept for it, as wide as the phone, in one language, with nothing asked of
    strangers."""
    page.locator(f"{BOARD}:visible").first.evaluate("e => e.scrollIntoView()")
    height = page.locator(f"{BOARD}:visible .rows").bounding_box()["height"]
    shown(page)
    rows = page.locator(f"{BOARD}:visible .row").evaluate_all(
        "all => all.map(r => r.querySelectorAll('figure').length)"
    )
    assert rows == PANELS[panel]
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator(f"{BOARD}:visible .rows").bounding_box()["height"] - height <= 60
    text = page.locator("#dalle2").inner_text()
    assert not page.errors
    assert all(url.startswith((app_url, "data:", "blob:")) for url in page.asked)
    assert ("分量" in text) == chinese
    assert not [word for word in ("undefined", f"{panel}.") if word in text]


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_opens_on_a_result_and_fits_a_phone(visit, app_url, panel):
    with visit(room(panel), **PHONE) as page:
        assert_opens(page, panel, app_url, chinese=False)


def test_every_panel_opens_in_chinese_from_the_panel_before(visit, app_url):
    with visit(room("variations"), locale="zh-CN", **PHONE) as page:
        for i, panel in enumerate(PANELS):
            page.locator("#dalle2-panels button[role=tab]:visible").nth(FIRST + i).click()
            assert_opens(page, panel, app_url, chinese=True)


def test_captions_of_any_kind_are_taken_and_shown_as_text(visit):
    with visit(room("edit")) as page:
        before = shown(page)
        field = page.locator("#dalle2 textarea:visible").nth(1)
        field.fill(NASTY)
        field.press("Enter")
        shown(page, before)
        page.wait_for_function(
            "s => [...document.querySelectorAll(s)].some(e => e.offsetParent && e.innerText.includes('<img src=x'))",
            arg=f"{BOARD} .recipe",
        )
        assert page.evaluate("window.pwn") is None
        assert not page.errors
        assert page.locator("#dalle2 img[src=x]").count() == 0


def test_equal_captions_say_that_nothing_changes(visit):
    with visit(room("edit", before="cat", after="cat")) as page:
        shown(page)
        assert "nothing is changed" in page.locator(f"{BOARD}:visible .remarks").inner_text()
        sources = page.locator(f"{BOARD}:visible .picture img").evaluate_all("all => all.map(i => i.src)")
        assert len(set(sources)) == 1


def test_the_slider_keeps_other_components_from_the_same_noise(visit):
    with visit(room("components", kept=1)) as page:
        before = shown(page)
        pictures = page.locator(f"{BOARD}:visible .picture img")
        sources = pictures.evaluate_all("all => all.map(i => i.src)")
        assert sources[1] == sources[2]
        slider = page.locator("#dalle2 input[type=range]:visible")
        slider.fill("16")
        slider.dispatch_event("pointerup")
        page.wait_for_function(
            "([s, n]) => [...document.querySelectorAll(s)]"
            ".some(e => e.offsetParent && Number(e.dataset.shown) > n && e.innerText.includes('16 kept'))",
            arg=[BOARD, before],
        )
        shown(page, before)


def test_a_picture_of_the_grid_becomes_the_specimen_and_the_panel_follows(visit):
    with visit(room("grid", rows="near")) as page:
        before, tray = shown(page), page.locator("#tray img").first
        old, first = tray.get_attribute("src"), page.locator(f"{BOARD}:visible .picture img").first.get_attribute("src")
        page.locator(f"{BOARD}:visible .take").nth(7).click(force=True)
        page.wait_for_function("old => document.querySelector('#tray img').src !== old", arg=old)
        shown(page, before)
        page.wait_for_function(
            "([s, old]) => [...document.querySelectorAll(s)]"
            ".some(e => e.offsetParent && e.querySelector('.picture img').src !== old)",
            arg=[BOARD, first],
        )
        assert not page.errors


def test_a_second_picture_of_the_blend_comes_back_from_a_link(visit):
    with visit(room("blend", noise="first")) as page:
        shown(page)
        recipe = page.locator(f"{BOARD}:visible .recipe").inner_text()
        assert "the specimen's" in recipe
        assert page.locator("#dalle2 [type=radio]:checked:visible").count() == 1 and not page.errors
