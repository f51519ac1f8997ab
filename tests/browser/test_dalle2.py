"""The DALL·E 2 room in a real browser: every stage is seen, in both languages, on a phone, whatever is typed."""

import pytest

from tests.browser.conftest import PHONE
from tests.browser.rooms import NASTY, Room

pytestmark = pytest.mark.browser
ROOM = Room(
    "dalle2",
    {
        "stages": ".widget-stages",
        "ablation": ".widget-exhibit",
        "few": ".widget-exhibit",
        "fails": ".widget-exhibit",
    },
    chinese="逐级生成",
)
PANELS, room, shown, assert_opens = ROOM.panels, ROOM.link, ROOM.shown, ROOM.assert_opens
PLACES = {"stages": 0, "ablation": 1, "few": 7, "fails": 8}  # among the panels of the tab


def test_every_panel_opens_on_a_result_and_fits_a_phone(visit, app_url):
    for panel in PANELS:
        with visit(room(panel), **PHONE) as page:
            assert_opens(page, panel, app_url, chinese=False)


def test_every_panel_opens_in_chinese_from_the_panel_before(visit, app_url):
    with visit(room("stages"), locale="zh-CN", **PHONE) as page:
        for panel in PANELS:
            page.locator("#dalle2-panels button[role=tab]:visible").nth(PLACES[panel]).click()
            assert_opens(page, panel, app_url, chinese=True)


def test_each_stage_shows_its_picture_its_time_and_its_calls(visit):
    with visit(room("stages", steps=4)) as page:
        shown(page, "stages")
        heads = page.locator("#dalle2 .widget-stages h4").all_inner_texts()
        assert all("calls" in head for head in heads)
        assert "8 calls" in heads[1]
        assert "4 calls" in heads[2]
        assert page.locator("#dalle2 .widget-stages circle.drawing").count() > 3
        assert page.locator("#dalle2 circle.drawn").count() == 1
        sides = page.locator("#dalle2 .widget-stages .picture img").evaluate_all("all => all.map(i => i.naturalWidth)")
        assert sides == [32, 64] and page.locator("#dalle2 .nearby img").count() == 5
        assert "seed 1" in page.locator("#dalle2 .widget-stages .recipe").inner_text().lower()


def test_a_new_caption_is_drawn_and_shown_as_text_and_its_picture_becomes_the_specimen(visit):
    with visit(room("stages", steps=2)) as page:
        before = shown(page, "stages")
        field = page.locator("#dalle2 textarea:visible").first
        field.fill(NASTY)
        field.press("Enter")
        shown(page, "stages", before)
        assert page.evaluate("window.pwn") is None and not page.errors
        assert "<img src=x" in page.locator("#dalle2 .widget-stages .recipe").inner_text()
        assert page.locator("#dalle2 .widget-stages img[src=x]").count() == 0
        before = page.locator("#tray img").first.get_attribute("src")
        page.locator("#dalle2 .widget-stages .take").click(force=True)
        page.wait_for_function("before => document.querySelector('#tray img').src !== before", arg=before)


def test_the_road_paints_at_once_what_is_typed(visit):
    with visit("/") as page:
        page.wait_for_selector("#road .widget-exhibit[data-shown]")
        before = page.locator("#road .widget-exhibit img").first.get_attribute("src")
        field = page.locator("#road textarea:visible").first
        field.fill("a red heart")
        field.press("Enter")
        page.wait_for_function(
            "before => document.querySelector('#road .widget-exhibit img').src !== before", arg=before
        )
        assert not page.errors


def test_a_link_brings_back_the_larger_picture(visit):
    with visit(room("stages", side=128)) as page:
        shown(page, "stages")
        assert page.locator(".widget-stages .upsampler h4").inner_text().startswith("3 · Upsampler, 128×128")
        assert page.locator(".widget-stages .upsampler .picture img").evaluate("image => image.naturalWidth") == 128
        assert not page.errors
