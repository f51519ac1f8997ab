"""A lesson leads through the rooms; a question stands before its result; phones vote, and the projector shows it."""

import json
import re

import pytest
from playwright.sync_api import expect

from playground import lessons
from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser
BAR = "#lesson .bar"
VEILED = "name => getComputedStyle(document.querySelector(`.result-${name} > *`)).visibility === 'hidden'"


def stands(page, title: str):
    page.locator(f"{BAR} h2", has_text=title).wait_for()


def is_veiled(page, panel: str) -> bool:
    return page.evaluate(VEILED, panel)


def test_without_a_lesson_the_bar_takes_no_room(visit):
    with visit() as page:
        tops = page.evaluate("['#top', '#tray'].map(s => document.querySelector(s).getBoundingClientRect().y)")
        assert page.locator(BAR).is_hidden() and tops[1] - tops[0] < 70
        assert not page.errors


def test_a_lesson_leads_forth_and_back_and_each_step_restores_its_recipe(visit):
    steps = lessons.lesson("road", "en")["steps"]
    with visit() as page:
        page.get_by_role("button", name="Lessons").click()
        page.get_by_role("button", name="From autoencoder to DALL·E 2").click()
        stands(page, steps[0]["title"])
        assert page.get_by_role("button", name="Back").is_disabled()
        for step in steps[1:4]:
            page.get_by_role("button", name="Next", exact=True).click()
            stands(page, step["title"])
            page.wait_for_selector(f"#{step['recipe']['tab']}-button[aria-selected=true]")
        assert "?lesson=road&step=4" in page.url
        page.go_back()
        stands(page, steps[2]["title"])
        page.wait_for_function("document.querySelector('.result-rebuild')?.offsetParent")
        page.locator("#tray b", has_text="red apple").wait_for()
        expect(page.get_by_label("How much").locator("visible=true").first).to_have_value("0.5")
        page.get_by_role("button", name="End", exact=True).click()
        assert page.locator(BAR).is_hidden() and "lesson" not in page.url
        assert not page.errors


@pytest.mark.parametrize(("name", "step"), [("words", 2), ("diffusion", 6)])
def test_the_address_of_a_step_restores_it_in_either_language(visit, name, step):
    told = lessons.lesson(name, "zh")["steps"][step - 1]
    with visit(f"/?lesson={name}&step={step}", locale="zh-CN") as page:
        stands(page, told["title"])
        page.wait_for_selector(f"#{told['recipe']['tab']}-button[aria-selected=true]")
        assert not page.errors


def test_an_unknown_lesson_and_a_step_beyond_the_last_are_no_accident(visit):
    with visit("/?lesson=%3Cb%3Enobody&step=2") as page:
        page.locator("#tray .note", has_text="There is no lesson “<b>nobody”").wait_for()
        assert page.locator(BAR).is_hidden() and not page.errors
    with visit("/?lesson=words&step=1e9") as page:
        stands(page, lessons.lesson("words", "en")["steps"][-1]["title"])


def test_a_result_waits_for_the_answer_which_what_was_measured_marks(visit):
    with visit("/?lesson=road&step=3") as page:
        question = page.locator(".widget-question:visible")
        question.locator(".asks").wait_for()
        page.wait_for_selector(".result-rebuild [data-shown], .result-rebuild[data-shown]", state="attached")
        assert is_veiled(page, "rebuild")
        question.get_by_role("button", name="Autoencoder", exact=True).click()
        question.locator(".then", has_text="Not this time: Denoising AE.").wait_for()
        assert not is_veiled(page, "rebuild")
        assert question.locator("button.right").inner_text().startswith("Denoising AE")
        page.get_by_role("button", name="Back").click()
        page.locator(f"{BAR} .asks").wait_for()
        page.wait_for_function(f"({VEILED})('rebuild')")
        page.get_by_role("button", name="Skip, show the result").locator("visible=true").click()
        page.locator(f"{BAR} .then", has_text="The answer: Fine lines").wait_for()
        assert not is_veiled(page, "rebuild") and not page.errors


def test_a_panels_question_alone_veils_only_while_it_is_open(visit):
    with visit("/?tab=autoencoders&panel=draws") as page:
        page.wait_for_selector(".result-draws [data-shown], .result-draws[data-shown]", state="attached")
        summary = page.locator(".widget-question:visible summary")
        assert not is_veiled(page, "draws")
        summary.click()
        page.wait_for_function(f"({VEILED})('draws')")
        summary.click()
        page.wait_for_function(f"!({VEILED})('draws')")


def test_the_worksheet_holds_answers_and_pictures_and_is_saved_in_two_forms(visit, tmp_path):
    with visit("/?lesson=road&step=2") as page:
        page.locator(BAR).get_by_role("button", name="The colours").click()
        page.locator(".result-rebuild .recipe", has_text="0").first.wait_for()
        page.locator(".result-rebuild").get_by_role("button", name="Keep").click()
        page.locator(".result-rebuild").get_by_role("button", name="Kept").wait_for()
        page.get_by_role("button", name="Lessons").click()
        page.get_by_text("Answers: 1 · pictures: 1").wait_for()
        saved = {}
        for name in ("Save as Markdown", "Save to print (HTML)"):
            with page.expect_download() as download:
                page.get_by_role("button", name=name).click()
            saved[name] = download.value.path().read_text("utf-8")
        markdown, html = saved.values()
        for text in (markdown, html):
            assert "What does such a narrow passage lose first?" in text and "The colours" in text
            assert "Fine lines and small details" in text and text.count("data:image/png;base64,") == 1
            assert "panel=rebuild" in text
        assert markdown.startswith("# From autoencoder to DALL") and html.startswith("<!doctype html>")
        assert not page.errors


def test_the_bar_folds_on_a_phone_and_nothing_is_wider_than_it(visit):
    with visit("/?lesson=words&step=2", **PHONE) as page:
        stands(page, lessons.lesson("words", "en")["steps"][1]["title"])
        tall = page.locator(BAR).bounding_box()["height"]
        page.get_by_role("button", name="Fold").click()
        assert page.locator(BAR).bounding_box()["height"] < min(tall / 2, 140)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.fixture
def phones(browser, app_url):
    """phones(code, locale) -> the page of a phone that has joined a class; each has a browser context of its own."""
    opened = []

    def join(code: str, locale: str = "en-US"):
        context = browser.new_context(locale=locale, **PHONE)
        opened.append(context)
        page = context.new_page()
        page.goto(f"{app_url}/class/{code}")
        return page

    yield join
    for context in opened:
        context.close()


def open_class(page) -> str:
    page.get_by_role("button", name="Lessons").click()
    page.get_by_role("button", name="Open a class").click()
    code = page.locator("#lesson .code").inner_text()
    page.locator("#lesson dialog").get_by_role("button", name="Close").click()
    return code


def test_a_projector_asks_five_phones_and_shows_their_votes(visit, phones):
    with visit("/?lesson=road&step=2") as page:
        code = open_class(page)
        five = [phones(code, locale) for locale in ("en-US", "zh-CN", "en-US", "zh-CN", "en-US")]
        for phone, choice in zip(five, (0, 1, 1, 1, 2), strict=True):
            phone.locator(".choice").nth(choice).click()
            phone.locator(".choice[aria-pressed=true]").nth(0).wait_for()
        five[0].locator(".choice").nth(1).click()  # a second vote of one phone takes the place of its first
        five[0].locator(".choice[aria-pressed=true]", has_text="Fine lines").wait_for()
        five[1].get_by_text("通道这么窄").wait_for()
        page.wait_for_function("""() => [...document.querySelectorAll("#lesson .votes b")]
            .map(b => b.textContent).join() === "0,4,1" """)
        page.get_by_text(f"Class {code} · 5 joined").wait_for()
        assert five[0].locator(".votes").first.is_hidden()  # nobody votes after the others
        page.locator(BAR).get_by_role("button", name="Show the result").click()
        five[0].get_by_text("Right.").wait_for()
        five[1].get_by_text("答对了。").wait_for()
        five[4].get_by_text("Not this time.").wait_for()
        assert five[4].locator(".choice").first.is_disabled()
        page.get_by_role("button", name="Next", exact=True).click()
        five[2].get_by_text("Which network comes nearest").wait_for()
        assert not page.errors
        page.reload()  # the class stays the teacher's
        page.get_by_text(f"Class {code} · 5 joined").wait_for()
        page.get_by_text(f"Class {code}").click()
        page.get_by_role("button", name="End the class").click()
        five[3].get_by_text("这堂课已经结束。").wait_for()


@pytest.mark.slow
def test_thirty_phones_vote_in_one_class(visit, phones):
    with visit("/?lesson=road&step=2") as page:
        code = open_class(page)
        thirty = [phones(code, ("en-US", "zh-CN")[k % 2]) for k in range(30)]
        for k, phone in enumerate(thirty):
            phone.locator(".choice").nth(k % 3).click()
        page.wait_for_function("""() => [...document.querySelectorAll("#lesson .votes b")]
            .map(b => b.textContent).join() === "10,10,10" """)
        page.get_by_text(f"Class {code} · 30 joined").wait_for()
        page.locator(BAR).get_by_role("button", name="Show the result").click()
        for k, phone in enumerate(thirty):
            verdict = (("Right.", "Not this time."), ("答对了。", "这次没猜中。"))[k % 2][k % 3 != 1]
            phone.get_by_text(verdict).wait_for()
        assert not page.errors


def test_a_phone_with_a_wrong_code_may_type_another(visit, phones):
    with visit() as page:
        code = open_class(page)
        phone = phones("zzzzz")
        phone.get_by_text("There is no class with this code").wait_for()
        phone.get_by_role("textbox").fill(code.lower())
        phone.get_by_role("button", name="Join").click()
        phone.get_by_text(f"You are in class {code}.").wait_for()
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_no_page_of_a_class_asks_another_server(visit, phones, app_url):
    with visit() as page:
        code = open_class(page)
        page.wait_for_function("document.querySelector('#lesson .class img').naturalWidth > 0")
        phone = phones(code)
        asked = []
        phone.on("request", lambda request: asked.append(request.url))
        phone.reload()
        phone.get_by_text(code).wait_for()
        assert asked and all(url.startswith((app_url, "data:")) for url in [*asked, *page.asked])
        assert not re.search(r"<(script|b)>alert", json.dumps(phone.content()))


def test_presenter_mode_leaves_picture_and_control_steps_by_arrows_and_takes_no_key_from_a_field(visit):
    first, second = lessons.lesson("words", "en")["steps"][:2]
    with visit("/?lesson=words&step=1", viewport={"width": 1920, "height": 1080}) as page:
        stands(page, first["title"])
        page.keyboard.press("ArrowRight")
        page.keyboard.press("p")
        page.locator("#tray").wait_for(state="hidden")
        stands(page, first["title"])
        assert page.evaluate("document.querySelector('.gradio-container').getBoundingClientRect().width") > 1800
        page.keyboard.press("ArrowRight")
        stands(page, second["title"])
        page.keyboard.press("Escape")
        page.locator("#tray").wait_for()
        page.goto(page.url.split("?")[0] + "?present")
        field = page.locator(".widget-phrases textarea:visible")
        field.fill("")
        field.press_sequentially("p")
        assert field.input_value() == "p" and page.locator("#tray").is_hidden()
