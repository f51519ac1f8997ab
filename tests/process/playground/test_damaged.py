"""Files that are cut, or hold something else, before the app starts and under it: the room says so, all else works."""

import json
import shutil
from pathlib import Path

from playground.shell.languages import catalogue
from tests import uploads
from tests.fuzz import Fuzz, loud
from tests.helpers import is_one_sentence

# panels that answer at once, each of which needs some of the files
PANELS = (
    *(f"autoencoders_{name}" for name in ("rebuild", "draws", "between", "arithmetic", "dimensions", "ladder")),
    *(f"codebook_{name}" for name in ("surgery", "codes", "grids")),
    *(f"gan_{name}" for name in ("samples", "lapse", "directions", "quiz", "lab")),
    *(f"clip_{name}" for name in ("matrix", "zeroshot", "search", "gap", "swap")),
    "guidance_curve",
)
UNFOLLOWING = {  # panels that show nothing of the specimen
    *(f"gan_{name}" for name in ("samples", "lapse", "directions", "quiz", "lab")),
    "guidance_curve",
}


def linked(assets: Path, folder: Path) -> Path:
    """The assets again, every file a link."""
    for file in assets.rglob("*"):
        if file.is_file():
            place = folder / file.relative_to(assets)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(file)
    return folder


def put(file: Path, content: bytes) -> None:
    file.unlink(missing_ok=True)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)


def cut(file: Path, share: float) -> None:
    whole = file.read_bytes()
    put(file, whole[: int(share * len(whole))])


def answers(url: str, specimen: dict | None = None) -> dict[str, dict]:
    """What every panel answers to the values that it opens with; or to another specimen."""
    found = {}
    with Fuzz(url, 0) as fuzz:
        for name in PANELS:
            event = next((one for one in fuzz.events if one["api_name"] == name), None)
            if event is None:  # its room says why when the page opens
                continue
            opening, *values = [fuzz.defaults.get(one) for one in event["inputs"]]
            ask = {"data": [specimen or opening, *values], "fn_index": event["id"], "session_hash": f"asks{name}"}
            found[name] = fuzz.asked(ask)
    return found


def in_words(answer: dict) -> bool:
    """Whether it is a value, or a sentence about what is amiss."""
    said = answer["output"].get("error")
    return answer["success"] or (is_one_sentence(said) and "went wrong" not in said)


def notes(answer: dict) -> set[str]:
    """What the figures of an answer say instead of a picture, or of the training picture next to it."""
    figures = [one for row in answer["output"]["data"][0]["rows"] for one in row["figures"]]
    return {json.dumps(one["note"] or (one["near"] or {}).get("label")) for one in figures}


def complaints(log: Path) -> list[str]:
    """What should not be in a log, but for the lessons, which name drawings that are not there."""
    return [line for line in loud(log.read_text(errors="replace")) if not line.startswith("lessons/")]


DAMAGES = {  # features that are cut, and texts for numbers
    "judge/features.safetensors": b"\x40" * 900,
    "vae/metrics.json": b'"nothing measured"',
    "gan/metrics.json": b'{"stages": "none", "frechet": "much"}',
    "vae_ladder/metrics.json": b'{"rungs": "five"}',
    "unclip/study.json": b"[]",
    "guidance/study.json": b'{"cells": {"classifier_free": 3}}',
}


def test_the_app_starts_on_damaged_files_and_every_panel_answers_or_says_what_is_amiss(
    serve_briefly, small_assets, tmp_path
):
    folder = linked(small_assets, tmp_path / "assets")
    for name, content in DAMAGES.items():
        put(folder / name, content)
    url = serve_briefly(folder)
    found = answers(url)
    assert len(found) >= len(PANELS) - 3
    assert {name: one["output"] for name, one in found.items() if not in_words(one)} == {}
    assert sum(one["success"] for one in found.values()) >= len(found) // 2
    said = complaints(serve_briefly.logs[url])
    assert all(line.startswith("failed: ") for line in said) and len(said) <= 6, said


def test_without_a_table_of_drawings_rooms_ask_for_a_specimen_and_take_an_uploaded_one(
    serve_briefly, small_assets, tmp_path
):
    cut(linked(small_assets, tmp_path / "assets") / "emoji" / "table.json", 0.5)
    url = serve_briefly(tmp_path / "assets")
    found = answers(url)
    assert all(map(in_words, found.values()))
    assert {name for name in UNFOLLOWING if not found[name]["success"]} == set()
    assert found["autoencoders_rebuild"]["output"]["error"] == catalogue("en")["check.specimen"]
    found = answers(url, {"kind": "png", "src": uploads.url(uploads.saved(uploads.NOISE))})
    assert {name: one["output"] for name, one in found.items() if not in_words(one)} == {}
    assert found["autoencoders_rebuild"]["success"] and found["codebook_grids"]["success"]
    assert sum(one["success"] for one in found.values()) >= len(found) // 2
    said = complaints(serve_briefly.logs[url])
    assert all(line.startswith("failed: ") for line in said) and len(said) <= 6, said


def test_files_that_are_cut_under_the_running_app_are_told_and_the_others_are_served(
    serve_briefly, small_assets, tmp_path
):
    folder = linked(small_assets, tmp_path / "assets")
    for name in ("judge", "gan", "vqvae"):
        for file in ("model.safetensors", "features.safetensors"):
            if (folder / name / file).exists():
                put(folder / name / file, (small_assets / name / file).read_bytes())
    url = serve_briefly(folder)
    assert all(map(in_words, answers(url).values()))
    for name in ("judge", "gan", "vqvae"):
        with (folder / name / "model.safetensors").open("r+b") as file:
            file.truncate(5000)
    found = answers(url)
    assert all(map(in_words, found.values()))
    assert "The checkpoint gan is damaged" in json.dumps(found["gan_samples"]["output"])
    assert "The checkpoint vqvae is damaged" in json.dumps(found["codebook_grids"]["output"])
    assert found["autoencoders_rebuild"]["success"] and found["clip_matrix"]["success"]
    shutil.copy(small_assets / "gan" / "model.safetensors", folder / "gan" / "model.safetensors")
    (told,) = notes(answers(url)["gan_samples"])  # drawn again, but what is near them nobody knows
    assert "The checkpoint judge is damaged" in told
    shutil.copy(small_assets / "judge" / "model.safetensors", folder / "judge" / "model.safetensors")
    assert "damaged" not in json.dumps(answers(url)["gan_samples"]["output"])
