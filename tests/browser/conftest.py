"""A headless Chromium and a watched page: console errors, exceptions and every request are kept."""

from contextlib import contextmanager

import pytest

QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-domain-reliability",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
]


@pytest.fixture(scope="session")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def visit(browser, app_url):
    """with visit(locale="zh-SG", viewport=…) as page: a loaded page; `page.errors`, `page.asked`, `page.runs` (the
    inputs of handlers) are what happened."""

    @contextmanager
    def open_page(path: str = "", url: str = app_url, **options):
        context = browser.new_context(**({"locale": "en-US", "viewport": {"width": 1280, "height": 900}} | options))
        page = context.new_page()
        page.set_default_timeout(20000)
        page.errors, page.asked, page.runs = [], [], []
        page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.on(
            "request",
            lambda request: page.runs.append(request.post_data_json["data"]) if "queue/join" in request.url else None,
        )
        page.goto(url + path)
        page.wait_for_selector("#tray .about b:not(:empty)")
        if "tab=autoencoders" in path:
            page.wait_for_selector("#autoencoders-button[aria-selected=true]")
        try:
            yield page
        finally:
            context.close()

    return open_page


PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
