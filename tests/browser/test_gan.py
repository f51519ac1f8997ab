"""The GAN room in a real browser: every panel opens on a result, the quiz keeps score, the 2-D lab teaches what the
page asks for."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.conftest import PHONE
from tests.browser.rooms import Room

pytestmark = pytest.mark.browser
ROOM = Room(
    "gan",
    {
        "samples": ".widget-exhibit",
        "lapse": ".widget-exhibit",
        "directions": ".widget-exhibit",
        "mixing": ".widget-exhibit",
        "quiz": ".widget-quiz",
        "lab": ".widget-lab",
    },
    chinese="二维实验室",
)
PANELS, room, shown, assert_opens = ROOM.panels, ROOM.link, ROOM.shown, ROOM.assert_opens


def steps(page) -> int:
    return int(page.locator("#gan [data-steps]").get_attribute("data-steps"))


def until_steps(page, condition: str):
    page.wait_for_function(f"(s => {condition})(Number(document.querySelector('#gan [data-steps]')?.dataset.steps))")


def test_every_panel_opens_on_a_result_and_fits_a_phone(visit, app_url):
    for panel in PANELS:
        with visit(room(panel), **PHONE) as page:
            assert_opens(page, panel, app_url, chinese=False)


def test_every_panel_opens_in_chinese_from_the_panel_before(visit, app_url):
    with visit(room("samples"), locale="zh-CN", **PHONE) as page:
        for i, panel in enumerate(PANELS):
            page.locator("#gan-panels button[role=tab]:visible").nth(i).click()
            assert_opens(page, panel, app_url, chinese=True)


def test_a_stage_and_truncation_change_the_samples_and_a_link_brings_them_back(visit):
    with visit(room("samples", stage=0, psi=0.5, seed=9)) as page:
        shown(page, "samples")
        assert "Stage of training 0 · Truncation ψ 0.5 · Seed 9" in page.locator("#gan .recipe:visible").inner_text()
        first = page.locator("#gan figure img:visible").first.get_attribute("src")
        page.locator("#gan input[type=number]:visible").first.fill("5")
        page.keyboard.press("Tab")
        page.wait_for_function("src => document.querySelector('#gan figure img').src !== src", arg=first)
        assert not page.errors


def test_the_quiz_keeps_score_of_both(visit):
    with visit(room("quiz")) as page:
        shown(page, "quiz")
        for k in range(3):
            page.locator(".widget-quiz .pair button").nth(k % 2).click()
            assert (
                page.locator(".widget-quiz .pair button.real").count()
                == page.locator(".widget-quiz .pair button.drawn").count()
                == 1
            )
            tally = page.locator(".widget-quiz .tally").inner_text()
            assert f"of {k + 1}" in tally
            assert page.locator(".widget-quiz .told").inner_text().startswith(("Right.", "Wrong."))
            page.get_by_role("button", name="Next pair").click()
            page.wait_for_function("document.querySelector('.widget-quiz .pair button:not([disabled])')")
        assert not page.errors


def test_the_lab_plays_pauses_and_teaches_one_player(visit):
    with visit(room("lab")) as page:
        shown(page, "lab")
        until_steps(page, "s >= 400")
        page.get_by_role("button", name="Play").wait_for()
        assert "of 8" in page.locator(".widget-lab figure.gan").inner_text()
        page.wait_for_timeout(300)
        before = steps(page)
        looks = {
            name: page.locator(f".widget-lab figure.{name} canvas").evaluate("c => c.toDataURL()")
            for name in ("gan", "vae")
        }
        page.get_by_role("button", name="20 steps of G only").click()
        until_steps(page, f"s > {before}")
        assert page.locator(".widget-lab figure.gan canvas").evaluate("c => c.toDataURL()") != looks["gan"]
        assert page.locator(".widget-lab figure.vae canvas").evaluate("c => c.toDataURL()") == looks["vae"]
        page.get_by_role("button", name="Play").click()
        until_steps(page, f"s > {before + 60}")
        page.get_by_role("button", name="Pause").click()
        page.wait_for_timeout(800)
        still, count = steps(page), shown(page, "lab")
        page.wait_for_timeout(800)
        assert steps(page) == still and shown(page, "lab", count - 1) == count  # nothing runs
        page.get_by_role("button", name="From the start").click()
        until_steps(page, f"s < {before}")
        assert not page.errors


def test_a_drawn_shape_is_learned_and_travels_with_the_link(visit, app_url):
    with visit(room("lab")) as page:
        shown(page, "lab")
        box = page.locator(".widget-lab figure.real canvas").bounding_box()
        page.mouse.move(box["x"] + 40, box["y"] + 40)
        page.mouse.down()
        for k in range(1, 12):
            page.mouse.move(box["x"] + 40 + 12 * k, box["y"] + 40 + 10 * k)
        page.mouse.up()
        page.wait_for_function("document.querySelector('.widget-lab .recipe').textContent.includes('my own')")
        until_steps(page, "s < 300")
        assert page.get_by_label("my own").is_checked()
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.locator(".widget-lab").get_by_role("button", name="Copy link").click()
        page.get_by_role("button", name="Copied").wait_for()
        points = parse_qs(urlsplit(page.evaluate("navigator.clipboard.readText()")).query)["points"][0]
        assert points.startswith("p")
        assert len(points) > 40
        said = page.locator(".widget-lab .recipe").inner_text()
        assert f"Drawn points {(len(points) - 1) // 2}" in said
        assert not page.errors
    with visit(room("lab", shape="drawn", points=points, loss="original")) as page:
        shown(page, "lab")
        page.wait_for_function("document.querySelector('.widget-lab .recipe').textContent.includes('my own')")
        assert page.get_by_label("original (minimax)").is_checked() and not page.errors
