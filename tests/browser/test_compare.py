"""The room Compare in a real browser: systems draw in turn, the table sorts, claims are filtered."""

import pytest

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser
SHOWN = "s => [...document.querySelectorAll(`#compare ${s}`)].some(e => e.offsetParent && e.dataset.shown)"


def test_systems_draw_one_after_the_other_and_stop_ends_them(visit):
    with visit("/?tab=compare") as page:
        pictures = "[...document.querySelectorAll('#compare figure img[src]')].filter(i => i.offsetParent).length"
        page.wait_for_function(f"{pictures} >= 2")
        assert page.locator("#compare .row figure:visible").count() == 14
        page.get_by_role("button", name="Stop").locator("visible=true").click()
        page.wait_for_timeout(1500)
        drawn = page.evaluate(pictures)
        page.wait_for_timeout(1500)
        assert page.evaluate(pictures) == drawn and not page.errors


def test_the_table_sorts_and_a_model_without_the_number_stands_last(visit):
    with visit("/?tab=compare&panel=models") as page:
        page.wait_for_function(SHOWN, arg=".widget-ranking")
        page.get_by_role("button", name="PSNR, dB").click()
        numbers = "[...document.querySelectorAll('#compare tbody tr')].map(row => row.cells[3].textContent)"
        for falling in (False, True):
            known = [float(text) for text in page.evaluate(numbers) if text != "–"]
            assert known == sorted(known, reverse=falling) and len(known) > 5
            assert page.evaluate(numbers)[-1] == "–"
            page.get_by_role("button", name="PSNR, dB").click()
        assert page.locator("#compare [aria-sort=ascending]").count() == 1 and not page.errors


def test_claims_are_filtered_lead_to_their_room_and_fit_a_phone_in_chinese(visit):
    with visit("/?tab=compare&panel=claims", locale="zh-CN", **PHONE) as page:
        page.wait_for_function(SHOWN, arg=".widget-claims")
        every = page.locator("#compare article").count()
        assert every > 18 and page.evaluate("document.documentElement.scrollWidth") == 390
        assert "undefined" not in page.locator("#compare").inner_text()
        page.get_by_text("相符", exact=True).locator("visible=true").first.click()
        page.wait_for_function("n => document.querySelectorAll('#compare article').length < n", arg=every)
        assert page.locator("#compare article.agrees").count() == page.locator("#compare article").count()
        page.locator("#compare article .foot button").first.click()
        page.wait_for_selector("#compare-button[aria-selected=false]")
        assert not page.errors
