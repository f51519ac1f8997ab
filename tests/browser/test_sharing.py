"""The address of the page as it stands, to copy and as a QR code."""

from functools import partial

from tests.browser.conftest import PHONE
from tests.browser.rooms import link

room = partial(link, "autoencoders")


def open_share(page):
    page.locator("#top nav button", has_text="Share").click()
    page.wait_for_selector("#sharing dialog[open]")


def test_the_link_is_the_place_with_its_settings_and_a_code_shows_it(visit):
    with visit(room("draws", seed=5), **PHONE) as page:
        page.wait_for_selector(".widget-exhibit:visible figure img[src]")
        open_share(page)
        address = page.locator("#sharing input").input_value()
        assert "panel=draws" in address and "seed=5" in address
        page.wait_for_selector("#sharing .code img")
        assert page.locator("#sharing .code img").evaluate("e => e.decode().then(() => e.naturalWidth > 0)")
        assert "of this machine alone" in page.locator("#sharing .home").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert not any("qr.svg" in url for url in page.asked) and not page.errors


def test_what_is_too_long_for_an_address_is_told(visit):
    """A picture of the visitor's own is: its data URL has more than six thousand characters."""
    with visit(room("draws", seed=5)) as page:
        page.wait_for_selector(".widget-exhibit:visible figure img[src]")
        page.evaluate(
            """() => {
              const canvas = Object.assign(document.createElement("canvas"), { width: 90, height: 90 });
              const brush = canvas.getContext("2d"), noise = brush.createImageData(90, 90);
              noise.data.forEach((_, i) => (noise.data[i] = i % 4 === 3 ? 255 : Math.random() * 256));
              brush.putImageData(noise, 0, 0);
              canvas.toBlob(blob => {
                const data = new DataTransfer();
                data.items.add(new File([blob], "noise.png", { type: "image/png" }));
                const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
                document.querySelector("#tray").dispatchEvent(paste);
              });
            }"""
        )
        page.wait_for_function("() => document.querySelector('#tray .about').innerText.includes('90 × 90')")
        page.wait_for_function("() => history.state?.recipe?.specimen?.kind === 'png'")
        open_share(page)
        assert "Specimen" in page.locator("#sharing .lost").inner_text() and not page.errors
