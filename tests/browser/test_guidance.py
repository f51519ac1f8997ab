"""The Guidance room in a real browser: scales, the microscope without requests, the meter, holes, texts of all kinds,
both languages, a phone."""

import time
from functools import partial

import pytest

from playground.shell.languages import catalogue
from tests.browser.conftest import PHONE
from tests.browser.rooms import NASTY, link, requests

pytestmark = pytest.mark.browser
PANELS = {
    "prompt": ".widget-film[data-shown]",
    "microscope": ".widget-microscope[data-shown]",
    "attention": ".widget-attention[data-shown]",
    "faceoff": ".widget-faceoff[data-shown]",
    "sheet": "#guidance .widget-exhibit[data-shown]",
    "inpaint": ".widget-inpaint[data-shown]",
    "curve": ".widget-tradeoff[data-shown]",
}
room = partial(link, "guidance")


def shown(page, panel: str, more_than: int = 0) -> int:
    """Waits for the panel's next result; its number."""
    selector = PANELS[panel].removesuffix("[data-shown]")
    page.wait_for_function(
        "([s, n]) => [...document.querySelectorAll(s)].some(e => e.offsetParent && Number(e.dataset.shown ?? 0) > n)",
        arg=[selector, more_than],
    )
    return int(page.locator(f"{PANELS[panel]}:visible").first.get_attribute("data-shown"))


def pane(page, name: str) -> list:
    """A canvas of the microscope shrunk to 8×8."""
    return page.evaluate(
        """name => {
            const c = document.createElement("canvas");
            c.width = c.height = 8;
            const p = c.getContext("2d");
            p.drawImage(document.querySelector(`.widget-microscope figure.${name} canvas`), 0, 0, 8, 8);
            return [...p.getImageData(0, 0, 8, 8).data];
        }""",
        name,
    )


def drag(page, label: str, value: float):
    """The slider under way: moved, and not yet let go."""
    page.get_by_label(label).last.evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', { bubbles: true })); }", str(value)
    )


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_every_panel_opens_on_a_result_and_fits_a_phone(visit, app_url, locale):
    with visit(room("prompt"), locale=locale, **PHONE) as page:
        for i, (name, selector) in enumerate(PANELS.items()):
            page.locator("#guidance-panels button[role=tab]:visible").nth(i).click()
            page.locator("#guidance").locator(selector.replace("[data-shown]", "").replace("#guidance ", "")).locator(
                "visible=true"
            ).first.evaluate("e => e.scrollIntoView()")
            shown(page, name)
            assert page.evaluate("document.documentElement.scrollWidth") == 390, name
        text = page.locator("#guidance").inner_text()
        assert not page.errors and all(url.startswith((app_url, "data:", "blob:")) for url in page.asked)
        assert ("显微镜" in text) == (locale == "zh-CN")


def assert_one_run(page, text: str):
    """The page came with one run of that text and began no other."""
    page.wait_for_timeout(1500)
    assert len([url for url in page.asked if "queue/join" in url]) == 1 and not page.errors
    assert page.locator("#guidance textarea:visible").first.input_value() == text
    assert text in page.locator("#guidance .recipe").locator("visible=true").first.inner_text()


@pytest.mark.parametrize(
    ("panel", "locale", "settings"),
    [
        *((panel, "zh-CN", {}) for panel in ("prompt", "microscope", "sheet")),
        ("sheet", "en-US", {}),
        ("microscope", "zh-CN", {"prompt": "红心"}),
        ("sheet", "en-US", {"prompt": "红心"}),
    ],
)
def test_a_panel_opens_with_one_run_of_the_visitors_words(visit, locale, panel, settings):
    with visit(room(panel, **settings), locale=locale) as page:
        shown(page, panel)
        assert_one_run(page, settings.get("prompt", catalogue(locale[:2])[f"{panel}.initial"]))


def test_the_steps_of_the_microscope_ask_nobody_and_its_scale_only_on_release(visit):
    with visit(room("microscope", steps=8)) as page:
        first = shown(page, "microscope")
        before, seen = requests(page), set()
        for k in range(8):
            page.locator(".widget-microscope .transport input").fill(str(k))
            seen.add(str(pane(page, "x")))
        assert len(seen) == 8
        assert page.locator(".widget-microscope output").inner_text() == "step 8 of 8 · t = 124"
        guess, change = pane(page, "guess"), pane(page, "change")
        drag(page, "Scale s", 9)
        page.wait_for_selector(".widget-microscope[data-scale='9']")
        assert requests(page) == before
        assert pane(page, "guess") != guess
        assert pane(page, "change") == change
        took, begun = float(page.locator(PANELS["microscope"]).get_attribute("data-took")), time.perf_counter()
        page.get_by_label("Scale s").last.dispatch_event("pointerup")
        shown(page, "microscope", first)
        assert took < 1000 * (time.perf_counter() - begun) / 4  # ms: far sooner there than a run
        assert "Scale s 9" in page.locator(".widget-microscope .recipe").inner_text() and not page.errors


def test_words_places_layers_and_steps_of_the_attention_ask_nobody(visit):
    with visit(room("attention", steps=4, prompt="strawberry")) as page:
        shown(page, "attention")
        before, lens = requests(page), page.locator(PANELS["attention"])
        pixels = "c => c.toDataURL()"
        who, where = (lens.locator(f"figure.{name} canvas") for name in ("who", "where"))
        assert lens.locator(".words .word b").all_inner_texts() == ["strawberry"]
        shares = [float(text.strip("<%")) for text in lens.locator(".words span").all_inner_texts()]
        assert 98 < sum(shares) < 102
        first = who.evaluate(pixels)
        lens.locator(".words .word").click()
        assert who.evaluate(pixels) != first and "strawberry" in who.get_attribute("aria-label")
        assert lens.locator(".words [aria-pressed=true] b").all_inner_texts() == ["strawberry"]
        looked = where.evaluate(pixels)
        where.press("ArrowLeft")
        assert where.evaluate(pixels) != looked and lens.get_attribute("data-place") == "9"
        lens.get_by_role("button", name="Layer 2").press("Enter")
        assert lens.get_attribute("data-layer") == "1"
        lens.locator(".transport input").fill("3")
        assert lens.locator("output").inner_text() == "step 4 of 4 · t = 249"
        assert "All words together get" in lens.locator(".told").inner_text()
        assert requests(page) == before and not page.errors


def test_the_last_value_of_a_run_counts_once_though_it_comes_twice(visit):
    with visit(room("microscope", steps=4)) as page:
        shown(page, "microscope")
        assert_one_run(page, catalogue("en")["microscope.initial"])
        for run in range(3):
            assert shown(page, "microscope", run) == run + 1
            page.wait_for_timeout(1000 if run else 0)
            assert page.locator(PANELS["microscope"]).get_attribute("data-shown") == str(run + 1)
            page.get_by_role("button", name="New seed").locator("visible=true").click()


def test_a_new_scale_is_a_new_film_and_the_judge_is_quoted(visit):
    with visit(room("prompt", steps=5, scale=2)) as page:
        first = shown(page, "prompt")
        assert_one_run(page, catalogue("en")["prompt.initial"])
        assert "The judge" in page.locator(".widget-film:visible .remarks").inner_text()
        drag(page, "Scale s", 7)
        page.get_by_label("Scale s").last.dispatch_event("pointerup")
        shown(page, "prompt", first)
        assert "Scale s 7" in page.locator(".widget-film:visible .recipe").inner_text()


def test_any_text_is_shown_as_text_and_runs_nothing(visit):
    with visit(room("prompt", steps=2)) as page:
        for text in (NASTY, "", "   ", "é" * 3000, "🛸" * 50, "\x07\x1b[31m"):
            before = shown(page, "prompt")
            field = page.locator("#guidance textarea:visible").first
            field.fill(text)
            field.blur()
            shown(page, "prompt", before)
        field.fill(NASTY)
        field.blur()
        page.wait_for_function(
            "() => document.querySelector('.widget-film .recipe').textContent.includes('<img src=x')"
        )
        assert page.evaluate("window.pwn") is None and not page.errors
        assert page.evaluate("document.querySelectorAll('#guidance img[src=x]').length") == 0


@pytest.mark.parametrize(
    ("locale", "said", "kept"),
    [
        ("en-US", "Scale s must be a number from 0 to 10, not {}.", "Scale s 3"),
        ("zh-CN", "强度 s 必须是 0 到 10 之间的数，而不是 {}。", "强度 s 3"),
    ],
)
def test_a_scale_beyond_the_ends_is_one_sentence_and_nothing_is_lost(visit, locale, said, kept):
    with visit(room("prompt", steps=3), locale=locale) as page:
        shown(page, "prompt")
        picture = page.locator(".widget-film:visible canvas").first
        before, number = (
            picture.evaluate("c => c.toDataURL()"),
            page.locator("#guidance input[type=number]:visible").first,
        )
        for value in (1000, -1):
            number.fill(str(value))
            number.press("Tab")
            page.wait_for_selector(".toast-body")
            assert said.format(value) in page.locator(".toast-body").inner_text()
            assert 0 <= float(number.input_value()) <= 10
            page.locator(".toast-close").click()
            page.wait_for_selector(".toast-body", state="detached")
        assert picture.evaluate("c => c.toDataURL()") == before
        assert kept in page.locator(".widget-film:visible .recipe").inner_text()


def test_every_row_of_the_face_off_has_its_picture_its_heat_and_its_meter(visit):
    with visit(room("faceoff", steps=6, prompt="red circle")) as page:
        shown(page, "faceoff")
        rows = page.locator(".widget-faceoff section").all()
        page.wait_for_function("() => document.querySelectorAll('.widget-faceoff .near img[src]').length === 9")
        assert len(rows) == page.locator(".widget-faceoff .picture img[src]").count() == 9
        assert "nearest: " in page.locator(".widget-faceoff .near").first.inner_text()
        before = requests(page)
        heat = page.locator(".widget-faceoff section canvas").nth(2)
        first = heat.evaluate("c => c.toDataURL()")
        page.locator(".widget-faceoff .transport input").fill("0")
        assert heat.evaluate("c => c.toDataURL()") != first
        assert requests(page) == before
        assert not page.errors
        assert page.locator(".widget-faceoff .meter.judge em").all_inner_texts().count("–") == 0


def test_a_hole_is_painted_with_the_mouse_and_with_keys_and_comes_back_by_its_link(visit):
    with visit(room("inpaint", steps=4)) as page:
        first = shown(page, "inpaint")
        page.wait_for_function("() => document.querySelectorAll('.widget-inpaint .near img[src]').length === 4")
        assert "nearest: " in page.locator(".widget-inpaint .near").first.inner_text()
        page.get_by_role("button", name="No hole").click()
        second = shown(page, "inpaint", first)
        assert "There is no hole" in page.locator(".widget-inpaint .remarks").inner_text()
        canvas = page.locator(".widget-inpaint .easel canvas")
        box = canvas.bounding_box()
        page.mouse.move(box["x"] + 60, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + 160, box["y"] + 60, steps=8)
        page.mouse.up()
        third = shown(page, "inpaint", second)
        holes = int(page.locator(PANELS["inpaint"]).get_attribute("data-holes"))
        assert 50 < holes < 300
        for key in (" ", "Shift+ArrowRight", "Shift+ArrowDown"):
            canvas.press(key)
        shown(page, "inpaint", third)
        assert int(page.locator(PANELS["inpaint"]).get_attribute("data-holes")) > holes and not page.errors
        page.wait_for_timeout(1500)
        holes = page.locator(PANELS["inpaint"]).get_attribute("data-holes")
        link = page.evaluate(
            "() => { const w = document.querySelector('.widget-inpaint[data-shown]'); "
            "return new Promise(done => { navigator.clipboard.writeText = async text => done(text); "
            "w.querySelector('.strip .buttons button').click(); }); }"
        )
    with visit("/" + link[link.index("?") :]) as page:
        shown(page, "inpaint")
        page.wait_for_function(
            "n => document.querySelector('.widget-inpaint[data-shown]').dataset.holes === n", arg=holes
        )


def test_the_live_point_follows_the_slider_of_the_first_page(visit, lacking_url):
    with visit(room("prompt", steps=2), url=lacking_url) as page:
        shown(page, "prompt")
        drag(page, "Scale s", 4)
        page.get_by_role("tab", name="Measured").last.click()
        shown(page, "curve")
        assert "At s = 4" in page.locator(".widget-tradeoff .told").inner_text()
        assert "0.4" in page.locator(".widget-tradeoff .told").inner_text()
        assert len(page.locator(".widget-tradeoff .chart circle").all()) == 4
        page.get_by_label("What the guide believes").click()
        page.wait_for_function(
            "() => document.querySelector('.widget-tradeoff .told').textContent.includes('Not measured')"
        )
        assert not page.errors


def test_stop_ends_a_long_run(visit):
    with visit(room("prompt", steps=1000)) as page:
        page.wait_for_selector(".widget-film[data-live]:visible")
        page.get_by_role("button", name="Stop").first.click()
        page.wait_for_function(
            "() => [...document.querySelectorAll('.widget-film output')].some(e => e.textContent === 'stopped here')"
        )
        told = page.locator(".widget-film:visible .doing").inner_text()
        page.wait_for_timeout(600)
        assert page.locator(".widget-film:visible .doing").inner_text() == told and "of 1000" in told
        assert page.locator(".widget-film:visible .transport output").inner_text() == "stopped here"


def test_a_film_of_a_link_is_one_run_and_is_saved_with_its_prompt(visit, tmp_path):
    with visit(room("prompt", steps=4, prompt="红心")) as page:
        shown(page, "prompt")
        assert_one_run(page, "红心")
        with page.expect_download() as found:
            page.locator(".widget-film:visible").get_by_role("button", name="Save PNG").click()
        found.value.save_as(tmp_path / "prompt.png")
        assert "红心".encode() in (tmp_path / "prompt.png").read_bytes()
