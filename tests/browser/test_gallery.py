"""The pictures that were seen: each leads back to its panel, and two of them stand side by side."""

from functools import partial

from tests.browser.conftest import PHONE
from tests.browser.rooms import link

room = partial(link, "autoencoders")
CARDS = "#gallery dialog .all figure"


def gather(page, count: int):
    """Waits until so many pictures were remembered, and opens the gallery."""
    page.wait_for_function("n => JSON.parse(sessionStorage.getItem('seen') ?? '[]').length >= n", arg=count)
    page.locator("#top nav button", has_text="History").click()
    page.wait_for_selector("#gallery dialog[open]")


def test_what_was_seen_leads_back_and_two_stand_side_by_side(visit):
    with visit(room("draws", seed=5)) as page:
        page.wait_for_selector(".widget-exhibit:visible figure img[src]")
        page.wait_for_function("() => JSON.parse(sessionStorage.getItem('seen') ?? '[]').length >= 1")
        page.get_by_label("Seed").locator("visible=true").first.fill("6")
        page.get_by_label("Seed").locator("visible=true").first.press("Enter")
        gather(page, 2)
        for i in range(2):
            page.locator(f"{CARDS} .pin").nth(i).click()
        assert page.locator("#gallery .pair img").count() == 2
        told = page.locator("#gallery .differs").inner_text()
        assert "Seed" in told and {"5", "6"} <= set(told.replace("→", " ").split())
        page.locator(f"{CARDS} .back").nth(1).click()
        page.wait_for_selector("#gallery dialog:not([open])", state="attached")
        page.wait_for_function(
            "() => [...document.querySelectorAll('#autoencoders .recipe')]"
            ".some(e => e.offsetParent && e.textContent.includes('Seed 5'))"
        )
        assert not page.errors


def test_the_end_of_a_run_is_remembered_and_none_of_its_previews(visit):
    with visit(link("diffusion", "steps", model="ddpm", sampler="ddim", steps=10, seed=3)) as page:
        gather(page, 1)
        page.wait_for_timeout(1500)
        assert page.locator(CARDS).count() == 1 and not page.errors


def test_it_outlives_a_reload_is_forgotten_when_asked_and_fits_a_phone(visit):
    with visit(room("draws", seed=5), **PHONE) as page:
        page.wait_for_selector(".widget-exhibit:visible figure img[src]")
        page.wait_for_function("() => JSON.parse(sessionStorage.getItem('seen') ?? '[]').length >= 1")
        page.reload()
        page.wait_for_selector("#tray .about b:not(:empty)")
        gather(page, 1)
        assert page.locator(CARDS).count() >= 1
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.locator("#gallery .clear").click()
        assert page.locator(CARDS).count() == 0 and "Nothing yet" in page.locator("#gallery .lead").inner_text()
        assert not page.errors
