"""A run goes on with the options that it was begun with, in one process at a time: real runs, real files."""

import json
import os
import shutil
import stat
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.torch import save_file

from models.pretrained import CheckpointError
from tests.helpers import (
    TINY,
    finish,
    is_one_sentence,
    picture_folder,
    same_bits,
    training,
    weights,
)
from tests.runs import refused, saved_again
from training import loop, recipes
from training.__main__ import OptionError, main, override
from training.checkpoint import training_of
from training.loop import Clock, TrainConfig
from training.resuming import flat, held


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """Two folders of pictures, a run, and a run that began with the first one's model."""
    folder = tmp_path_factory.mktemp("resuming")
    picture_folder(folder / "pictures")
    picture_folder(folder / "others", 30)
    trained(folder, "first", "--pictures=16")
    trained(folder, "second", "--pictures=16", "--init", folder / "first" / "ae" / "model")
    return folder


def ae(place: Path, runs: str, *more: object) -> list[str]:
    return [str(each) for each in ("ae", *TINY, "--data", place / "pictures", "--runs", place / runs, *more)]


def trained(place: Path, runs: str, *more: object) -> None:
    main(ae(place, runs, *more))


def about(run: Path) -> dict[str, dict]:
    with safe_open(run / "checkpoint.safetensors", "pt") as file:
        return {name: json.loads(text) for name, text in file.metadata().items()}


@pytest.mark.parametrize(
    "option, then, now",
    [
        ("--batch=16", "with --batch=8", "with --batch=16"),
        ("--lr=0.5", "with --lr=0.0008", "with --lr=0.5"),
        ("--seed=1", "with --seed=0", "with --seed=1"),
        ("--latent=9", "with --latent=8", "with --latent=9"),
        ("--widths=16,16", "with --widths=16,32", "with --widths=16,16"),
        ("--ema=3", "with --ema=20000", "with --ema=3"),
        ("--optimizer=muon", "with --optimizer=adamw", "with --optimizer=muon"),
        ("--data={place}/others", "with --data={place}/pictures", "with --data={place}/others"),
        ("--init={place}/first/ae/model", "without --init", "with --init={place}/first/ae/model"),
    ],
)
def test_another_option_beside_a_run_is_refused_with_the_difference_and_both_ways_out(place, capsys, option, then, now):
    before = (place / "first/ae/checkpoint.safetensors").read_bytes()
    option, then, now = (text.replace("{place}", str(place)) for text in (option, then, now))
    said = refused(*ae(place, "first", "--pictures=64", option))
    assert f"was begun {then}, and this call is {now}: " in said
    assert "the same options to go on" in said and "delete it" in said and "--runs to start anew" in said
    assert "%|" not in capsys.readouterr().err, "a refusal comes before the progress bar"
    assert (place / "first/ae/checkpoint.safetensors").read_bytes() == before


def test_all_differences_are_named_at_once(place):
    said = refused(*ae(place, "first", "--seed=3", "--batch=4"))
    assert "with --batch=8, with --seed=0" in said and "with --batch=4, with --seed=3" in said


def test_a_run_from_another_model_goes_on_with_the_same_init_and_with_no_other(place, tmp_path):
    shutil.copytree(place / "second", tmp_path / "second")
    model = place / "first" / "ae" / "model"
    assert "this call is without --init" in refused(*ae(place, "x", "--runs", tmp_path / "second"))
    other = shutil.copytree(model, tmp_path / "model")
    assert f"--init={other}" in refused(*ae(place, "x", "--runs", tmp_path / "second", "--init", other))
    trained(place, "x", "--runs", tmp_path / "second", "--init", f"{model.parent}/../ae/model/", "--pictures=32")
    assert about(tmp_path / "second" / "ae")["state"]["seen"] == 32


def test_a_run_may_be_made_longer_and_be_given_minutes(place, tmp_path):
    shutil.copytree(place / "first", tmp_path / "first")
    trained(place, "x", "--runs", tmp_path / "first", "--pictures=24")
    assert about(tmp_path / "first" / "ae")["state"]["seen"] == 24
    trained(place, "x", "--runs", tmp_path / "first", "--pictures=1000000000", "--minutes=0.002")
    assert about(tmp_path / "first" / "ae")["state"]["seen"] > 24


def as_before(run: Path) -> None:
    """Makes a checkpoint one of those that told neither where they began nor how many pictures they have seen."""
    told = about(run)
    del told["state"]["seen"], told["state"]["init"]
    save_file(weights(run), run / "checkpoint.safetensors", {k: json.dumps(v) for k, v in told.items()})


def test_a_checkpoint_from_before_goes_on_with_its_command_to_the_same_bits(place, tmp_path):
    for name in ("now", "before"):
        shutil.copytree(place / "second", tmp_path / name)
    as_before(tmp_path / "before" / "ae")
    for name in ("now", "before"):
        init = ("--init", place / "first" / "ae" / "model")
        trained(place, "x", "--runs", tmp_path / name, "--pictures=40", *init)
    assert same_bits(weights(tmp_path / "now" / "ae"), weights(tmp_path / "before" / "ae"))
    assert about(tmp_path / "before" / "ae")["state"]["seen"] == 40
    assert training_of(tmp_path / "before" / "ae" / "model")["pictures"] == 56
    assert "--batch=4" in refused(*ae(place, "x", "--runs", tmp_path / "before", *init, "--batch=4"))


def test_the_pictures_of_a_run_from_before_are_still_known(tmp_path):
    (tmp_path / "run.json").write_text('{"step": 3, "batch": 8, "seconds": 2.4, "pictures_before": 100}')
    assert training_of(tmp_path) == {"pictures": 124, "seconds": 2}


def test_pictures_are_counted_as_they_are_seen(monkeypatch):
    monkeypatch.setattr(loop, "world_size", lambda: 2)
    monkeypatch.setattr(loop, "agree", lambda value: value)
    clock = Clock(TrainConfig(pictures=100, batch=9), {"step": 0, "seen": 0, "seconds": 0.0}, None)
    for _ in range(3):
        clock.tick()
    assert clock.pictures == clock.state["seen"] == 24  # four of nine each, three times


def test_an_option_inside_is_hidden_by_one_outside_of_its_name():
    assert flat({"a": 1, "model": {"a": 2, "b": 3}, "other": {"b": 4, "c": 5}}) == {"a": 1, "b": 3, "c": 5}


# ---- one process at a time ------------------------------------------------------------------------------------------


def test_a_second_process_is_refused_and_a_killed_one_leaves_nothing_behind(place):
    options = ae(place, "busy", "--pictures=1000000000", "--save-every", "0.1")
    first = training(*options)
    try:
        saved_again(place / "busy" / "ae")
        said = refused(*options)
        assert "Another process trains in" in said and str(place / "busy" / "ae") in said and "--runs" in said
    finally:
        first.kill()
        first.communicate()
    seen = about(place / "busy" / "ae")["state"]["seen"]
    main([*options, "--minutes", "0.002"])
    assert about(place / "busy" / "ae")["state"]["seen"] > seen


def test_a_folder_is_held_by_one_and_free_again_after(tmp_path):
    again = pytest.raises(CheckpointError, match="Another process trains in")
    with held(tmp_path / "run"), again, held(tmp_path / "run"):
        pass
    assert not (tmp_path / "run").exists(), "nothing was written"
    with held(tmp_path / "run"):
        (tmp_path / "run" / "log.csv").write_text("")
    assert (tmp_path / "run" / "log.csv").exists()


def test_a_place_that_is_no_folder_is_one_sentence(place, tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot be made" in refused(*ae(place, "x", "--runs", tmp_path / "file"))


# ---- options in words -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "option", ["--seed=99999999999999999999", "--seed=-1", "--batch=99999999999999999999", f"--pictures={10**40}"]
)
def test_numbers_beyond_all_bounds_are_refused(option):
    said = refused("ae", option)
    assert f"{option} cannot be: give a whole number from" in said


def test_the_largest_seed_trains(place, tmp_path):
    trained(place, "x", "--runs", tmp_path, "--seed=4294967295", "--pictures=8")
    assert about(tmp_path / "ae")["config"]["seed"] == 2**32 - 1


@pytest.mark.parametrize("option", ["--widths=-8,16", "--latent=99999999999999999999", "--latent=-3", "--blocks=1"])
def test_sizes_that_no_network_has_are_one_sentence(place, option):
    assert "do not fit each other" in refused(*ae(place, "never", option))
    assert not (place / "never" / "ae").exists()


def test_a_home_is_found_in_every_path(place, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    shutil.copytree(place / "pictures", tmp_path / "mine")
    shutil.copytree(place / "first" / "ae" / "model", tmp_path / "model")
    main(["ae", *TINY, "--data=~/mine", "--runs=~/runs", "--init=~/model", "--pictures=8"])
    assert about(tmp_path / "runs" / "ae")["config"]["data"] == str(tmp_path / "mine")
    config = override(recipes.get("glide").CONFIG, ["--clip-folder=~/clip", "--table=~/t.safetensors"])
    assert (config.clip_folder, config.table) == (f"{tmp_path}/clip", f"{tmp_path}/t.safetensors")


@pytest.mark.parametrize("option", ["--data", "--runs", "--init"])
def test_nobodys_home_is_one_sentence(place, option):
    said = refused("ae", *TINY, "--data", place / "pictures", "--runs", place / "x", f"{option}=~nobody-here/x")
    assert "nobody here is called so" in said


def test_yes_and_no_are_true_and_false():
    glide = recipes.get("glide").CONFIG
    assert glide.model.imagines and not override(glide, ["--imagines=false"]).model.imagines
    assert override(glide, ["--imagines=True"]).model.imagines
    with pytest.raises(OptionError, match="--imagines=no is not of type bool"):
        override(glide, ["--imagines=no"])


SMALL_GLIDE = ("--image-size=16", "--width=16", "--head=8", "--vocab=600", "--batch=8", "--device", "cpu")


def test_a_decoder_that_is_held_still_without_a_clip_is_one_sentence(place):
    glide = ("glide", *SMALL_GLIDE, "--data", place / "pictures", "--runs", place / "never")
    assert "--still needs --clip-folder" in refused(*glide, "--still=assets/glide", "--clip-folder=")


def test_a_model_to_start_from_that_is_missing_or_damaged_is_one_sentence(place, tmp_path):
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "config.json").write_text("{")
    words = (
        "--data",
        place / "pictures",
        "--runs",
        tmp_path,
        "--image-size=16",
        "--width=16",
        "--head=8",
        "--vocab=600",
    )
    assert "nothing is missing" in refused("glide", *words, "--init", tmp_path / "nothing")
    assert "half is damaged" in refused("glide", *words, "--init", tmp_path / "half")


# ---- what is written and read ---------------------------------------------------------------------------------------


def test_everything_that_a_run_writes_is_readable_for_others(place, tmp_path):
    finish(training(*ae(place, "x", "--runs", tmp_path, "--pictures=16"), before=lambda: os.umask(0o022)))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"checkpoint.safetensors", "model.safetensors", "config.json", "run.json"} <= {path.name for path in files}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o644}


def test_a_run_reads_and_writes_utf_8_whatever_the_locale(place, tmp_path, monkeypatch):
    for name, value in {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}.items():
        monkeypatch.setenv(name, value)
    folder = picture_folder(tmp_path / "pictures", 12)
    rows = [{"file_name": f"{i}.png", "text": [f"图片 {i}", "un café"]} for i in range(12)]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / "metadata.jsonl").write_text(text, encoding="utf-8-sig")
    small = [f"--{name}={value}" for name, value in SMALL_CLIP.items()]
    finish(training("clip", *small, "--data", folder, "--runs", tmp_path / "runs", "--pictures=16", "--device", "cpu"))
    assert about(tmp_path / "runs" / "clip")["state"]["seen"] == 16
    code = "from training.data.pictures import load; print(len(load(32)) > 1000)"
    assert finish(training(start=("-c", code))).strip() == "True"


SMALL_CLIP = {
    "image_size": 16,
    "patch": 4,
    "width": 32,
    "layers": 1,
    "heads": 2,
    "vocab": 600,
    "context": 16,
    "text_width": 32,
    "text_layers": 1,
    "text_heads": 2,
    "embedding": 16,
    "batch": 8,
}


def test_one_sentence_is_all_that_a_refused_process_prints():
    process = training("ae", "--data", "/nowhere")
    printed, _ = process.communicate(timeout=120)
    assert process.returncode == 1 and is_one_sentence(printed) and "metadata.jsonl is missing" in printed
