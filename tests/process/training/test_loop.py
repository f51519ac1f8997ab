"""The training loop as its user meets it: real processes that are killed, stopped, starved and misused."""

import csv
import json
import math
import resource
import shutil
import signal
from pathlib import Path

import pytest
from PIL import Image

from models.autoencoder import AE
from tests.helpers import finish, is_one_sentence, same_bits, training, weights
from tests.runs import ae, pictures_seen, place, refused, saved_again  # noqa: F401 - place is a fixture
from training.__main__ import main


@pytest.fixture(scope="module")
def stopped(place) -> Path:
    """A run that SIGTERM stopped early."""
    process = training(*ae(place, "stopped", "--pictures=3200"))
    saved_again(place / "stopped" / "ae")
    process.send_signal(signal.SIGTERM)
    finish(process)
    return place / "stopped" / "ae"


def gone_on(place: Path, runs: str, pictures: str):
    """A run goes on to that many pictures, in this process."""
    main([str(option) for option in ae(place, runs, pictures)])


@pytest.fixture(scope="module")
def whole(place, stopped) -> Path:
    """The same run, gone on to its end without another stop."""
    shutil.copytree(stopped, place / "whole" / "ae")
    gone_on(place, "whole", "--pictures=3200")
    return place / "whole" / "ae"


# ---- processes that end before their time ---------------------------------------------------------------------------


def test_sigterm_writes_a_checkpoint_and_a_model_and_ends_well(stopped):
    assert 0 < pictures_seen(stopped) < 3200
    assert AE.from_pretrained(stopped / "model").config.latent == 8
    assert not list(stopped.glob("*.partial"))


def test_a_killed_run_ends_with_the_same_bits_as_one_that_was_not(place, stopped, whole):
    run = place / "killed" / "ae"
    shutil.copytree(stopped, run)
    since = (run / "checkpoint.safetensors").stat().st_mtime_ns
    process = training(*ae(place, "killed", "--pictures=3200"))
    saved_again(run, since)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL and pictures_seen(stopped) < pictures_seen(run) < 3200
    gone_on(place, "killed", "--pictures=3200")
    assert pictures_seen(run) == pictures_seen(whole) == 3200
    assert same_bits(weights(run), weights(whole))
    assert (run / "model" / "model.safetensors").read_bytes() == (whole / "model" / "model.safetensors").read_bytes()


def test_a_run_leaves_a_log_a_sheet_and_a_model(whole):
    header, *rows = csv.reader((whole / "log.csv").read_text().splitlines())
    assert header == ["step", "pictures", "seconds", "rate", "loss"] and rows
    assert all(math.isfinite(float(value)) for row in rows for value in row)
    with Image.open(whole / "sheet.png") as sheet:
        assert sheet.width == 16 * 16 and sheet.height % 16 == 0
    assert json.loads((whole / "model" / "run.json").read_text())["pictures"] == 3200


def test_a_full_disk_is_one_sentence_and_the_run_goes_on_and_its_last_checkpoint_stands(place, whole):
    run = place / "full" / "ae"
    shutil.copytree(whole, run)
    (run / "log.csv").unlink()
    (run / "log.csv").symlink_to("/dev/full")
    before = (run / "checkpoint.safetensors").read_bytes()
    small = len(before) // 2
    starved = training(
        *ae(place, "full", "--pictures=4800"), before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (small, small))
    )
    printed, _ = starved.communicate(timeout=600)
    assert starved.returncode == 1, printed
    told = [line for line in printed.replace("\r", "\n").splitlines() if "could not be written" in line]
    assert len([line for line in told if "checkpoint" in line]) >= 2 and any("log.csv" in line for line in told)
    assert all(is_one_sentence(line) for line in told) and "Traceback" not in printed
    assert (run / "checkpoint.safetensors").read_bytes() == before and not list(run.glob("*.partial"))
    gone_on(place, "full", "--pictures=4800")
    assert pictures_seen(run) == 4800


# ---- two processes --------------------------------------------------------------------------------------------------

TOGETHER = """
import sys
from dataclasses import replace
from pathlib import Path
import torch
import torch.distributed as dist
from training import precision, recipes
from training.loop import learning_rate, train

dist.init_process_group("gloo")
recipe, cpu = recipes.get("ae"), torch.device("cpu")
config = replace(recipe.TINY, data=sys.argv[1], pictures=48, warmup=1)
sizes, models = [], []

def setup(config, device):
    model, batches, update = recipe.setup(config, device)
    models.append(model)
    return model, lambda step: sizes.append(len(batches(step))) or batches(step), update

precision.FASTER["cpu"] = False  # float32: what is compared is arithmetic, not rounding
for progress in train(setup, config, Path(sys.argv[2]), device=cpu):
    pass
assert sizes == [4] * 6, sizes  # 48 pictures in 6 steps of 8, half each
mine = torch.cat([p.detach().flatten() for p in models[0].parameters()])
all_of_them = [torch.empty_like(mine) for _ in range(2)]
dist.all_gather(all_of_them, mine)
assert all_of_them[0].equal(all_of_them[1])

# One process that takes both halves' gradients, with the plain, unfused optimiser.
torch.manual_seed(config.seed)
model, batches, update = recipe.setup(replace(config, batch=4), cpu)
groups = [{"params": g["params"], "weight_decay": g["weight_decay"]} for g in update.optimizers[0].param_groups]
optimizer = torch.optim.AdamW(groups, config.lr, (0.9, 0.99), foreach=False)
model.train()
for step in range(6):
    for group in optimizer.param_groups:
        group["lr"] = config.lr * learning_rate(step / 6, step * 8, 1)
    optimizer.zero_grad()
    for rank in range(2):
        (model.loss(batches(step * 2 + rank))["loss"] / 2).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip)
    optimizer.step()
alone = torch.cat([p.detach().flatten() for p in model.parameters()])
torch.testing.assert_close(mine, alone, atol=2e-5, rtol=1e-3)
dist.destroy_process_group()
"""


def together(*command: str | Path) -> str:
    return finish(training("--standalone", "--nproc_per_node=2", *command, start=("-m", "torch.distributed.run")))


def test_two_processes_keep_the_same_weights_which_are_those_of_one_with_both_halves_of_the_batch(place):
    script = place / "together.py"
    script.write_text(TOGETHER)
    together(script, place / "pictures", place / "together")


def test_torchrun_trains_a_recipe_to_its_end_and_one_process_goes_on_from_there(place):
    together("-m", "training", *ae(place, "two", "--pictures=160"))
    assert pictures_seen(place / "two" / "ae") == 160
    gone_on(place, "two", "--pictures=240")
    assert pictures_seen(place / "two" / "ae") == 240


# ---- the shell ------------------------------------------------------------------------------------------------------


def test_the_shell_sees_a_sentence_and_a_failure():
    process = training("ae", "--lattent=8")
    printed, _ = process.communicate(timeout=600)
    assert process.returncode not in (0, None)
    assert "Traceback" not in printed
    assert is_one_sentence(printed.strip().splitlines()[-1])


# ---- checkpoints that cannot be resumed -----------------------------------------------------------------------------


@pytest.fixture
def copy(place, whole, tmp_path) -> Path:
    shutil.copytree(whole, tmp_path / "ae")
    return tmp_path


def test_a_checkpoint_of_other_sizes_is_one_sentence_and_is_left_alone(place, copy):
    before = (copy / "ae" / "checkpoint.safetensors").read_bytes()
    said = refused(*ae(place, "x"), "--runs", copy, "--latent=9")
    assert "checkpoint.safetensors was begun with --latent=8, and this call is with --latent=9" in said
    assert (copy / "ae" / "checkpoint.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    "damage",
    [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"\x80\x04" + b[2:], lambda b: b[:4]],
    ids=["half", "empty", "pickle", "header"],
)
def test_a_damaged_checkpoint_is_one_sentence(place, copy, damage):
    file = copy / "ae" / "checkpoint.safetensors"
    file.write_bytes(damage(file.read_bytes()))
    assert "is damaged" in refused(*ae(place, "x"), "--runs", copy)


def test_a_safetensors_file_that_is_no_checkpoint_is_one_sentence(place, copy):
    shutil.copy(copy / "ae" / "model" / "model.safetensors", copy / "ae" / "checkpoint.safetensors")
    refused(*ae(place, "x"), "--runs", copy)


def test_init_goes_on_from_a_model_folder(place, whole, tmp_path):
    main([str(o) for o in [*ae(place, "x"), "--runs", tmp_path, "--init", whole / "model", "--lr=0", "--pictures=16"]])
    start, end = AE.from_pretrained(whole / "model"), weights(tmp_path / "ae")
    for name, value in start.named_parameters():
        assert value.equal(end[f"model/{name}"]), name


def test_init_does_not_overwrite_a_run_that_has_begun(place, whole, stopped, copy):
    before = weights(copy / "ae")
    assert "was begun without --init" in refused(*ae(place, "x"), "--runs", copy, "--init", stopped / "model")
    assert same_bits(before, weights(copy / "ae"))


def test_init_from_nothing_or_from_other_sizes_is_one_sentence(place, whole, tmp_path):
    assert "missing" in refused(*ae(place, "x"), "--runs", tmp_path, "--init", tmp_path / "nothing")
    assert "other sizes" in refused(*ae(place, "x"), "--runs", tmp_path, "--init", whole / "model", "--latent=9")


# ---- all recipes ----------------------------------------------------------------------------------------------------

RECIPE = """
import time
from dataclasses import replace
from models.autoencoder import AE, AEConfig
from training.families import autoencoder

MODEL, CONFIG = AE, replace(autoencoder.tiny(autoencoder.Config(model=AEConfig())), pictures=10**9)
TINY = CONFIG

def setup(config, device):
    time.sleep({pause})
    return autoencoder.setup(config, device)
"""
ALL = (
    "import sys; from training import recipes; recipes.__path__ = [sys.argv.pop(1)]; "
    "from training.__main__ import main; main()"
)


def own_recipes(folder: Path, **pauses: float) -> Path:
    """A folder of small recipes that would train for ever; each takes a while to set up."""
    folder.mkdir()
    for name, pause in pauses.items():
        (folder / f"{name}.py").write_text(RECIPE.format(pause=pause))
    return folder


def test_all_shares_the_minutes_and_picks_up_where_it_stopped(place, tmp_path):
    start = ("-c", ALL, own_recipes(tmp_path / "recipes", one=0, two=0, three=0))
    options = ("all", "--data", place / "pictures", "--runs", tmp_path / "runs", "--minutes", "0.06", "--device", "cpu")
    finish(training(*options, start=start))
    first = {run.name: pictures_seen(run) for run in (tmp_path / "runs").iterdir()}
    assert set(first) == {"one", "two", "three"}
    spent = [json.loads((tmp_path / "runs" / name / "model" / "run.json").read_text())["seconds"] for name in first]
    assert sum(spent) < 12 and min(spent) > 0  # 3.6 seconds in all, but for the last step of each
    finish(training(*options, start=start))
    gained = [pictures_seen(tmp_path / "runs" / name) - seen for name, seen in first.items()]
    assert min(gained) >= 0 and max(gained) > 0  # on a busy machine the last one's share may be gone


def test_a_recipe_whose_time_is_gone_before_it_begins_takes_one_step_and_ends(place, tmp_path):
    start = ("-c", ALL, own_recipes(tmp_path / "recipes", a_slow=2.0, b_late=0, c_later=0))
    finish(
        training(
            "all",
            "--data",
            place / "pictures",
            "--runs",
            tmp_path / "runs",
            "--minutes",
            "0.02",
            "--device",
            "cpu",
            start=start,
        )
    )
    assert pictures_seen(tmp_path / "runs" / "b_late") == pictures_seen(tmp_path / "runs" / "c_later") == 8


def test_a_stop_ends_all_recipes_and_not_only_the_present_one(place, tmp_path):
    process = training(
        "all",
        "--data",
        place / "pictures",
        "--runs",
        tmp_path / "runs",
        "--save-every",
        "0.1",
        "--device",
        "cpu",
        start=("-c", ALL, own_recipes(tmp_path / "recipes", one=0, two=0)),
    )
    saved_again(tmp_path / "runs" / "one")
    process.send_signal(signal.SIGTERM)
    finish(process)
    assert [run.name for run in (tmp_path / "runs").iterdir()] == ["one"]
