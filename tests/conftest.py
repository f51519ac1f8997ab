"""The app's assets (those that ship, or tiny ones made here) and a served app, for the tests of playground/."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

import tests.helpers  # noqa: F401 (its hypothesis profile holds for all tests)
from training import recipes

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def assets(tmp_path_factory) -> Path:
    """assets/ where all checkpoints ship, else a folder of tiny ones."""
    if all((ROOT / "assets" / name / "model.safetensors").exists() for name in recipes.names()):
        return ROOT / "assets"
    from tests.browser.tiny import make

    return make(tmp_path_factory.mktemp("assets"))


@pytest.fixture
def playground(assets, monkeypatch) -> Path:
    """Points playground/ to the assets for one test."""
    from playground.serving import checkpoints

    monkeypatch.setenv("PLAYGROUND_ASSETS", str(assets))
    checkpoints.forget()
    yield assets
    checkpoints.forget()


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """serve(assets) -> URL of `python app.py` on those assets; serve.logs[URL] is the file of all that it prints."""
    running = []

    def start(folder: Path) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = tmp_path_factory.mktemp("server") / "log.txt"
        environment = {
            **os.environ,
            "PLAYGROUND_ASSETS": str(folder),
            "GRADIO_SERVER_PORT": str(port),
            "GRADIO_TEMP_DIR": str(log.parent),
            "HF_HUB_OFFLINE": "1",
        }
        with log.open("a") as out:
            running.append(
                subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=out, stderr=out)
            )
        url = f"http://127.0.0.1:{port}"
        start.logs[url] = log
        return wait_for(url, running[-1], log)

    start.logs = {}
    yield start
    for process in running:
        process.terminate()
        process.wait(20)


def wait_for(url: str, process, log: Path) -> str:
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return url
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
    raise AssertionError(f"the app did not answer in a minute: {log.read_text()}")


@pytest.fixture(scope="session")
def app_url(serve, assets) -> str:
    return serve(assets)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine: browser tests need one (Debian: apt-get install chromium)")
    return found
