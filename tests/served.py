"""`python app.py` in a process of its own, for tests and benchmarks."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent


def begin(log: Path, assets: Path | None = None, checkout: Path = ROOT) -> tuple[subprocess.Popen, str]:
    """The process and its URL, on those assets or on the ones that ship. All that it prints goes to the file `log`, and
    its temporary files beside that."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(log.parent),
        "PLAYGROUND_CLASSES": str(log.parent / "classes.db"),
        "HF_HUB_OFFLINE": "1",
    }
    if assets is not None:
        environment["PLAYGROUND_ASSETS"] = str(assets)
    with log.open("a") as out:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=checkout, env=environment, stdout=out, stderr=out)
    return process, f"http://127.0.0.1:{port}"


def wait(process: subprocess.Popen, url: str, log: Path, minutes: float = 10) -> None:
    """Until it serves a page.

    Raises:
        RuntimeError: it ended before, or did not answer in that time; a busy machine is no failure.
    """
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        try:
            return urllib.request.urlopen(url, timeout=20).close()
        except OSError:
            if process.poll() is not None:
                raise RuntimeError(f"The app ended with code {process.returncode}: {log.read_text()}") from None
            time.sleep(0.05)
    raise RuntimeError(f"The app did not answer in {minutes} minutes: {log.read_text()}")
