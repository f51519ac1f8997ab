"""The app in a real browser: loading, dragging, keys, languages, themes, phones, uploads and recipes."""

import base64
import json

import pytest
from PIL import Image

from tests.browser.conftest import PHONE
from tests.uploads import NOISE, bomb, saved

pytestmark = pytest.mark.browser
PANELS = ("rebuild", "map", "draws", "between", "arithmetic", "dimensions", "ladder")
SHOWN = ".widget-exhibit:visible figure img[src]"
STALE_WAIT = 400  # ms, for what must not happen


def room(name: str) -> str:
    return f"/?tab=autoencoders&panel={name}"


def exact(page) -> int:
    return int(page.locator(".widget-latentmap [data-exact], [data-exact]").first.get_attribute("data-exact"))


def answered(page, calls: int):
    """Waits for another exact answer than the `calls` that came before."""
    page.wait_for_function("calls => Number(document.querySelector('[data-exact]').dataset.exact) > calls", arg=calls)


def on_map(page):
    page.wait_for_selector("[data-ready]")
    page.wait_for_selector("[data-exact]")
    page.wait_for_timeout(STALE_WAIT)
    return page.locator(".plane")


def colours(page, selector: str) -> list:
    """The pixels of a canvas or picture, shrunk to 4×4."""
    return page.evaluate(
        """selector => {
            const c = document.createElement("canvas");
            c.width = c.height = 4;
            const p = c.getContext("2d");
            p.drawImage(document.querySelector(selector), 0, 0, 4, 4);
            return [...p.getImageData(0, 0, 4, 4).data];
        }""",
        selector,
    )


def test_the_page_opens_on_pictures_without_an_error_or_a_foreign_request(visit, app_url):
    with visit() as page:
        page.wait_for_selector(SHOWN)
        page.wait_for_selector("#roadmap .node")
        assert page.locator("h1").inner_text() == "Road to DALL·E 2"
        assert not page.errors and all(url.startswith((app_url, "data:", "blob:")) for url in page.asked)


def test_every_panel_opens_on_a_result_and_fits_a_phone_and_so_does_the_road(visit, app_url):
    with visit(room("rebuild"), **PHONE) as page:
        for i, name in enumerate(PANELS):
            page.locator("#autoencoders-panels button[role=tab]:visible").nth(i).click()
            if name not in ("map", "ladder"):  # the space of the result is there before it
                page.wait_for_selector(".widget-exhibit:visible figure")
                before = page.locator(".widget-exhibit:visible .rows").bounding_box()["height"]
            page.wait_for_selector("[data-exact]" if name == "map" else ".widget-exhibit:visible figure img[src]")
            assert page.evaluate("document.documentElement.scrollWidth") == 390, name
            if name not in ("map", "ladder"):
                assert page.locator(".widget-exhibit:visible .rows").bounding_box()["height"] == pytest.approx(
                    before, abs=1
                ), name
        page.locator("#road-button").click()
        page.wait_for_selector("#roadmap .node")
        assert page.evaluate("document.documentElement.scrollWidth") == 390, "road"
        assert not page.errors and all(url.startswith((app_url, "data:", "blob:")) for url in page.asked)


def test_a_drag_asks_nothing_and_its_end_asks_once(visit):
    with visit(room("map")) as page:
        plane, before = on_map(page), len(page.asked)
        first, calls = colours(page, ".outs canvas"), exact(page)
        plane.scroll_into_view_if_needed()
        box = plane.bounding_box()
        page.mouse.move(box["x"] + 10, box["y"] + 10)
        page.mouse.down()
        for k in range(60):
            page.mouse.move(box["x"] + 10 + 4 * k, box["y"] + 10 + 3 * k)
        page.wait_for_timeout(100)
        assert len(page.asked) == before and page.locator(".kind").first.inner_text() == "blended from the map"
        assert colours(page, ".outs canvas") != first
        page.mouse.up()
        answered(page, calls)
        page.wait_for_timeout(STALE_WAIT)
        assert len([url for url in page.asked[before:] if not url.startswith("data:")]) == 1
        assert exact(page) == calls + 1
        assert page.locator(".kind").first.inner_text() == "exact" and not page.errors


def test_the_map_follows_the_arrow_keys_and_its_blend_on_a_node_is_what_the_network_draws(visit):
    with visit(room("map") + "&z1=0&z2=0") as page:
        plane, calls = on_map(page), exact(page)
        drawn = colours(page, ".outs figure:nth-child(3) canvas")
        plane.focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Shift+ArrowUp")
        answered(page, calls)
        page.wait_for_timeout(STALE_WAIT)
        assert plane.get_attribute("aria-valuetext").split() == ["z₁", "0.30", "z₂", "0.30"]
        assert exact(page) == calls + 1
        assert colours(page, ".outs figure:nth-child(3) canvas") != drawn
        box = plane.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.wait_for_timeout(150)
        blended = colours(page, ".outs figure:nth-child(3) canvas")
        assert max(abs(a - b) for a, b in zip(drawn, blended, strict=False)) < 12  # WebP of the sprite is not lossless
        page.mouse.up()


def test_a_touch_moves_the_map(visit):
    with visit(room("map"), **PHONE) as page:
        plane = on_map(page)
        before = plane.get_attribute("aria-valuetext")
        plane.scroll_into_view_if_needed()
        box = plane.bounding_box()
        page.touchscreen.tap(box["x"] + 40, box["y"] + 60)
        page.wait_for_timeout(STALE_WAIT)
        assert plane.get_attribute("aria-valuetext") != before


@pytest.mark.parametrize(
    ("locale", "path", "title", "tag"),
    [
        ("en-US", "", "Road to DALL·E 2", "en"),
        ("zh-SG", "", "通往 DALL·E 2 之路", "zh-CN"),
        ("zh-TW", "", "通往 DALL·E 2 之路", "zh-CN"),
        ("zh-CN", "?lang=en", "Road to DALL·E 2", "en"),
        ("de-DE", "?lang=zh-CN", "通往 DALL·E 2 之路", "zh-CN"),
    ],
)
def test_the_page_speaks_the_visitors_language(visit, locale, path, title, tag):
    with visit("/" + path, locale=locale) as page:
        assert page.locator("h1").inner_text() == title
        assert page.locator("#autoencoders-button").inner_text() == ("自编码器" if tag == "zh-CN" else "Autoencoders")
        assert page.evaluate("document.documentElement.lang") == tag


def test_the_language_switch_is_remembered(visit):
    with visit() as page:
        page.get_by_role("button", name="中文").click()
        page.wait_for_function("document.querySelector('h1')?.textContent.startsWith('通往')")
        page.goto(page.url.split("?")[0])
        page.wait_for_function("document.querySelector('h1')?.textContent.startsWith('通往')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_themes_are_there_and_the_choice_is_remembered(visit, scheme):
    other = "light" if scheme == "dark" else "dark"
    ground = "getComputedStyle(document.body).backgroundColor"
    with visit(color_scheme=scheme) as page:
        first = page.evaluate(ground)
        assert (first == "rgb(20, 22, 26)") == (scheme == "dark")
        page.get_by_role("button", name=f"{other.title()} theme").click()
        assert page.evaluate(ground) != first
        page.reload()
        page.wait_for_selector("#tray .about b:not(:empty)")
        assert page.evaluate(ground) != first


def test_the_slider_changes_the_picture_and_its_number_and_nothing_jumps(visit):
    watch = """new PerformanceObserver(list => {
        for (const e of list.getEntries()) window.shift = (window.shift ?? 0) + e.value;
    }).observe({ type: "layout-shift", buffered: false })"""
    with visit(room("rebuild")) as page:
        page.wait_for_selector(SHOWN)
        page.wait_for_timeout(STALE_WAIT)
        page.evaluate(watch)
        damaged = page.locator(".widget-exhibit:visible figure").nth(1)
        before = damaged.locator("em").inner_text()
        for _ in range(20):
            page.locator("input[type=range]:visible").first.press("ArrowRight")
        page.wait_for_function(
            "before => [...document.querySelectorAll('.widget-exhibit figure:nth-child(2) em')]"
            ".some(e => e.offsetParent && e.textContent !== before)",
            arg=before,
        )
        assert float(damaged.locator("em").inner_text().split()[0]) < float(before.split()[0])
        page.wait_for_timeout(2 * STALE_WAIT)
        assert page.evaluate("window.shift ?? 0") < 0.001


def choose_file(page, data: bytes, name: str, kind: str):
    page.locator("#tray input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": data})


def test_a_bad_file_is_told_beside_the_tray_and_the_specimen_stays(visit):
    black, told = Image.new("1", (9000, 9000)), "document.querySelector('#tray .tray.wrong .note')?.textContent ?? ''"
    with visit() as page:
        before = page.locator("#tray .seen img").get_attribute("src")
        for data, name, kind, said, sent in (
            (b"just words", "words.png", "image/png", "not a picture", True),
            (saved(black, "BMP"), "x.bmp", "image/bmp", "at most 67 million", False),  # the page itself counts
            (saved(NOISE)[:3000], "cut.png", "image/png", "damaged or incomplete", True),
            (saved(black, "PNG"), "x.png", "image/png", "at most 67 million", False),
            (b"<svg xmlns='x'/>", "x.svg", "image/svg+xml", "SVG files are not opened", True),
            (bomb(20000, 20000), "bomb.png", "image/png", "too many pixels", False),
        ):
            asked = len(page.asked)
            choose_file(page, data, name, kind)
            page.wait_for_function(f"said => ({told}).includes(said)", arg=said)
            assert any("component_server" in url for url in page.asked[asked:]) == sent, name
            assert page.locator("#tray .seen img").get_attribute("src") == before


def browsers_only(width: int, height: int) -> bytes:
    """An SVG, which only a browser draws."""
    return f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}'><rect/></svg>".encode()


def test_whatever_the_browser_shows_is_taken_by_its_pixels_alone_and_shrunk_before_it_travels(visit):
    photo = saved(NOISE.resize((4000, 3000)), "JPEG", quality=95)
    assert len(photo) > 1_500_000
    with visit() as page:
        sent = []
        page.on(
            "request",
            lambda request: sent.append(len(request.post_data or "")) if "component_server" in request.url else None,
        )
        for data, name, kind, size in (
            (saved(NOISE, "BMP"), "x.bmp", "image/bmp", "60 × 90"),
            (saved(NOISE, "AVIF"), "x.avif", "image/avif", "60 × 90"),
            (saved(NOISE, "ICO", sizes=[(32, 32)]), "x.ico", "image/x-icon", "21 × 32"),
            (browsers_only(40, 20), "x.svg", "image/svg+xml", "40 × 20"),
            (bomb(6000, 6000), "large.png", "image/png", "6000 × 6000"),
            (saved(NOISE.resize((6000, 6000)), "JPEG"), "large.jpg", "image/jpeg", "6000 × 6000"),
            (photo, "photo.jpg", "image/jpeg", "4000 × 3000"),
        ):
            choose_file(page, data, name, kind)
            page.wait_for_function("name => document.querySelector('#tray .about b').textContent === name", arg=name)
            note = page.locator("#tray .note").inner_text()
            assert note.startswith("Taken") and size in note and not page.errors, name
        assert max(sent) < 2_000_000


def test_a_link_with_a_value_that_cannot_be_used_says_so_and_brings_the_rest(visit):
    with visit(room("rebuild") + "&amount=NaN&kind=gaussian") as page:
        page.wait_for_function("document.querySelector('#tray .note').textContent.includes('How much')")
        page.wait_for_selector(SHOWN)
        assert not page.errors


def test_an_upload_becomes_the_specimen_of_every_room_and_its_name_is_only_text(visit):
    with visit(room("rebuild")) as page:
        page.wait_for_selector(SHOWN)
        before = page.locator(SHOWN).first.get_attribute("src")
        choose_file(page, saved(NOISE), "<img src=x onerror='window.pwn=1'>.png", "image/png")
        page.wait_for_function(
            "before => [...document.querySelectorAll('.widget-exhibit figure:first-child img')]"
            ".some(i => i.offsetParent && i.src && i.src !== before)",
            arg=before,
        )
        assert "60 × 90" in page.locator("#tray .note").inner_text() and page.evaluate("window.pwn") is None
        assert page.locator("#tray .about b").inner_text().startswith("<img") and not page.errors


def test_the_atlas_is_searched_in_both_languages_without_the_server(visit, assets):
    concept = json.loads((assets / "emoji" / "table.json").read_text(encoding="utf-8"))["concepts"][1]
    with visit() as page:
        page.get_by_role("button", name="Choose").click()
        page.wait_for_selector(".picker .tile")
        everything, asked = page.locator(".picker .tile").count(), len(page.asked)
        for word in concept[1:3]:
            page.locator(".picker input").fill(word)
            assert 0 < page.locator(".picker .tile").count() <= everything
            assert page.locator(".picker .tile").first.get_attribute("title").startswith(concept[1])
        assert not [url for url in page.asked[asked:] if not url.endswith(".webp")]
        page.locator(".picker .tile").first.click()
        page.wait_for_function(
            "name => document.querySelector('#tray .about b').textContent.startsWith(name)", arg=concept[1]
        )


def test_a_drawing_by_keys_becomes_the_specimen(visit):
    with visit() as page:
        before = page.locator("#tray .seen img").get_attribute("src")
        page.get_by_role("button", name="Sketch", exact=True).click()
        page.locator(".easel canvas").focus()
        for key in (" ", *["ArrowRight"] * 8, *["ArrowDown"] * 8, " "):
            page.keyboard.press(key)
        page.get_by_role("button", name="Use this sketch").click()
        page.wait_for_function("before => document.querySelector('#tray .seen img').src !== before", arg=before)
        assert page.locator("#tray .about b").inner_text() == "your sketch"


def test_an_output_is_sent_to_the_specimen(visit):
    with visit(room("draws")) as page:
        page.wait_for_selector(".widget-exhibit:visible figure img[src]")
        figure = page.locator(".widget-exhibit:visible figure").first
        figure.hover()
        figure.get_by_role("button", name="Use as specimen").click()
        assert page.locator("#tray .seen img").get_attribute("src") == figure.locator("img").first.get_attribute("src")


def test_a_link_brings_back_tab_controls_and_specimen(visit, assets):
    style = next(iter(json.loads((assets / "emoji" / "table.json").read_text(encoding="utf-8"))["pictures"]))
    with visit(f"/?tab=autoencoders&panel=rebuild&kind=gaussian&amount=0.75&seed=3&specimen={style}.4") as page:
        said = "Damage Noise · How much 0.75 · Seed 3"
        page.wait_for_function(
            "said => [...document.querySelectorAll('.recipe')].some(e => e.offsetParent && e.textContent === said)",
            arg=said,
        )
        assert page.locator("#tray .about b").inner_text().endswith(style)


def test_a_link_may_name_a_tab_alone(visit):
    for tab, opened in (("gan", "gan"), ("nowhere", "road")):
        with visit(f"/?tab={tab}") as page:
            page.wait_for_selector(f"#{opened}-button[aria-selected=true]")
            assert not page.errors


def test_the_copied_link_is_the_way_back(visit):
    with visit(room("draws")) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.wait_for_selector(SHOWN)
        page.locator(".seed input:visible").fill("41")
        page.wait_for_function(
            "[...document.querySelectorAll('.recipe')].some(e => e.offsetParent && e.textContent === 'Seed 41')"
        )
        page.get_by_role("button", name="Copy link").locator("visible=true").click()
        page.get_by_role("button", name="Copied").wait_for()
        link = page.evaluate("navigator.clipboard.readText()")
    with visit(link.split("/", 3)[3].join(["/", ""])) as page:
        page.wait_for_function(
            "[...document.querySelectorAll('.recipe')].some(e => e.offsetParent && e.textContent === 'Seed 41')"
        )


def test_a_saved_png_dropped_on_the_page_brings_back_its_recipe(visit):
    with visit(room("draws") + "&seed=77") as page:
        page.wait_for_selector(".widget-exhibit:visible figure img[src]")
        page.wait_for_function(
            "[...document.querySelectorAll('.recipe')].some(e => e.offsetParent && e.textContent === 'Seed 77')"
        )
        with page.expect_download() as download:
            page.get_by_role("button", name="Save PNG").locator("visible=true").click()
        data = download.value.path().read_bytes()
    with visit() as page:
        page.evaluate(
            """async data => {
                const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0)), carried = new DataTransfer();
                carried.items.add(new File([bytes], "draws.png", { type: "image/png" }));
                const drop = { dataTransfer: carried, bubbles: true, cancelable: true };
                document.dispatchEvent(new DragEvent("drop", drop));
            }""",
            base64.b64encode(data).decode(),
        )
        page.wait_for_function(
            "[...document.querySelectorAll('.recipe')].some(e => e.offsetParent && e.textContent === 'Seed 77')"
        )
        assert page.locator("#autoencoders-button").get_attribute("aria-selected") == "true" and not page.errors


def test_a_stop_of_the_road_tells_its_story_and_opens_its_room(visit):
    with visit() as page:
        page.locator("[data-stop=dae]").click()
        assert "Damage the input" in page.locator("#roadmap .stop").inner_text()
        for stop, tab in (("gan", "gan"), ("ae", "autoencoders")):
            page.locator("#road-button").click()
            page.locator(f"[data-stop={stop}]").click()
            page.locator("#roadmap .go").click()
            page.wait_for_selector(f"#{tab}-button[aria-selected=true]")


def test_the_honesty_chip_tells_measured_numbers_and_maths_and_code_the_source_that_runs(visit, assets):
    measured = json.loads((assets / "ae" / "metrics.json").read_text())
    with visit(room("rebuild")) as page:
        page.locator(".chip summary:visible").click()
        row = page.locator(".facts tr:visible", has_text="Autoencoder").first.inner_text()
        assert f"{measured['parameters']:,}" in row and f"{measured['pictures']:,}" in row
        page.get_by_role("button", name="Maths and code").locator("visible=true").click()
        page.wait_for_selector(".katex:visible")
        assert "def corrupt(" in page.locator(".widget-source pre:visible").inner_text() and not page.errors


def test_a_missing_checkpoint_is_told_in_chinese_and_the_rest_is_drawn(visit, lacking_url):
    with visit(room("rebuild"), url=lacking_url, locale="zh-CN") as page:
        page.wait_for_selector(".widget-exhibit:visible figure.empty .note:not(:empty)")
        assert (
            page.locator("figure.empty .note:visible").inner_text() == "缺少检查点 dae：请先训练或获取 assets 文件夹。"
        )
        assert page.locator(".widget-exhibit:visible figure img[src]").count() == 5 and not page.errors
