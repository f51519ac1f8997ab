"""Training runs of tests: their options, how far they came, what they refuse."""

import json
import time
from pathlib import Path

import pytest

from tests.helpers import TINY, is_one_sentence, picture_folder
from training.__main__ import main


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    picture_folder(folder / "pictures")
    return folder


def ae(place: Path, runs: str, *more: str) -> list:
    return ["ae", *TINY, "--data", place / "pictures", "--runs", place / runs, "--save-every", "0.1", *more]


def saved_again(run: Path, since: int = 0) -> None:
    """Waits until the run has written a checkpoint after `since` (nanoseconds)."""
    deadline = time.monotonic() + 600  # a busy machine is no failure
    while not (file := run / "checkpoint.safetensors").exists() or file.stat().st_mtime_ns <= since:
        assert time.monotonic() < deadline, "no checkpoint came"
        time.sleep(0.01)


def pictures_seen(run: Path) -> int:
    from safetensors import safe_open

    with safe_open(run / "checkpoint.safetensors", "pt") as file:
        return json.loads(file.metadata()["state"])["step"] * 8


def refused(*options: object) -> str:
    with pytest.raises(SystemExit) as stop:
        main([str(option) for option in options])
    assert isinstance(stop.value.code, str) and is_one_sentence(stop.value.code), stop.value.code
    return stop.value.code
