"""The training loop's schedule, average and guard, by arithmetic that can be done by hand."""

import itertools
import math
import signal
import time
from dataclasses import dataclass, replace

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from models.pretrained import Pretrained
from tests.helpers import weights
from tests.runs import ae, place, refused  # noqa: F401 - place is a fixture
from training.__main__ import main
from training.checkpoint import training_of
from training.loop import TrainConfig, ema_decay, learning_rate, train

CPU = torch.device("cpu")


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
    assert learning_rate(1.0, 10**6, 100) == pytest.approx(0, abs=1e-12)
    assert learning_rate(0.5, 10**6, 0) == pytest.approx(0.5)


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
    begun = time.monotonic()
    for runs in (1, 2):
        *_, end = train(counting([]), config, tmp_path, device=CPU, minutes=0.2 / 60)
        assert end.share == 1
        assert 0.2 * runs * 0.9 < end.seconds <= time.monotonic() - begun


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
    (tmp_path / "checkpoint.safetensors.partial").write_bytes(b"half a che")
    *_, end = train(counting([]), replace(CONFIG, pictures=500), tmp_path, device=CPU)
    assert end.pictures == 500 and not (tmp_path / "checkpoint.safetensors.partial").exists()


def test_a_run_from_anothers_weights_counts_the_pictures_that_those_have_seen(place):
    main([str(o) for o in ae(place, "first", "--pictures=80")])
    main([str(o) for o in ae(place, "second", "--pictures=40", "--init", place / "first" / "ae" / "model")])
    assert training_of(place / "second" / "ae" / "model")["pictures"] == 120
