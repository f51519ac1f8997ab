"""A headless Chromium and a watched page: console errors, exceptions and every request are kept."""

import json
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import Error, sync_playwright

from tests.helpers import link_assets

QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-domain-reliability",
    "--host-resolver-rules=MAP app.example 127.0.0.1",  # a name that is not this machine's
    "--disable-features=Translate,OptimizationHints,MediaRouter",
]


PATIENCE = 180_000  # ms until something that must happen counts as missed: a busy machine is no failure


@pytest.fixture(scope="session")
def browser(chromium):
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium, args=QUIET)
        yield running
        running.close()


@pytest.fixture(scope="session")
def profiles(browser):
    """profiles(options) -> a context of the browser with those options: one that was there before, with the app's
    scripts in its cache and nothing that an earlier visitor left behind."""
    kept = {}

    def profile(options: dict):
        key = json.dumps(options, sort_keys=True)
        if key not in kept:
            kept[key] = browser.new_context(**options)
        return kept[key]

    yield profile
    for context in kept.values():
        context.close()


def leave(page) -> None:
    """Closes the page; what the app remembers of its visitor (language, theme) goes with it."""
    with suppress(Error):  # a page that never came has nothing to forget
        page.evaluate("localStorage.clear()")
    page.context.clear_cookies()
    page.context.clear_permissions()
    page.close()


@pytest.fixture
def visit(profiles, app_url):
    """with visit(locale="zh-SG", viewport=…) as page: a loaded page; `page.errors`, `page.asked`, `page.runs` (the
    inputs of handlers) are what happened."""

    @contextmanager
    def open_page(path: str = "", url: str = app_url, **options):
        context = profiles({"locale": "en-US", "viewport": {"width": 1280, "height": 900}} | options)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.errors, page.asked, page.runs = [], [], []
        page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.on(
            "request",
            lambda request: page.runs.append(request.post_data_json["data"]) if "queue/join" in request.url else None,
        )
        try:
            page.goto(url + path)
            page.wait_for_selector("#tray .about b:not(:empty)")
            if "tab=autoencoders" in path:
                page.wait_for_selector("#autoencoders-button[aria-selected=true]")
            yield page
        finally:
            leave(page)

    return open_page


STUDY = {  # three scales of classifier-free guidance, as if they had been measured
    f"classifier_free/{s}": {"frechet": 50 - s, "precision": 0.5, "recall": 0.6 - 0.05 * s, "judge_top5": 0.1 * s}
    for s in (0, 2, 5)
}


@pytest.fixture(scope="session")
def lacking_url(serve, assets, tmp_path_factory) -> str:
    """URL of an app that lacks the checkpoints dae and clip, and whose study of guidance has three scales."""
    folder = tmp_path_factory.mktemp("lacking")
    link_assets(assets, folder, "dae", "clip", "guidance")
    (folder / "guidance").mkdir()
    (folder / "guidance" / "study.json").write_text(json.dumps({"cells": STUDY}))
    return serve(folder)


PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
