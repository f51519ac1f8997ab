"""The Codebook room in a real browser: a click on a cell, another code, and the picture of it; the atlas in its
orders."""

import pytest

from tests.browser.conftest import PHONE
from tests.browser.rooms import Room

pytestmark = pytest.mark.browser
ROOM = Room(
    "codebook",
    {"surgery": ".widget-mosaic", "codes": ".widget-codes", "grids": ".widget-exhibit"},
    chinese="词元手术",
    keys=("mosaic", "codes"),
)
PANELS, room, shown, assert_opens = ROOM.panels, ROOM.link, ROOM.shown, ROOM.assert_opens


def pixels(page, name: str) -> list:
    return page.evaluate(
        """name => {
            const c = document.createElement("canvas");
            c.width = c.height = 16;
            const p = c.getContext("2d");
            p.drawImage(document.querySelector(`.widget-mosaic figure.${name} canvas`), 0, 0, 16, 16);
            return [...p.getImageData(0, 0, 16, 16).data];
        }""",
        name,
    )


def test_every_panel_opens_on_a_result_and_fits_a_phone(visit, app_url):
    for panel in PANELS:
        with visit(room(panel), **PHONE) as page:
            assert_opens(page, panel, app_url, chinese=False)


def test_every_panel_opens_in_chinese_from_the_panel_before(visit, app_url):
    with visit(room("surgery"), locale="zh-CN", **PHONE) as page:
        for i, panel in enumerate(PANELS):
            page.locator("#codebook-panels button[role=tab]:visible").nth(i).click()
            assert_opens(page, panel, app_url, chinese=True)


def test_another_code_in_a_cell_changes_the_picture_and_undo_brings_it_back(visit):
    with visit(room("surgery")) as page:
        count, before = shown(page, "surgery"), pixels(page, "drawn")
        page.locator("figure.tokens canvas").click(position={"x": 120, "y": 90})
        page.locator(".widget-mosaic .codes.common button[aria-pressed=false]").nth(2).click()
        count = shown(page, "surgery", count)
        assert pixels(page, "drawn") != before == pixels(page, "back")
        assert "Changed tokens: 1." in page.locator(".widget-mosaic .remarks").inner_text()
        page.get_by_role("button", name="Undo").click()
        count = shown(page, "surgery", count)
        assert pixels(page, "drawn") == before and page.get_by_role("button", name="Undo").is_disabled()
        page.get_by_text("VQ-VAE, 8×8").locator("visible=true").first.click()
        shown(page, "surgery", count)
        assert pixels(page, "back") != before and not page.errors


def test_a_link_brings_the_changes_back(visit):
    with visit(room("surgery", model="vqvae", half="left", edits="vqvae 20=7 200=9")) as page:
        shown(page, "surgery")
        page.wait_for_function("document.querySelector('.widget-mosaic .recipe').textContent.includes('2 cells')")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.locator(".widget-mosaic").get_by_role("button", name="Copy link").click()
        page.wait_for_function("navigator.clipboard.readText().then(text => text.includes('20%3D7%20200%3D9'))")
        assert page.get_by_role("button", name="As it was").is_enabled()
        assert "left" in page.locator(".widget-mosaic .recipe").inner_text()


def test_the_atlas_has_four_orders_and_tells_of_the_code_that_is_pointed_at(visit):
    with visit(room("codes")) as page:
        shown(page, "codes")
        looks = set()
        for order in ("By number", "By colour", "By use", "As vectors, in 2-D"):
            page.get_by_role("radio", name=order).click()
            looks.add(page.locator(".widget-codes .board").evaluate("c => c.toDataURL()"))
        assert len(looks) >= 3
        page.get_by_role("radio", name="By number").click()
        page.locator(".widget-codes .board").hover(position={"x": 5, "y": 5})
        assert "Code 0:" in page.locator(".widget-codes .at").inner_text() and not page.errors
