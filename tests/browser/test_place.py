"""The address keeps the place: tab, panel, settings and what was typed, over back, reload and another language."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.rooms import NASTY, link

pytestmark = pytest.mark.browser
PROMPT = ".widget-phrases textarea:visible"


def place(page) -> dict[str, str]:
    """What the fragment of the address says."""
    return {name: texts[0] for name, texts in parse_qs(urlsplit(page.url).fragment, keep_blank_values=True).items()}


def says(page, **wanted: str):
    """Waits until the address says that."""
    found = "e => Object.entries(e).every(([k, v]) => new URLSearchParams(location.hash.slice(1)).get(k) === v)"
    page.wait_for_function(found, arg=wanted)


def is_open(page, *names: str):
    for name in names:
        page.wait_for_selector(f"#{name}-button[aria-selected=true]")


def enter(page, name: str):
    page.locator(f"#{name}-button").click()
    is_open(page, name)


def test_back_and_forward_open_what_was_open_and_ask_for_nothing(visit):
    with visit() as page:
        page.wait_for_function("history.state !== null")
        enter(page, "autoencoders")
        says(page, tab="autoencoders", panel="rebuild")
        page.wait_for_selector(".result-rebuild [data-shown], .result-rebuild[data-shown]", state="attached")
        enter(page, "gan")
        says(page, tab="gan")
        page.go_back()
        is_open(page, "autoencoders", "autoencoders-rebuild")
        says(page, tab="autoencoders", panel="rebuild")
        asked = len(page.runs)
        page.go_back()
        is_open(page, "road")
        page.go_forward()
        page.go_forward()
        is_open(page, "gan")
        says(page, tab="gan")
        assert len(page.runs) == asked and not page.errors


def test_what_was_set_and_typed_outlives_back_reload_and_the_other_language(visit):
    said = "红心 & “a=b” #?"
    with visit(link("dalle2", "stages", prompt="sun", seed=7)) as page:
        is_open(page, "dalle2", "dalle2-stages")
        says(page, tab="dalle2", panel="stages", prompt="sun", seed="7")
        assert not urlsplit(page.url).query
        page.locator(PROMPT).fill(said)
        says(page, prompt=said, seed="7")
        enter(page, "gan")
        says(page, tab="gan")
        page.go_back()
        is_open(page, "dalle2", "dalle2-stages")
        assert page.locator(PROMPT).input_value() == said
        for name in ("reload", "中文"):
            page.reload() if name == "reload" else page.get_by_role("button", name=name).click()
            page.wait_for_selector("html[lang=zh-CN]" if name == "中文" else "html[lang=en]")
            is_open(page, "dalle2", "dalle2-stages")
            expect(page.locator(PROMPT)).to_have_value(said)
            says(page, tab="dalle2", panel="stages", prompt=said, seed="7")
        assert not [url for url in page.asked if "%E7%BA%A2" in url or "红" in url]


def test_hostile_broken_and_endless_addresses_are_no_accident(visit):
    with visit("/#tab=autoencoders&panel=%3Cimg%20src=x%20onerror=window.pwn=1%3E&%ff=%&x=[[[") as page:
        is_open(page, "autoencoders")
        says(page, tab="autoencoders")
        assert not page.errors
        long = "x" * 9000
        page.evaluate("link => location.assign(link)", f"#tab=road&panel=draw&prompt={long}&seed={NASTY}")
        page.wait_for_function("length => document.querySelector('.widget-phrases textarea')?.value.length > 0", arg=0)
        is_open(page, "road")
        page.evaluate("location.assign('#tab=nobody&panel=nothing')")
        page.wait_for_load_state()
        is_open(page, "road")
        assert page.evaluate("window.pwn") is None and len(page.url) < 20_000
