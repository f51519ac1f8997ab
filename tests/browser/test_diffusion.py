"""The Diffusion room in a real browser: films, forks, paint, curves, both languages, a phone."""

import math
from functools import partial

import pytest

from models.process import Process
from tests.browser.conftest import PHONE
from tests.browser.rooms import link, requests

pytestmark = pytest.mark.browser
PANELS = ("forward", "steps", "levels", "twins", "parting", "redraw", "measured")
FILM = ".widget-film[data-shown]:visible"
room = partial(link, "diffusion")
OUTPUT = ".widget-film:visible .transport output"


def pane(page, row: int) -> list:
    """A pane's canvas shrunk to 4×4."""
    return page.evaluate(
        """row => { const c = document.createElement("canvas"); c.width = c.height = 4; const p = c.getContext("2d");
        const all = [...document.querySelectorAll(".widget-film canvas")].filter(e => e.offsetParent);
        p.drawImage(all[row], 0, 0, 4, 4); return [...p.getImageData(0, 0, 4, 4).data]; }""",
        row,
    )


def film(page, shown: int = 0):
    page.wait_for_function(
        "n => [...document.querySelectorAll('.widget-film')]"
        ".some(e => e.offsetParent && Number(e.dataset.shown ?? 0) > n)",
        arg=shown,
    )
    return page.locator(FILM).first


def forks(page):
    """The forks, which are asked for when they are in sight."""
    page.locator("#diffusion .widget-exhibit:visible").first.scroll_into_view_if_needed()
    page.wait_for_selector("#diffusion .widget-exhibit[data-shown]:visible")


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_every_panel_opens_on_a_result_and_fits_a_phone(visit, app_url, locale):
    with visit(room("steps"), locale=locale, **PHONE) as page:
        film(page)
        for i, name in enumerate(PANELS):
            page.locator("#diffusion-panels button[role=tab]:visible").nth(i).click()
            if name != "measured":
                page.locator("#diffusion").locator(
                    ".widget-film:visible, .widget-exhibit:visible, .widget-noising:visible, .widget-levels:visible"
                ).first.evaluate("e => e.scrollIntoView()")
            page.wait_for_selector(
                {
                    "forward": ".widget-noising[data-shown]",
                    "levels": ".widget-levels[data-shown]",
                    "measured": ".lead:visible",
                }.get(name, f"{FILM}, .widget-exhibit[data-shown]:visible")
            )
            assert page.evaluate("document.documentElement.scrollWidth") == 390, name
        text = page.locator("#diffusion").inner_text()
        assert not page.errors and all(url.startswith((app_url, "data:", "blob:")) for url in page.asked)
        assert ("实测" in text) == (locale == "zh-CN")


def test_previews_stream_and_scrubbing_afterwards_asks_nobody(visit):
    with visit(room("steps", steps=100)) as page:
        film(page)
        assert int(page.locator(FILM).first.get_attribute("data-live")) >= 3
        forks(page)
        before, end = requests(page), pane(page, 1)
        slider = page.locator(".widget-film:visible .transport input")
        slider.focus()
        for _ in range(12):
            page.keyboard.press("ArrowLeft")
        assert page.locator(OUTPUT).inner_text().startswith("step 62 of 100")
        box = slider.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
        page.mouse.down()
        for k in range(30):
            page.mouse.move(box["x"] + box["width"] / 2 - 4 * k, box["y"] + 10)
        page.mouse.up()
        page.wait_for_timeout(300)
        assert requests(page) == before
        assert pane(page, 1) != end
        assert not page.errors


def test_a_film_plays_to_its_end_is_saved_with_its_recipe_and_gives_a_specimen(visit, tmp_path):
    with visit(room("steps", steps=10)) as page:
        film(page)
        page.locator(".widget-film:visible .play").click()
        page.wait_for_function("() => [...document.querySelectorAll('.widget-film')].some(e => e.dataset.at === '3')")
        page.wait_for_function("() => [...document.querySelectorAll('.widget-film')].some(e => e.dataset.at === '10')")
        page.wait_for_timeout(300)
        assert page.locator(".widget-film:visible .play").inner_text() == "▶"
        assert page.locator(OUTPUT).inner_text() == "the picture"
        for button, name, begins in (("Save GIF", "film.gif", b"GIF89a"), ("Save PNG", "steps.png", b"\x89PNG")):
            with page.expect_download() as found:
                page.locator(".widget-film:visible").get_by_role("button", name=button).click()
            found.value.save_as(tmp_path / name)
            assert (tmp_path / name).read_bytes().startswith(begins)
        assert b'"steps":10' in (tmp_path / "steps.png").read_bytes()
        page.locator(".widget-film:visible").get_by_role("button", name="Use as specimen").click()
        page.wait_for_function("() => document.querySelector('#tray .about b').textContent === 'out of noise'")


def test_a_fork_takes_the_step_that_is_shown(visit):
    with visit(room("steps", steps=20)) as page:
        film(page)
        page.locator(".widget-film:visible .transport input").fill("15")
        page.get_by_role("button", name="Fork here").click()
        page.wait_for_function(
            "() => document.querySelector('#diffusion .widget-exhibit .recipe').textContent.includes('Fork at t 249')"
        )
        assert page.get_by_label("Fork at t").input_value() == "249"  # the 16th of 20 steps from 999


def test_what_is_painted_is_finished(visit):
    with visit(room("steps", steps=20, sampler="ddim")) as page:
        film(page)
        forks(page)
        page.locator(".widget-film:visible .transport input").fill("12")
        page.get_by_role("button", name="Paint on").click()
        canvas = page.locator(".painting canvas[tabindex]")
        clean, box = pane(page, 1), canvas.bounding_box()
        page.mouse.move(box["x"] + 40, box["y"] + 40)
        page.mouse.down()
        for k in range(20):
            page.mouse.move(box["x"] + 40 + 6 * k, box["y"] + 40 + 6 * k)
        page.mouse.up()
        canvas.press(" ")
        assert pane(page, 1) != clean
        before = page.locator("#diffusion .widget-exhibit:visible figure img").nth(1).get_attribute("src")
        page.get_by_role("button", name="Finish from here").click()
        page.wait_for_function(
            "old => document.querySelectorAll('#diffusion .widget-exhibit figure img')[1].src !== old", arg=before
        )
        assert not page.errors


def test_stop_ends_a_long_run(visit):
    with visit(room("steps", steps=1000)) as page:
        page.wait_for_selector(".widget-film[data-live]:visible")
        page.get_by_role("button", name="Stop").first.click()
        page.wait_for_function(
            "() => [...document.querySelectorAll('.widget-film output')].some(e => e.textContent === 'stopped here')"
        )
        told = page.locator(".widget-film:visible .doing").inner_text()
        page.wait_for_timeout(600)
        assert page.locator(".widget-film:visible .doing").inner_text() == told and "of 1000" in told
        assert page.locator(OUTPUT).inner_text() == "stopped here"


def test_a_wrong_number_of_steps_is_one_sentence_and_nothing_is_lost(visit):
    with visit(room("steps", steps=5), locale="zh-CN") as page:
        film(page)
        shown = pane(page, 1)
        field = page.get_by_label("步数").first
        field.fill("4000")
        field.press("Enter")
        page.wait_for_selector(".toast-body")
        assert "1 到 1000" in page.locator(".toast-body").inner_text() and pane(page, 1) == shown


def test_one_slider_moves_both_runs_and_the_curve_is_drawn(visit):
    with visit(room("parting", steps_a=5, steps_b=8)) as page:
        film(page)
        before = [pane(page, k) for k in range(4)]
        page.locator(".widget-film:visible .transport input").fill("1")
        assert all(pane(page, k) != old for k, old in enumerate(before))
        assert len(page.locator(".widget-film:visible .chart circle").all()) == 8


def test_the_forward_slider_asks_nobody_and_both_schedules_differ(visit):
    with visit(room("forward")) as page:
        page.wait_for_selector(".widget-noising[data-shown]")
        before = requests(page)
        page.locator(".widget-noising input").fill("600")
        told = page.locator(".widget-noising figcaption span").all_inner_texts()
        ratios = [10 * math.log10(Process.named(name, 1000).snr[600]) for name in ("linear", "cosine")]
        assert requests(page) == before and told[1:3] == [f"SNR {ratio:.1f} dB" for ratio in ratios]


def seeds(page) -> list[int]:
    """The seeds of the runs of the film, in their order."""
    return [run[6] for run in page.runs if len(run) == 8 and run[1] == "ddpm"]


def test_a_link_opens_with_one_run_brings_its_film_back_and_a_new_seed_starts_another(visit):
    link = room("steps", model="ddpm", sampler="dpm_solver", steps=7, seed=11)
    with visit(link) as page:
        film(page)
        line, first = page.locator(".widget-film:visible .recipe").inner_text(), pane(page, 1)
        assert "DPM-Solver++" in line
        assert "Steps 7" in line
        assert "Seed 11" in line
    with visit(link) as page:
        film(page)
        assert max(abs(a - b) for a, b in zip(pane(page, 1), first, strict=False)) <= 4
        page.wait_for_timeout(1500)
        assert seeds(page) == [11]
        page.get_by_role("button", name="New seed").locator("visible=true").first.click()
        page.wait_for_function(
            "() => ![...document.querySelectorAll('.widget-film .recipe')]"
            ".some(e => e.offsetParent && e.innerText.includes('Seed 11'))"
        )
        page.wait_for_timeout(1000)
        assert len(seeds(page)) == 2
        assert seeds(page)[1] != 11
        assert not page.errors


def test_the_link_of_a_fork_opens_its_page_with_step_and_seed(visit):
    with visit(room("branches", model="ddpm", steps=8, at=300, throw=7)) as page:
        forks(page)
        page.wait_for_function(
            "() => document.querySelector('#diffusion .widget-exhibit .recipe').textContent.includes('Fork at t 300')"
        )
        assert page.get_by_label("Seed of the fork").input_value() == "7"
        assert page.locator("#diffusion figure b").all_inner_texts()[1] == "seed 7"


def test_the_strips_of_the_u_net_follow_the_step_and_a_map_is_shown_large(visit):
    with visit(room("levels", model="ddpm", steps=4)) as page:
        page.wait_for_selector(".widget-levels[data-shown]")
        unet, before, pixels = page.locator(".widget-levels[data-shown]"), requests(page), "c => c.toDataURL()"
        heads = unet.locator(".unet figcaption").all_inner_texts()
        assert [heads[0], heads[3], heads[-1]] == ["Way down 16 × 16 × 64", "Middle 4 × 4 × 128", "Way up 16 × 16 × 64"]
        strip, large = unet.locator(".unet canvas").last, unet.locator("figure.map canvas")
        drawn = strip.evaluate(pixels)
        unet.locator(".transport input").fill("0")
        assert strip.evaluate(pixels) != drawn and unet.locator("output").inner_text() == "step 1 of 4 · t = 999"
        chosen = large.evaluate(pixels)
        strip.press("ArrowRight")
        assert large.evaluate(pixels) != chosen and unet.locator(".told").inner_text().startswith(
            "Way up, 16 × 16 × 64"
        )
        assert requests(page) == before and not page.errors
