"""The CLIP room in a real browser: both softmaxes and their temperature, labels, searches, texts of all kinds, both
languages, a phone."""

import json
from functools import partial

import pytest
import torch

from playground.serving import pretrained_clip
from tests.browser.conftest import PHONE
from tests.browser.rooms import link, requests
from tests.tiny import open_clip_folder

pytestmark = pytest.mark.browser
PANELS = {
    "matrix": ".widget-matrix[data-shown]",
    "zeroshot": ".widget-ballot[data-shown]",
    "search": "#clip .widget-exhibit[data-shown]:visible",
    "gap": ".widget-cloud[data-shown]",
    "swap": "#clip .widget-exhibit[data-shown]:visible",
}
NASTY = "<img src=x onerror=window.pwn=1>\n${window.pwn=1} {{window.pwn=1}}\nשלום\n🦊"
room = partial(link, "clip")


def cells(page, mode: str) -> torch.Tensor:
    """A grid's numbers, a row per caption."""
    rows = page.locator(f".widget-matrix figure.{mode} tbody tr").all()
    shown = [[cell.replace("%", "").replace("<", "") for cell in row.locator("td").all_inner_texts()] for row in rows]
    return torch.tensor([[float(cell) for cell in row] for row in shown])


def write(page, text: str, which: int = 0):
    field = page.locator("#clip textarea:visible").nth(which)
    field.fill(text)
    field.blur()


def again(page, panel: str, before: int):
    page.wait_for_function(
        "([s, n]) => [...document.querySelectorAll(s)].some(e => e.offsetParent && Number(e.dataset.shown) > n)",
        arg=[PANELS[panel].replace(":visible", ""), before],
    )


def shown(page, panel: str) -> int:
    return int(page.locator(PANELS[panel]).first.get_attribute("data-shown"))


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_every_panel_opens_on_a_result_and_fits_a_phone(visit, app_url, locale):
    with visit(room("matrix"), locale=locale, **PHONE) as page:
        for i, (name, selector) in enumerate(PANELS.items()):
            page.locator("#clip-panels button[role=tab]:visible").nth(i).click()
            page.locator(selector.replace("[data-shown]", "")).locator("visible=true").first.evaluate(
                "e => e.scrollIntoView()"
            )
            page.wait_for_selector(selector)
            assert page.evaluate("document.documentElement.scrollWidth") == 390, name
        text = page.locator("#clip").inner_text()
        assert not page.errors and all(url.startswith((app_url, "data:", "blob:")) for url in page.asked)
        assert ("换一个词" in text) == (locale == "zh-CN")


def test_both_softmaxes_are_those_of_the_only_model_and_the_slider_asks_nobody(visit):
    with visit(room("matrix")) as page:
        page.wait_for_selector(PANELS["matrix"])
        page.wait_for_timeout(800)
        assert page.locator(".widget-which").count() == 0 and "open_clip" not in page.locator("#clip").inner_text()
        before, cosine = requests(page), cells(page, "cosine")
        track = page.locator(".widget-matrix .transport input")
        for at in ("0", "300", "1000"):
            track.fill(at)
            scale = float(page.locator(".widget-matrix .transport").get_attribute("data-scale"))
            assert scale == pytest.approx(100 ** (int(at) / 1000))
            for mode, dim in (("per_picture", 0), ("per_caption", 1)):
                slack = 2 + 100 * 0.0101 * scale  # cosines are shown with two digits
                assert ((scale * cosine).softmax(dim) * 100 - cells(page, mode)).abs().max() < slack
            assert (cells(page, "per_picture").sum(0) - 100).abs().max() <= 6
            assert (cells(page, "per_caption").sum(1) - 100).abs().max() <= 6
        page.locator(".widget-matrix .transport button").click()
        assert requests(page) == before
        assert page.locator(".widget-matrix .transport button").get_attribute("aria-pressed") == "true"
        assert not page.errors


def test_captions_and_pictures_can_be_changed(visit):
    with visit(room("matrix")) as page:
        page.wait_for_selector(PANELS["matrix"])
        page.wait_for_timeout(800)
        count = shown(page, "matrix")
        write(page, "one\none\ntwo")
        again(page, "matrix", count)
        assert page.locator(".widget-matrix figure.cosine tbody tr").count() == 2
        assert "Written twice" in page.locator(".widget-matrix .remarks").inner_text()
        count, columns = shown(page, "matrix"), page.locator(".widget-matrix figure.cosine thead th").count()
        page.locator(".widget-shelf .card").first.click()
        again(page, "matrix", count)
        assert page.locator(".widget-matrix figure.cosine thead th").count() == columns - 1
        count = shown(page, "matrix")
        page.locator(".widget-shelf .add").click()
        page.locator(".widget-shelf .picker .tile").first.click()
        again(page, "matrix", count)
        assert page.locator(".widget-matrix figure.cosine thead th").count() == columns and not page.errors


def assert_saved(page, panel: str, folder):
    """The panel's result as a PNG, with its recipe inside."""
    with page.expect_download() as found:
        page.locator("#clip").get_by_role("button", name="Save PNG").locator("visible=true").click()
    found.value.save_as(folder / "out.png")
    data = (folder / "out.png").read_bytes()
    assert data.startswith(b"\x89PNG") and f'"panel":"{panel}"'.encode() in data


@pytest.mark.parametrize("panel", ["matrix", "zeroshot", "search"])
def test_what_is_written_is_only_text_is_saved_and_unread_words_are_named(visit, tmp_path, panel):
    with visit(room(panel)) as page:
        page.wait_for_selector(PANELS[panel])
        page.wait_for_timeout(800)
        count = shown(page, panel)
        write(page, NASTY if panel != "search" else NASTY.split("\n")[0])
        again(page, panel, count)
        said = page.locator("#clip .remarks:visible").inner_text()
        assert (
            "<img src=x onerror"
            in page.locator("#clip").inner_text() + page.locator("#clip textarea:visible").first.input_value()
        )
        assert "onerror" in said
        assert page.evaluate("window.pwn") is None
        assert page.locator("#clip img[src=x]").count() == 0
        if panel != "search":
            assert_saved(page, panel, tmp_path)


def test_nothing_written_is_one_sentence_and_the_last_result_stays(visit):
    with visit(room("zeroshot"), locale="zh-CN") as page:
        page.wait_for_selector(PANELS["zeroshot"])
        bars = page.locator(".widget-ballot li").count()
        write(page, " \n ")
        page.wait_for_function(
            "() => document.querySelector('.widget-ballot .waiting').textContent.includes('至少写一个标签')"
        )
        assert page.locator(".widget-ballot li").count() == bars > 1 and page.locator(".toast-body").count() == 0


def test_bars_are_in_order_and_an_example_is_one_click(visit):
    with visit(room("zeroshot")) as page:
        page.wait_for_selector(PANELS["zeroshot"])
        page.wait_for_timeout(800)
        count = shown(page, "zeroshot")
        page.locator(".widget-phrases:visible .tries button").last.click()
        again(page, "zeroshot", count)
        labels = page.locator(".widget-ballot .text").all_inner_texts()
        assert set(labels) == {"动物", "食物", "交通工具", "天气", "人物"}
        cosines = [float(text.split()[1]) for text in page.locator(".widget-ballot small").all_text_contents()]
        assert cosines == sorted(cosines, reverse=True) and not page.errors


def test_the_specimen_finds_itself_first(visit):
    with visit(room("search", by="picture")) as page:
        page.wait_for_selector(PANELS["search"])
        page.wait_for_function(
            "() => document.querySelector('#clip .widget-exhibit .recipe').textContent.includes('the specimen')"
        )
        assert page.locator("#clip figure:visible em").first.inner_text() == "1.000"
        name = page.locator("#tray .about b").inner_text().split(" · ")[0]
        assert page.locator("#clip figure:visible b").first.inner_text().startswith(name)


def test_typing_asks_once_after_the_last_key_and_enter_at_once(visit):
    with visit(room("search")) as page:
        page.wait_for_selector(PANELS["search"])
        page.wait_for_timeout(800)
        count, before = shown(page, "search"), requests(page)
        field = page.locator("#clip textarea:visible").first
        field.focus()
        page.keyboard.press("End")
        page.keyboard.type(" and more", delay=15)
        again(page, "search", count)
        page.wait_for_timeout(600)
        joins = [url for url in page.asked[before:] if "queue/join" in url]
        assert len(joins) == 1 and field.input_value().endswith("and more")
        count = shown(page, "search")
        page.keyboard.type("!")
        page.keyboard.press("Enter")
        again(page, "search", count)
        assert "\n" not in field.input_value()


def test_a_link_brings_back_texts_and_pictures(visit, assets):
    style = next(iter(json.loads((assets / "emoji" / "table.json").read_text(encoding="utf-8"))["pictures"]))
    with visit(room("matrix", captions="a drawing\n红色", shelf=f"{style}.2")) as page:
        page.wait_for_selector(PANELS["matrix"])
        page.wait_for_function(
            "() => document.querySelectorAll('.widget-matrix figure.cosine tbody tr').length === 2 && "
            "document.querySelectorAll('.widget-matrix figure.cosine thead th').length === 2"
        )
        assert page.locator("#clip textarea:visible").first.input_value() == "a drawing\n红色"


def test_pointing_at_the_cloud_names_the_thing_and_the_gap_closes(visit, tmp_path):
    with visit(room("gap")) as page:
        page.wait_for_selector(PANELS["gap"])
        plot = page.locator(".widget-cloud svg")
        plot.focus()
        page.keyboard.press("ArrowRight")
        assert " · " in page.locator(".widget-cloud .told").inner_text()
        assert page.locator(".widget-cloud .ties line").count() == 2
        before, count = float(page.locator(".widget-cloud dd").first.inner_text()), shown(page, "gap")
        page.locator("#clip input[type=range]:visible").fill("1")
        again(page, "gap", count)
        page.wait_for_function(
            "old => Number(document.querySelector('.widget-cloud dd').textContent) < old / 2", arg=before
        )
        assert_saved(page, "gap", tmp_path)
        assert not page.errors


def test_a_swapped_word_is_told_and_an_absent_one_too(visit):
    with visit(room("swap")) as page:
        page.wait_for_selector(PANELS["swap"])
        page.wait_for_timeout(800)
        assert "a blue heart" in page.locator("#clip h4:visible").nth(1).inner_text()
        write(page, "a green heart")
        page.wait_for_function(
            "() => [...document.querySelectorAll('#clip .waiting')]"
            ".some(e => e.offsetParent && e.textContent.includes('has no'))"
        )
        assert page.locator("#clip figure:visible img[src]").count() > 8


def test_without_weights_every_panel_says_so_and_other_rooms_work(visit, lacking_url):
    with visit(room("matrix"), url=lacking_url) as page:
        for i in range(len(PANELS)):
            page.locator("#clip-panels button[role=tab]:visible").nth(i).click()
            page.wait_for_function(
                "() => [...document.querySelectorAll('#clip .waiting')]"
                ".some(e => e.offsetParent && e.textContent.includes('clip is missing'))"
            )
        page.locator("#autoencoders-button").click()
        page.wait_for_selector(".widget-exhibit:visible figure img[src]")
        assert not page.errors


def test_a_model_of_open_clip_can_be_chosen_in_a_link_too(visit, serve_briefly, small_assets, tmp_path, monkeypatch):
    open_clip_folder(tmp_path)
    monkeypatch.setenv(pretrained_clip.VARIABLE, f"local-dir:{tmp_path}")
    url = serve_briefly(small_assets)
    with visit(room("matrix"), url=url) as page:
        page.wait_for_selector(PANELS["matrix"])
        page.wait_for_selector(".widget-which fieldset:visible")
        page.wait_for_timeout(800)
        before, count = cells(page, "cosine"), shown(page, "matrix")
        page.get_by_label(f"open_clip: {tmp_path.name}").locator("visible=true").check()
        again(page, "matrix", count)
        assert "By open_clip" in page.locator(".widget-matrix .remarks").inner_text()
        assert (cells(page, "cosine") - before).abs().max() > 0.02
        assert "Model open_clip" in page.locator(".widget-matrix .recipe").inner_text() and not page.errors
    with visit(room("zeroshot", model="open_clip"), url=url, locale="zh-CN", **PHONE) as page:
        page.wait_for_function(
            "() => document.querySelector('.widget-ballot .remarks')?.textContent.includes('由 open_clip 的')"
        )
        assert page.locator(".widget-which input:checked:visible").get_attribute("value") == "open_clip"
        assert page.evaluate("document.documentElement.scrollWidth") == 390 and not page.errors


def test_a_model_of_open_clip_that_cannot_be_loaded_is_one_sentence(visit, serve_briefly, small_assets, monkeypatch):
    monkeypatch.setenv(pretrained_clip.VARIABLE, "ViT-B-32/nowhere.pt")
    with visit(room("matrix"), url=serve_briefly(small_assets), locale="zh-CN") as page:
        page.wait_for_selector(PANELS["matrix"])
        page.wait_for_function(
            "() => document.querySelector('.widget-which .told')?.textContent.includes('无法载入它的权重')",
        )
        assert page.locator(".widget-which input:visible").count() == 0
        assert page.locator(".toast-body").count() == 0
        assert not page.errors
