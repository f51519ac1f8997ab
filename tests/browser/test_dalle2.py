"""The DALL·E 2 room in a real browser: every stage is seen, in both languages, on a phone, whatever is typed."""

import pytest

from tests.browser.conftest import PHONE
from tests.browser.rooms import NASTY, Room

pytestmark = pytest.mark.browser
ROOM = Room(
    "dalle2",
    {
        "stages": ".widget-stages",
        "prior": ".widget-priorplane",
        "ablation": ".widget-exhibit",
        "few": ".widget-exhibit",
        "fails": ".widget-exhibit",
    },
    chinese="逐级生成",
)
PANELS, room, shown, assert_opens = ROOM.panels, ROOM.link, ROOM.shown, ROOM.assert_opens
PLACES = {"stages": 0, "prior": 1, "ablation": 2, "few": 8, "fails": 9}  # among the panels of the tab


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


PLANE = "#dalle2 .widget-priorplane"


def test_a_mark_of_the_prior_tells_its_neighbours_and_a_click_paints_it(visit):
    with visit(room("prior", seed=7)) as page:
        first = shown(page, "prior")
        assert page.locator(f"{PLANE} .mark").count() == 1 + 2 * 16
        assert page.locator(f"{PLANE} .arrow").count() == 2 and page.locator(f"{PLANE} .thumb image").count() > 1
        mark = page.locator(f"{PLANE} .mark.ar").nth(2)
        assert mark.get_attribute("aria-label").startswith("autoregressive prior, seed 9 · ")
        mark.focus()
        assert page.locator(f"{PLANE} .name").inner_text().startswith("autoregressive prior, seed 9")
        assert page.locator(f"{PLANE} .nearby img").count() == 5
        before = page.locator(f"{PLANE} .picture img").get_attribute("src")
        page.keyboard.press("ArrowUp")
        assert page.locator(f"{PLANE} .name").inner_text().startswith("diffusion prior, seed 9")
        page.keyboard.press("Enter")
        shown(page, "prior", first)
        assert page.locator(f"{PLANE} .of").inner_text() == "Painted: diffusion prior, seed 9"
        assert page.locator(f"{PLANE} .picture img").get_attribute("src") != before
        assert "z_i 3 of the diffusion prior" in page.locator(f"{PLANE} .recipe").inner_text()
        assert page.evaluate("document.activeElement.closest('.mark')?.getAttribute('aria-pressed')") == "true"
        assert not page.errors


def test_a_tap_on_a_phone_tells_of_a_mark_and_another_paints_it_and_a_prior_can_be_hidden(visit):
    with visit(room("prior", point="text"), **PHONE) as page:
        page.locator(f"{PLANE}:visible").first.evaluate("e => e.scrollIntoView()")
        first = shown(page, "prior")
        assert page.locator(f"{PLANE} .of").inner_text() == "Painted: z_t, the caption's own"
        page.locator(f"{PLANE} .legend button").first.tap()
        assert page.locator(f"{PLANE} .mark").count() == 1 + 16
        page.locator(f"{PLANE} .mark.ar").last.tap()
        name = page.locator(f"{PLANE} .name").inner_text().splitlines()[0]
        assert name.startswith("autoregressive prior") and page.locator(f"{PLANE} .paint").is_visible()
        assert page.locator(f"{PLANE} .of").inner_text() == "Painted: z_t, the caption's own"
        page.locator(f"{PLANE} .mark.ar").last.tap()
        shown(page, "prior", first)
        assert page.locator(f"{PLANE} .of").inner_text() == f"Painted: {name}"
        page.locator(f"{PLANE} .planes button").last.tap()
        assert page.locator(f"{PLANE} .dots circle").count() > 100
        assert not page.errors


def test_while_a_caption_is_typed_the_field_tells_which_words_are_known(visit):
    with visit(room("stages")) as page:
        field, known = page.locator("#dalle2 textarea:visible").first, page.locator("#dalle2 .known:visible").first
        field.press_sequentially(" zxqv")
        known.locator(".unread").wait_for()
        assert known.locator(".unread").inner_text() == "In no training caption: zxqv"
        assert "strawberry" in known.locator(".read").inner_text()
        field.fill("<b>猫</b>")
        page.wait_for_function("() => !document.querySelector('#dalle2 .known .unread')")
        assert "猫" in known.locator(".read").inner_text() and known.locator("b").count() == 0
        assert not page.errors
