"""The app's assets (those that ship, or tiny ones made here) and a served app, for the tests of playground/."""

import json
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests import served
from tests.helpers import ROOT, link_assets  # its hypothesis profile, too, holds for all tests
from training import recipes

MARKS = ("browser", "process", "slow")  # what takes longest begins first, so that no worker is left with it alone


def pytest_collection_modifyitems(items):
    """The folders browser/ and process/ mark what stands in them; files go from the slowest kind to the quickest."""
    for item in items:
        for mark in {"browser", "process"} & set(item.path.relative_to(ROOT).parts):
            item.add_marker(mark)
    slowest: dict[Path, int] = {}
    for item in items:
        rank = min((k for k, mark in enumerate(MARKS) if item.get_closest_marker(mark)), default=len(MARKS))
        slowest[item.path] = min(rank, slowest.get(item.path, rank))
    items.sort(key=lambda item: slowest[item.path])  # stable: the order inside a file stays


@pytest.fixture(scope="session")
def assets(request) -> Path:
    """assets/ where all checkpoints ship, else a folder of tiny ones."""
    if all((ROOT / "assets" / name / "model.safetensors").exists() for name in recipes.names()):
        return ROOT / "assets"
    return request.getfixturevalue("small_assets")


@pytest.fixture(scope="session")
def small_assets(tmp_path_factory) -> Path:
    """A folder of tiny checkpoints: an app is there sooner on them, where nothing is asked of what they draw."""
    from tests.tiny import make

    return make(tmp_path_factory.mktemp("assets"))


@pytest.fixture
def playground(assets, monkeypatch) -> Path:
    """Points playground/ to the assets for one test; what is loaded stays loaded for the next one."""
    monkeypatch.setenv("PLAYGROUND_ASSETS", str(assets))
    return assets


@pytest.fixture
def without(assets, tmp_path, monkeypatch):
    """without("glide"): the assets but for some checkpoints."""

    def leave(*missing: str):
        link_assets(assets, tmp_path, *missing)
        monkeypatch.setenv("PLAYGROUND_ASSETS", str(tmp_path))

    return leave


@pytest.fixture(scope="session")
def running():
    """The processes of the served apps, by URL; they end with the tests."""
    processes: dict[str, subprocess.Popen] = {}
    yield processes
    for process in processes.values():
        process.terminate()
    for process in processes.values():
        process.wait(120)


@pytest.fixture(scope="session")
def serve(running, tmp_path_factory):
    """serve(assets, checkout) -> URL of `python app.py` of that checkout on those assets; serve.logs[URL] is the file
    of all that it prints."""

    def start(folder: Path, checkout: Path = ROOT) -> str:
        log = tmp_path_factory.mktemp("server") / "log.txt"
        process, url = served.begin(log, folder, checkout)
        running[url], start.logs[url] = process, log
        served.wait(process, url, log)
        return url

    start.logs = {}
    return start


@pytest.fixture
def serve_briefly(serve, running):
    """`serve`, whose apps end with the test: each takes more than a gigabyte."""
    before = set(running)
    yield serve
    for url in set(running) - before:
        process = running.pop(url)
        process.terminate()
        process.wait(120)


@pytest.fixture(scope="session")
def app_url(serve, assets) -> str:
    return serve(assets)


@pytest.fixture(scope="session")
def config(app_url) -> dict:
    """The served app's components and events, as Gradio tells them to a page."""
    with urllib.request.urlopen(f"{app_url}/config") as answer:
        return json.load(answer)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine: browser tests need one (Debian: apt-get install chromium)")
    return found
