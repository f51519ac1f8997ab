"""How the page behaves, whatever room is open: what runs and what is stopped, typing, pasting, frames of other sites,
forced colours, a phone."""

import http.server
import re
import threading
from functools import partial

import pytest

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser
DOING = "[...document.querySelectorAll('.doing')].filter(e => e.checkVisibility()).map(e => e.textContent).join(' ')"
SEED = "/?tab=autoencoders&panel=draws"


def shown_at(page, panel: str) -> str:
    return page.locator(f"#stop-{panel}").evaluate("e => e.disabled ? 'rests' : 'may stop'")


def test_a_stopped_run_is_marked_scrubbed_and_told_of_by_its_own_strip(visit):
    with visit("/?tab=guidance&panel=prompt&steps=10") as page:
        page.wait_for_selector(".widget-film[data-shown]:visible")
        strip = page.locator(".widget-film:visible .recipe")
        near = page.locator(".widget-film:visible .near").first
        assert "crying face" in strip.inner_text() and near.inner_text()
        assert shown_at(page, "guidance-prompt") == "rests"
        page.get_by_label("Steps").locator("visible=true").first.fill("500")
        page.keyboard.press("Enter")
        page.locator(".widget-phrases:visible textarea").fill("blue car")
        page.wait_for_function("e => e.textContent.includes('blue car')", arg=strip.element_handle())
        page.wait_for_function(f"/step \\d\\d of 500/.test({DOING})")
        assert shown_at(page, "guidance-prompt") == "may stop"
        page.locator("#stop-guidance-prompt").click()
        output = page.locator(".widget-film:visible .transport output")
        page.wait_for_function("e => e.textContent === 'stopped here'", arg=output.element_handle())
        assert "Stopped: step" in page.evaluate(DOING) and shown_at(page, "guidance-prompt") == "rests"
        assert "blue car" in strip.inner_text() and near.inner_text() == ""
        page.locator(".widget-film:visible .transport input").press("ArrowLeft")
        assert re.fullmatch(r"step \d+ of 500 · t = \d+", output.inner_text()) and not page.errors


def test_what_is_computed_is_said_while_the_boxes_are_empty_and_forks_leave_with_their_run(visit):
    with visit("/?tab=diffusion&panel=steps&steps=10") as page:
        page.wait_for_function(f"/Computing/.test({DOING})")
        page.locator("#diffusion .widget-exhibit:visible").first.evaluate("e => e.scrollIntoView()")
        page.wait_for_selector("#diffusion .widget-exhibit[data-shown] img[src]")
        page.locator(".seed input:visible").first.fill("39")
        page.wait_for_function(
            "[...document.querySelectorAll('#diffusion h4')].some(e => e.textContent.includes('fork a step'))"
        )
        assert page.locator("#diffusion .widget-exhibit:visible img[src]").count() == 0 and not page.errors


def test_a_number_counts_when_it_is_finished_and_an_empty_field_is_no_error(visit):
    with visit(SEED) as page:
        page.wait_for_selector(".widget-exhibit[data-shown]:visible")
        field, before = page.locator(".seed input:visible"), len(page.runs)
        field.click()
        page.keyboard.press("Control+A")
        page.keyboard.press("Delete")
        page.wait_for_timeout(1200)
        assert len(page.runs) == before
        page.keyboard.type("12345", delay=100)
        page.wait_for_function(
            "[...document.querySelectorAll('.recipe')].some(e => e.checkVisibility() && e.textContent === 'Seed 12345')"
        )
        assert [run[-1] for run in page.runs[before:]] == [12345]
        page.keyboard.press("Control+A")
        page.keyboard.press("Delete")
        page.keyboard.press("Tab")
        assert field.input_value() == "12345" and not page.errors


def test_nothing_is_sent_while_a_composition_is_open(visit):
    with visit() as page:
        page.wait_for_selector(".widget-exhibit[data-shown]:visible")
        field, before = page.locator(".widget-phrases:visible textarea").first, len(page.runs)
        field.click()
        page.keyboard.press("Control+A")
        keyboard = page.context.new_cdp_session(page)
        for text in ("h", "hong", "hong xin"):
            end = {"selectionStart": len(text), "selectionEnd": len(text)}
            keyboard.send("Input.imeSetComposition", {"text": text, **end})
            page.wait_for_timeout(600)
        assert len(page.runs) == before
        keyboard.send("Input.insertText", {"text": "红心"})
        page.wait_for_function(
            "[...document.querySelectorAll('.recipe')].some(e => e.checkVisibility() && e.textContent.includes('红心'))"
        )
        assert all("红心" in run for run in page.runs[before:]) and len(page.runs) > before


def dropped(page, selector: str, kind: str, name: str) -> bool:
    """Whether the page keeps what is dropped or pasted there from the browser."""
    return page.evaluate(
        """([selector, kind, name]) => {
            const carried = new DataTransfer();
            carried.setData(kind, "https://example.com/");
            carried.items.add(new File([], "cell.png", { type: "image/png" }));
            if (name === "drop") carried.items.remove(1);
            const all = { bubbles: true, cancelable: true };
            const event = name === "drop" ? new DragEvent(name, { dataTransfer: carried, ...all })
                : new ClipboardEvent(name, { clipboardData: carried, ...all });
            document.querySelector(selector).dispatchEvent(event);
            return event.defaultPrevented;
        }""",
        [selector, kind, name],
    )


def test_a_link_does_not_leave_the_page_and_a_pasted_cell_stays_text(visit):
    with visit() as page:
        page.wait_for_selector(".widget-phrases:visible textarea")
        before = page.locator("#tray .note").inner_text()
        assert dropped(page, "#road", "text/uri-list", "drop")
        dropped(page, ".widget-phrases textarea", "text/plain", "paste")
        page.wait_for_timeout(400)
        assert page.locator("#tray .note").inner_text() == before
        dropped(page, "#road", "text/html", "paste")
        page.wait_for_selector("#tray .tray.wrong")  # the empty picture of this one is looked at


def test_a_dark_page_is_dark_before_any_script_or_style_is_there(visit, browser, app_url):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.route(re.compile(r"\.(js|css)(\?|$)"), lambda route: route.abort())
    page.goto(app_url, wait_until="domcontentloaded")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(20, 22, 26)"
    context.close()


class Frames(http.server.BaseHTTPRequestHandler):
    """Another site, whose page is a frame with the app in it; behind /sandbox one without an origin, and behind
    /sandbox/named one of an app that has a name of its own."""

    def __init__(self, url: str, *details):
        self.url = url
        super().__init__(*details)

    def do_GET(self):
        sandbox = 'sandbox="allow-scripts"' if "sandbox" in self.path else ""
        url = self.url.replace("127.0.0.1", "app.example") if "named" in self.path else self.url
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(f'<iframe width=1200 height=800 {sandbox} src="{url}/?lang=zh-CN"></iframe>'.encode())

    def log_message(self, *_):
        """Nothing: the tests' output is quiet."""


@pytest.fixture
def other_site(app_url):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Frames, app_url)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("frame", ["", "sandbox/named"])
def test_in_a_frame_of_another_site_the_server_speaks_the_pages_language(browser, other_site, frame):
    page = browser.new_page(locale="en-US")
    page.goto(f"{other_site}/{frame}")
    app = page.frame_locator("iframe")
    app.locator("#tray input[type=file]").set_input_files(
        {"name": "x.png", "mimeType": "image/png", "buffer": b"words"}, timeout=180_000
    )
    app.locator("#tray .tray.wrong").wait_for(timeout=180_000)
    assert app.locator("#tray .note").inner_text().startswith("无法识别为图片")
    page.close()


def test_a_frame_without_an_origin_cannot_use_an_app_on_this_machine_and_says_so(browser, other_site):
    page, called = browser.new_page(locale="en-US"), []
    page.on("requestfinished", lambda request: called.append(request.url) if request.method == "POST" else None)
    page.goto(f"{other_site}/sandbox")
    note = page.frame_locator("iframe").locator("#framed")
    note.wait_for(timeout=180_000)
    assert note.inner_text().startswith("在这个内嵌框架里，应用连不上它的服务器。")
    assert note.locator("a[target=_blank]").get_attribute("href").endswith("/?lang=zh-CN")
    assert called == []
    page.close()


def test_forced_colours_show_what_is_checked(visit):
    with visit("/?tab=diffusion&panel=steps", forced_colors="active") as page:
        page.wait_for_selector("#diffusion input[type=radio]:visible")
        on, off = (
            page.locator(f"#diffusion input[type=radio]{state}").locator("visible=true").first
            for state in (":checked", ":not(:checked)")
        )
        ground = "e => getComputedStyle(e).backgroundColor"
        assert on.evaluate(ground) != off.evaluate(ground)


def test_a_phone_shows_the_room_and_not_tray_and_tabs_alone(visit):
    with visit("/?tab=gan&panel=gan_measured", **PHONE) as page:
        table = page.locator("#gan .scroll:visible").first
        table.wait_for()
        rooms = page.locator("#rooms > .tab-wrapper").first.bounding_box()
        assert rooms["y"] + rooms["height"] < 200
        assert rooms["height"] < 60
        assert table.evaluate("e => e.scrollWidth > e.clientWidth && e.tabIndex === 0")
        assert "gradient" in table.evaluate("e => getComputedStyle(e).backgroundImage")
        page.locator("#tray .fold").click()
        assert page.get_by_role("button", name="Sketch", exact=True).is_visible()


def test_the_time_lapse_plays_and_scrubs(visit):
    with visit("/?tab=gan&panel=lapse") as page:
        page.wait_for_selector(".player img[src]:visible")
        player, first = page.locator(".player:visible"), page.locator(".player:visible img").first
        end = first.get_attribute("src")
        player.locator("input").fill("0")
        assert first.get_attribute("src") != end and player.get_attribute("data-at") == "0"
        player.locator(".play").click()
        page.wait_for_function("document.querySelector('.player').dataset.at === '5'")
        assert first.get_attribute("src") == end and player.locator(".play").inner_text() == "▶"


def test_a_picture_that_was_taken_offers_rooms_to_see_it_in(visit):
    with visit(SEED) as page:
        page.wait_for_selector(".widget-exhibit[data-shown]:visible")
        figure = page.locator(".widget-exhibit:visible figure").first
        figure.hover()
        figure.locator(".take").click()
        page.locator("#tray .note").get_by_role("button", name="CLIP").click()
        page.wait_for_selector("#clip-button[aria-selected=true]")
