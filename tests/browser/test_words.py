"""Words explained where they stand, and rooms whose diagram shows what runs and leads to the panels."""

import pytest

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser
ROOM = "/?tab=autoencoders&panel=dimensions"
TERM = "#autoencoders-dimensions .lead x-term[data-term=nat]"
ENTRY = ".entry:popover-open"
LIT = ".room:visible .lit"
STAGES = ("Prior", "Decoder", "Upsampler")
RUNS = 4  # that are watched for two stages in one
# What is lit from now on, each change as the names of the boxes
RECORD = """() => {
  window.lit = [];
  const look = () => {
    const now = [...document.querySelectorAll("#dalle2 .room .lit")].map(one => one.textContent.trim()).join(", ");
    if (now !== (window.lit.at(-1) ?? "")) window.lit.push(now);
  };
  new MutationObserver(look).observe(document.querySelector("#dalle2 .room"), { attributes: true, subtree: true });
}"""


def box(page, selector: str) -> dict:
    return page.locator(selector).bounding_box()


def test_a_term_opens_its_entry_under_the_mouse_and_by_keys_and_escape_closes_it(visit):
    with visit(ROOM) as page:
        page.hover(TERM)
        page.wait_for_selector(f"{ENTRY} >> text=natural logarithm")
        page.mouse.move(5, 5)
        page.wait_for_selector(ENTRY, state="detached")

        page.locator("#autoencoders-dimensions-button").focus()
        while not page.evaluate("document.activeElement.matches('x-term')"):
            page.keyboard.press("Tab")
        term = page.locator("x-term:focus")
        page.wait_for_selector(ENTRY)
        assert term.get_attribute("aria-describedby") == page.locator(f"{ENTRY} p").get_attribute("id")
        page.keyboard.press("Escape")
        page.wait_for_selector(ENTRY, state="detached")
        assert page.evaluate("document.activeElement.matches('x-term')")
        page.keyboard.press("Enter")
        page.wait_for_selector(ENTRY)
        assert not page.errors


def test_names_of_controls_stay_plain(visit):
    with visit(ROOM) as page:
        page.wait_for_selector("x-term >> nth=0", state="attached")
        held = "button x-term, a x-term, label x-term, input x-term, summary x-term, [role=tab] x-term, svg x-term"
        assert page.locator(held).count() == 0
        twice = """() => [...document.querySelectorAll("p")].some(p => {
            const terms = [...p.querySelectorAll("x-term")].map(one => one.dataset.term);
            return new Set(terms).size < terms.length;
        })"""
        assert not page.evaluate(twice)


def test_a_text_that_comes_later_is_marked_as_well(visit):
    with visit("/?tab=autoencoders&panel=rebuild") as page:
        page.locator("#autoencoders .widget-question:visible summary").click()
        page.locator("#autoencoders .widget-question:visible button").first.click()
        page.wait_for_selector("#autoencoders .widget-question:visible .then x-term[data-term=psnr]")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_on_a_phone_a_tap_opens_the_entry_inside_the_window_and_a_tap_beside_it_closes_it(visit, language):
    with visit(ROOM, locale=language, color_scheme="dark", **PHONE) as page:
        page.tap("#autoencoders-dimensions .lead x-term[data-term=vae]")
        page.wait_for_selector(ENTRY)
        place = box(page, ENTRY)
        assert place["x"] >= 0 and place["x"] + place["width"] <= 390
        assert place["y"] >= 0 and place["y"] + place["height"] <= 844
        paper, ink = page.locator(ENTRY).evaluate(
            "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
        )
        assert (paper, ink) == ("rgb(20, 22, 26)", "rgb(233, 231, 225)")
        page.tap("#autoencoders .says", position={"x": 2, "y": 2})
        page.wait_for_selector(ENTRY, state="detached")
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_diagram_leads_to_a_panel_and_lights_what_runs(visit):
    with visit("/?tab=diffusion&panel=measured") as page:
        page.locator("#diffusion .room a", has_text="Sampler").click()
        page.wait_for_selector("#diffusion-steps-button[aria-selected=true]")
        page.wait_for_selector(LIT)  # the panel draws as soon as it is seen
        assert set(page.locator(LIT).all_text_contents()) <= {"U-Net", "Sampler"}
        page.wait_for_selector(LIT, state="detached")
        page.locator("#diffusion .room a", has_text="Add noise").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#diffusion-redraw-button[aria-selected=true]")
        assert not page.errors


def lights_of_a_run(page) -> list[str]:
    """The stages that were lit in a run, in their order; what few steps take may pass unseen."""
    page.wait_for_selector(LIT, state="detached")
    page.evaluate(RECORD)
    page.get_by_role("button", name="New seed").locator("visible=true").first.click()
    page.wait_for_function("window.lit.at(-1) === '' && window.lit.length > 1")
    return [name for name in page.evaluate("window.lit") if name in STAGES]


def test_stages_light_one_after_the_other(visit):
    with visit("/?tab=dalle2&panel=stages") as page:
        page.wait_for_selector("#dalle2 .widget-stages[data-shown]")  # the first run has ended
        lit = next(seen for seen in (lights_of_a_run(page) for _ in range(RUNS)) if len(seen) > 1)
        assert lit == [name for name in STAGES if name in lit]
