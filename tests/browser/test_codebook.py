"""The Codebook room in a real browser: a click on a cell, another code, and the picture of it; the atlas in its
orders."""

import pytest

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser
PANELS = {"surgery": ".widget-mosaic", "codes": ".widget-codes", "grids": ".widget-exhibit"}


def room(panel: str, extra: str = "") -> str:
    return f"/?tab=codebook&panel={panel}{extra}"


def shown(page, panel: str, more_than: int = 0):
    page.wait_for_function(
        "([s, n]) => [...document.querySelectorAll(`#codebook ${s}`)]"
        ".some(e => e.offsetParent && Number(e.dataset.shown ?? 0) > n)",
        arg=[PANELS[panel], more_than],
    )
    return int(page.locator(f"#codebook {PANELS[panel]}[data-shown]:visible").first.get_attribute("data-shown"))


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


def assert_opens(page, panel: str, app_url: str, chinese: bool):
    """On a result, as wide as the phone, in one language, with nothing asked of strangers."""
    page.locator(f"#codebook {PANELS[panel]}:visible").first.evaluate("e => e.scrollIntoView()")
    shown(page, panel)
    assert page.evaluate("document.documentElement.scrollWidth") == 390, panel
    text = page.locator("#codebook").inner_text()
    assert not page.errors
    assert all(url.startswith((app_url, "data:", "blob:")) for url in page.asked)
    assert ("词元手术" in text) == chinese
    assert not [word for word in ("undefined", "mosaic.", "codes.") if word in text]


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
    with visit(room("surgery", "&model=vqvae&half=left&edits=vqvae%2020%3D7%20200%3D9")) as page:
        shown(page, "surgery")
        page.wait_for_function("document.querySelector('.widget-mosaic .recipe').textContent.includes('20=7 200=9')")
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
