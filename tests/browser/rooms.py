"""What the tests of all rooms do: a link to a panel, its next result, and what must hold when a panel opens."""

import re
from dataclasses import dataclass
from urllib.parse import quote

NASTY = "<img src=x onerror=window.pwn=1> ${window.pwn=1} {{window.pwn=1}} שלום 🦊 \u202ecba"


def link(tab: str, panel: str, **settings) -> str:
    """The address of a panel with those settings."""
    return f"/?tab={tab}&panel={panel}" + "".join(f"&{name}={quote(str(value))}" for name, value in settings.items())


def requests(page) -> int:
    """How many requests the page has sent to a server."""
    return len([url for url in page.asked if not url.startswith(("data:", "blob:"))])


@dataclass(frozen=True)
class Room:
    """A tab of the app: its panels with the widget that shows each one's result, a text that its page has in Chinese
    alone, and the first parts of keys that its page must not show."""

    tab: str
    panels: dict[str, str]
    chinese: str
    keys: tuple[str, ...] = ()

    def link(self, panel: str, **settings) -> str:
        return link(self.tab, panel, **settings)

    def shown(self, page, panel: str, more_than: int = 0) -> int:
        """Waits for the panel's next finished result after that many; its number."""
        widget = f"#{self.tab} {self.panels[panel]}"
        page.wait_for_function(
            "([s, n]) => [...document.querySelectorAll(s)]"
            ".some(e => e.offsetParent && Number(e.dataset.shown ?? 0) > n)",
            arg=[widget, more_than],
        )
        return int(page.locator(f"{widget}[data-shown]:visible").first.get_attribute("data-shown"))

    def assert_opens(self, page, panel: str, app_url: str, chinese: bool):
        """On a result, as wide as the phone, in one language, with nothing asked of strangers."""
        page.locator(f"#{self.tab} {self.panels[panel]}:visible").first.evaluate("e => e.scrollIntoView()")
        self.shown(page, panel)
        assert page.evaluate("document.documentElement.scrollWidth") == 390, panel
        text = page.locator(f"#{self.tab}").inner_text()
        assert not page.errors
        assert all(url.startswith((app_url, "data:", "blob:")) for url in page.asked)
        assert (self.chinese in text) == chinese
        assert "undefined" not in text
        assert not re.search(rf"\b({'|'.join((*self.keys, panel))})\.[a-z]", text)
