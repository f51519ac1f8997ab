"""The DALL·E room in a real browser: tokens appear one by one, another one rewrites what follows, tries are sorted."""

import pytest

from tests.browser.conftest import PHONE
from tests.browser.rooms import Room

pytestmark = pytest.mark.browser
ROOM = Room(
    "dalle",
    {
        "write": ".widget-writer",
        "causal": ".widget-attention",
        "complete": ".widget-exhibit",
        "rerank": ".widget-exhibit",
    },
    chinese="词元",
    keys=("writer", "attention"),
)
PANELS, room, shown, assert_opens = ROOM.panels, ROOM.link, ROOM.shown, ROOM.assert_opens


def test_every_panel_opens_on_a_result_and_fits_a_phone(visit, app_url):
    for panel in PANELS:
        with visit(room(panel), **PHONE) as page:
            assert_opens(page, panel, app_url, chinese=False)


def test_every_panel_opens_in_chinese_from_the_panel_before(visit, app_url):
    with visit(room("write"), locale="zh-CN", **PHONE) as page:
        for i, panel in enumerate(PANELS):
            page.locator("#dalle-panels button[role=tab]:visible").nth(i).click()
            assert_opens(page, panel, app_url, chinese=True)


def test_tokens_come_one_by_one_and_an_override_rewrites_what_follows(visit):
    with visit(room("write")) as page:
        count = shown(page, "write")
        page.evaluate("""() => {
            window.written = [];
            const count = () => Number(document.querySelector('#dalle [data-written]')?.dataset.written);
            const watched = { subtree: true, attributes: true, attributeFilter: ["data-written"] };
            new MutationObserver(() => window.written.push(count())).observe(document.body, watched);
        }""")
        page.get_by_role("button", name="crying face").locator("visible=true").click()
        count = shown(page, "write", count)
        whole = page.evaluate("Math.max(...window.written)")
        assert whole == 64 and page.evaluate("window.written.some(n => n > 0 && n < 64)")
        tokens = page.locator("#dalle figure.tokens canvas")
        box = tokens.bounding_box()
        tokens.click(position={"x": box["width"] * 0.45, "y": box["height"] * 0.45})
        choices = page.locator("#dalle .best button")
        assert choices.count() == 5
        before = page.locator("#dalle figure.whole canvas").evaluate("c => c.toDataURL()")
        page.locator("#dalle .best button[aria-pressed=false]").nth(1).click()
        shown(page, "write", count)
        assert page.locator("#dalle figure.whole canvas").evaluate("c => c.toDataURL()") != before and not page.errors
        assert "Kept tokens " in page.locator("#dalle .recipe:visible").inner_text()


def test_a_token_that_is_chosen_shows_the_words_and_the_earlier_tokens_that_it_looked_at(visit):
    with visit(room("causal")) as page:
        shown(page, "causal")
        lens = page.locator("#dalle .widget-attention[data-shown]")
        assert lens.locator(".words .word b").all_inner_texts() == ["a", "red", "heart"]
        box = lens.locator("figure.where canvas").bounding_box()
        page.mouse.click(box["x"] + 3, box["y"] + 3)
        assert lens.get_attribute("data-place") == "0"
        first, bars = lens.locator("figure.where small").inner_text(), lens.locator(".bar")
        assert first.startswith("Row 1, column 1") and "0%" in first  # there is no earlier token
        assert "the picture itself 0%" in bars.nth(1).get_attribute("aria-label")
        lens.locator("figure.where canvas").press("ArrowDown")
        assert lens.get_attribute("data-place") == "8"
        assert "the picture itself 0%" not in bars.nth(1).get_attribute("aria-label") and not page.errors


def test_the_best_of_many_come_first(visit):
    with visit(room("rerank")) as page:
        page.wait_for_function("document.querySelectorAll('#dalle figure .numbers em').length >= 8")
        cosines = page.evaluate("""[...document.querySelectorAll('#dalle figure')]
            .filter(f => f.offsetParent)
            .map(f => f.querySelector('.numbers em')?.textContent)
            .filter(Boolean)
            .map(Number)""")
        assert len(cosines) == 8
        assert cosines == sorted(cosines, reverse=True)
        assert not page.errors
