"""The training loop as its user meets it: real processes that are killed, stopped, starved and misused."""

import csv
import itertools
import json
import math
import resource
import shutil
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import nn
from torch.testing import assert_close

from models.autoencoder import AE
from models.pretrained import Pretrained
from tests.helpers import (
    TINY,
    finish,
    is_one_sentence,
    one_thread,  # noqa: F401 - a fixture
    picture_folder,
    same_bits,
    training,
    weights,
)
from training import recipes
from training.__main__ import main, override
from training.checkpoint import training_of
from training.loop import TrainConfig, ema_decay, learning_rate, train

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    picture_folder(folder / "pictures")
    return folder


def ae(place: Path, runs: str, *more: str) -> list:
    return ["ae", *TINY, "--data", place / "pictures", "--runs", place / runs, "--save-every", "0.1", *more]


def saved_again(run: Path, since: int = 0) -> None:
    """Waits until the run has written a checkpoint after `since` (nanoseconds)."""
    deadline = time.monotonic() + 60
    while not (file := run / "checkpoint.safetensors").exists() or file.stat().st_mtime_ns <= since:
        assert time.monotonic() < deadline, "no checkpoint came"
        time.sleep(0.01)


def pictures_seen(run: Path) -> int:
    from safetensors import safe_open

    with safe_open(run / "checkpoint.safetensors", "pt") as file:
        return json.loads(file.metadata()["state"])["step"] * 8


@pytest.fixture(scope="module")
def stopped(place) -> Path:
    """A run that SIGTERM stopped early."""
    process = training(*ae(place, "stopped", "--pictures=3200"))
    saved_again(place / "stopped" / "ae")
    process.send_signal(signal.SIGTERM)
    finish(process)
    return place / "stopped" / "ae"


@pytest.fixture(scope="module")
def whole(place, stopped) -> Path:
    """The same run, gone on to its end without another stop."""
    shutil.copytree(stopped, place / "whole" / "ae")
    finish(training(*ae(place, "whole", "--pictures=3200")))
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
    finish(training(*ae(place, "killed", "--pictures=3200")))
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
    printed, _ = starved.communicate(timeout=120)
    assert starved.returncode == 1, printed
    told = [line for line in printed.replace("\r", "\n").splitlines() if "could not be written" in line]
    assert len([line for line in told if "checkpoint" in line]) >= 2 and any("log.csv" in line for line in told)
    assert all(is_one_sentence(line) for line in told) and "Traceback" not in printed
    assert (run / "checkpoint.safetensors").read_bytes() == before and not list(run.glob("*.partial"))
    finish(training(*ae(place, "full", "--pictures=4800")))
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
    main([str(o) for o in ae(place, "two", "--pictures=240")])
    assert pictures_seen(place / "two" / "ae") == 240


# ---- options --------------------------------------------------------------------------------------------------------


def refused(*options: object) -> str:
    with pytest.raises(SystemExit) as stop:
        main([str(option) for option in options])
    assert isinstance(stop.value.code, str) and is_one_sentence(stop.value.code), stop.value.code
    return stop.value.code


@pytest.mark.parametrize("option", ["--lattent=8", "--model=8", "--Batch=8", "--=3", "--lr-rate=1"])
def test_an_unknown_option_lists_the_valid_ones(place, option):
    said = refused("ae", option, "--runs", place / "never")
    for valid in ("--pictures", "--batch", "--lr", "--latent", "--image_size"):
        assert valid in said
    assert not (place / "never").exists()


@pytest.mark.parametrize(
    "option", ["--batch=many", "--batch=8.5", "--batch=", "--lr=fast", "--widths=16,wide", "--widths="]
)
def test_a_value_of_the_wrong_type_is_named_with_an_example(place, option):
    said = refused("ae", option, "--runs", place / "never")
    assert option in said and "such as" in said


@pytest.mark.parametrize("options", [["--batch"], ["--batch", "8"], ["8"], ["-x"]])
def test_an_option_without_a_value_is_not_swallowed(place, options):
    refused("ae", *options, "--runs", place / "never")


@pytest.mark.parametrize("option", ["--batch=0", "--batch=-4", "--pictures=0"])
def test_no_pictures_at_all_are_refused(place, option):
    assert option in refused("ae", option, "--runs", place / "never")


@pytest.mark.parametrize("options", [["--widths=16,32"], ["--image_size=50"]])
def test_sizes_that_do_not_fit_each_other_are_refused(place, options):
    assert "do not fit each other" in refused("ae", *options, "--data", place / "pictures", "--runs", place / "never")


@pytest.mark.parametrize("minutes", ["0", "-3", "nan", "inf"])
def test_a_time_that_is_none_is_refused(place, minutes):
    assert "--minutes" in refused("ae", f"--minutes={minutes}", "--runs", place / "never")


@pytest.mark.parametrize(
    "device", ["tpu", pytest.param("cuda", marks=pytest.mark.skipif(torch.cuda.is_available(), reason="has one"))]
)
def test_a_device_that_is_not_there_is_refused(place, device):
    assert "--device" in refused("ae", f"--device={device}", "--runs", place / "never")


def test_an_unknown_recipe_lists_the_known_ones():
    said = refused("diffuse")
    assert all(name in said for name in recipes.names())


def test_pictures_that_are_not_there_are_named(place):
    assert "metadata.jsonl is missing" in refused("ae", "--data", place / "nowhere", "--runs", place / "never")


@pytest.mark.parametrize(
    "options",
    [["ae", "--lattent=8"], ["diffuse"], ["ae", "--batch=many"], ["ae", "--data", "/nowhere"]],
    ids=lambda o: o[-1],
)
def test_the_shell_sees_a_sentence_and_a_failure(options):
    process = training(*options)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode not in (0, None) and "Traceback" not in printed
    assert is_one_sentence(printed.strip().splitlines()[-1])


def test_options_reach_the_recipe_and_the_model_inside_it():
    config = override(
        recipes.get("ae").CONFIG, ["--batch=7", "--image-size=32", "--widths=8,16", "--lr=0.5", "--data=a=b"]
    )
    assert (config.batch, config.lr, config.data) == (7, 0.5, "a=b")
    assert (config.model.image_size, config.model.widths) == (32, (8, 16))


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


# ---- the schedule, the average, the guard ---------------------------------------------------------------------------


@dataclass(frozen=True)
class CountConfig:
    start: float = 0.0  # where it begins


class Count(Pretrained):
    """One number, for arithmetic that can be done by hand."""

    def __init__(self, config: CountConfig):
        super().__init__(config)
        self.value = nn.Parameter(torch.tensor([config.start]))


class Counting:
    """Adds one a step; keeps the learning rates it was given; goes wrong at a step if told so."""

    def __init__(self, model: Count, wrong: int | None = None):
        self.model, self.wrong, self.rates, self.steps = model, wrong, [], 0
        self.optimizers = [torch.optim.SGD(model.parameters(), lr=0.5)]

    def __call__(self, batch: int) -> dict[str, float]:
        self.rates.append(self.optimizers[0].param_groups[0]["lr"])
        self.model.value.data += 1
        return {"loss": math.nan if batch == self.wrong else 0.0}


def counting(seen: list, wrong: int | None = None):
    def setup(config, device):
        model = Count(CountConfig())
        seen.append(Counting(model, wrong))
        return model, lambda step: step, seen[-1]

    return setup


CONFIG = TrainConfig(pictures=400, batch=10, warmup=100, ema=15)


def test_the_average_has_its_closed_form(tmp_path):
    list(train(counting([]), CONFIG, tmp_path, device=CPU))
    decays = [0.5 ** (10 / min(15, 0.05 * 10 * n)) for n in range(1, 41)]
    shares = [(1 - d) * math.prod(decays[i + 1 :]) for i, d in enumerate(decays)]
    expected = sum(
        share * n for share, n in zip(shares, range(1, 41), strict=False)
    )  # from 0, whose share adds nothing
    assert weights(tmp_path)["ema/value"].item() == pytest.approx(expected, rel=1e-5)
    assert Count.from_pretrained(tmp_path / "model").value.item() == pytest.approx(expected, rel=1e-3)


def test_the_half_life_of_the_average_grows_with_the_run_up_to_its_limit():
    assert ema_decay(10, 10, 10**6) == pytest.approx(0.5 ** (10 / 0.5))
    assert ema_decay(128, 4_000_000, 20_000) ** (20_000 / 128) == pytest.approx(0.5)
    decays = [ema_decay(128, n, 20_000) for n in range(128, 500_000, 128)]
    assert decays == sorted(decays)
    assert ema_decay(1, 1, 0) == 0  # no average at all


def test_the_learning_rate_rises_in_a_line_and_falls_in_half_a_cosine_to_zero(tmp_path):
    seen = []
    list(train(counting(seen), CONFIG, tmp_path, device=CPU))
    by_hand = [0.5 * min(1, (10 * n + 1) / 100) * (1 + math.cos(math.pi * n / 40)) / 2 for n in range(40)]
    assert_close(torch.tensor(seen[0].rates), torch.tensor(by_hand))
    assert learning_rate(1.0, 10**6, 100) == pytest.approx(0, abs=1e-12) and learning_rate(
        0.5, 10**6, 0
    ) == pytest.approx(0.5)


def test_the_learning_rate_goes_on_where_a_stopped_run_left_it(tmp_path):
    whole, parts = [], []
    list(train(counting(whole), CONFIG, tmp_path / "whole", device=CPU))
    steps = train(counting(parts), CONFIG, tmp_path / "parts", device=CPU, save_every=0)
    list(itertools.islice(steps, 17))
    steps.close()
    list(train(counting(parts), CONFIG, tmp_path / "parts", device=CPU))
    assert parts[0].rates + parts[1].rates == whole[0].rates


def test_progress_counts_steps_pictures_and_share(tmp_path):
    *steps, end = train(counting([]), CONFIG, tmp_path, device=CPU)
    assert [(p.step, p.pictures) for p in steps] == [(n, 10 * n) for n in range(1, 41)]
    assert [p.share for p in steps] == pytest.approx([n / 40 for n in range(1, 41)])
    assert all(p.rate > 0 and p.seconds_left >= 0 for p in steps) and end.seconds_left == 0


def test_a_budget_of_time_ends_the_run_and_is_added_to_what_was_spent(tmp_path):
    config = replace(CONFIG, pictures=10**9)
    for runs in (1, 2):
        begun = time.monotonic()
        *_, end = train(counting([]), config, tmp_path, device=CPU, minutes=0.2 / 60)
        assert end.share == 1 and time.monotonic() - begun < 5
        assert 0.2 * runs * 0.9 < end.seconds < 5


def test_a_loss_that_is_no_number_stops_the_run_and_leaves_the_checkpoint(tmp_path):
    steps = train(counting([], wrong=7), CONFIG, tmp_path, device=CPU, save_every=0)
    with pytest.raises(FloatingPointError, match="no longer finite at step 7.*Lower --lr"):
        list(steps)
    assert weights(tmp_path)["model/value"].item() == 7


def test_a_loss_that_is_no_number_is_one_sentence_at_the_command_line(place, tmp_path):
    assert "no longer finite" in refused(
        *ae(place, "x", "--pictures=800", "--lr=1e30", "--clip=1e30"), "--runs", tmp_path
    )


def test_signals_are_answered_as_before_once_the_run_is_over(tmp_path):
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    list(train(counting([]), CONFIG, tmp_path, device=CPU))
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_a_checkpoint_cut_off_in_the_middle_of_writing_does_not_matter(tmp_path):
    list(train(counting([]), CONFIG, tmp_path, device=CPU))
    (tmp_path / "checkpoint.partial").write_bytes(b"half a che")
    *_, end = train(counting([]), replace(CONFIG, pictures=500), tmp_path, device=CPU)
    assert end.pictures == 500 and not (tmp_path / "checkpoint.partial").exists()


def test_a_run_from_anothers_weights_counts_the_pictures_that_those_have_seen(place):
    finish(training(*ae(place, "first", "--pictures=80")))
    finish(training(*ae(place, "second", "--pictures=40", "--init", place / "first" / "ae" / "model")))
    assert training_of(place / "second" / "ae" / "model")["pictures"] == 120
