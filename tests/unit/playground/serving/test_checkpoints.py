"""What was measured, as it is read: numbers in their places, whatever else the file holds."""

import json
from pathlib import Path

import pytest

from playground.serving import checkpoints
from playground.tabs.autoencoders import dimensions
from playground.tabs.codebook import grids
from playground.tabs.guidance import tradeoff

WHOLE = {
    "psnr": 19.5,
    "judge": "15ff73d8",
    "kl": [0.5, 1, 2],
    "stages": [{"frechet": 30.0}, {"frechet": "much", "pictures": 7}, "none"],
    "rungs": "five",
    "cells": {"a/1": {"frechet": 3.0, "sha": "x"}, "a/2": 3, "b": {"frechet": float("nan")}},
    "floor": {"count": 100, "judge": "x", "frechet": None},
    "precision": True,
    "frechet": float("inf"),
}


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """measured("gan", text) writes assets/gan/metrics.json, or another file."""
    monkeypatch.setenv("PLAYGROUND_ASSETS", str(tmp_path))

    def write(name: str, text: str | bytes, file: str = "metrics.json") -> Path:
        path = tmp_path / name / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_numbers_are_read_in_their_places_and_texts_count_as_not_measured(measured):
    measured("gan", json.dumps(WHOLE))
    assert checkpoints.metrics("gan") == {
        "psnr": 19.5,
        "kl": [0.5, 1, 2],
        "stages": [{"frechet": 30.0}, {"pictures": 7}, {}],
        "cells": {"a/1": {"frechet": 3.0}},
        "floor": {"count": 100},
    }


@pytest.mark.parametrize("text", ["", "[]", '"nothing"', "{", "[" * 100_000, b"\xff\xfe", "null", '{"a": "b"}'])
def test_what_holds_no_numbers_measures_nothing(measured, text):
    measured("gan", text)
    assert checkpoints.metrics("gan") == {}
    assert checkpoints.metrics("vae") == {}


def test_a_list_with_a_text_in_it_has_lost_its_places(measured):
    measured("vae", json.dumps({"kl": [*range(9), "many"]}))
    assert dimensions.divergences() == [] and dimensions.leading() == list(range(8))


def test_cells_without_a_scale_and_runs_without_a_choice_are_left_out(measured):
    row = {"frechet": 3.0, "recall": 0.5}
    cells = {"feature/1": row, "feature/much": row, "feature": row, "feature/nan": row, "/2": row}
    assert [one["scales"] for one in tradeoff.lines(cells, "recall", "frechet")] == [[1.0]]
    rows = {"64": {"codes": 64, "restart": 0.02, "psnr": 20.0}, "128": {"codes": 128, "psnr": 21.0}}
    measured("vqvae", json.dumps({"rows": rows}), "variants.json")
    assert grids.variants() == [[64, "grids.with", 20.0, None, None]]
