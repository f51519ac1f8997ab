"""One training loop for every recipe: a generator of `Progress`, checkpointed, resumable, on one process or many.

The loop knows no model. A recipe gives it (model, batches, update): `batches(step)` is the batch of a step, a function
of the step alone; `update(batch)` takes one step with its own optimisers (`update.optimizers`) and returns losses.
Random numbers inside a step are seeded by the step, so a run that was killed and resumed ends with the same weights,
to the bit, as one that was not. Under `--minutes` the schedule follows the clock, and so does the result.
"""

import math
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from models.pretrained import CheckpointError, Pretrained
from training import precision
from training.checkpoint import Checkpoint
from training.files import DataError
from training.optimizers import optimizers_for
from training.resuming import check_options, held


class ConfigError(ValueError):
    """Options that are valid one by one make no model together; the message says why."""


@dataclass(frozen=True)
class TrainConfig:
    """What every recipe can be told on the command line."""

    pictures: int = 400_000  # training pictures to see; the learning rate falls to zero with them
    batch: int = 128  # pictures a step, over all processes
    lr: float = 1e-3  # peak learning rate
    weight_decay: float = 0.01
    clip: float = 1.0  # largest norm of the gradient
    warmup: int = 10_000  # pictures until the peak
    cooldown: float = 0.0  # last share of the run, over which the rate falls in a line; 0: half a cosine over all of it
    optimizer: str = "adamw"  # "adamw", or "muon" for the matrices and AdamW for the rest
    ema: int = 20_000  # half-life of the averaged weights in pictures, shorter while the run is young
    seed: int = 0
    data: str = ""  # a folder of pictures with metadata.jsonl instead of the emoji set


@dataclass(frozen=True)
class Progress:
    """Where a run stands after a step."""

    step: int
    pictures: int
    share: float  # of the run, 0 … 1
    rate: float  # pictures a second
    seconds: float  # trained, resumed runs included
    losses: dict[str, float]
    note: str = ""  # one sentence when something happened, such as a checkpoint that could not be written

    @property
    def seconds_left(self) -> float:
        return self.seconds / self.share * (1 - self.share) if self.share else math.inf


class Descent:
    """The usual `update`: the config's optimiser on one model's loss."""

    def __init__(self, model: Pretrained, config: TrainConfig, device: torch.device, betas=(0.9, 0.99)):
        self.model, self.clip, self.device = model, config.clip, device
        precision.bf16_is_faster(device)  # timed now, before the machine is busy with the run
        self.optimizers = optimizers_for(model, config, betas)

    def __call__(self, batch: Any) -> dict[str, Tensor]:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=precision.bf16_is_faster(self.device)):
            losses = self.losses(batch)
        descend(losses["loss"], self.optimizers, self.clip)
        return losses

    def losses(self, batch: Any) -> dict[str, Tensor]:
        return self.model.loss(*batch) if isinstance(batch, tuple) else self.model.loss(batch)


def descend(loss: Tensor, optimizers: Sequence[torch.optim.Optimizer], clip: float) -> None:
    """One step down the loss: gradients averaged over the processes, then clipped."""
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    loss.backward()
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    parameters = [p for group in groups for p in group["params"] if p.grad is not None]
    if dist.is_initialized():
        _average_gradients(parameters)
    nn.utils.clip_grad_norm_(parameters, clip)
    for optimizer in optimizers:
        optimizer.step()


def _average_gradients(parameters: list[nn.Parameter]) -> None:
    """Over the processes, in one message."""
    flat = torch.cat([p.grad.flatten() for p in parameters])
    dist.all_reduce(flat)
    flat.div_(dist.get_world_size())
    for p, grad in zip(parameters, flat.split([p.numel() for p in parameters]), strict=True):
        p.grad.copy_(grad.view_as(p))  # into its memory format, which the fused step relies on


def train(
    setup: Callable,
    config: TrainConfig,
    folder: Path,
    *,
    device: torch.device,
    minutes: float | None = None,
    init: Path | None = None,
    save_every: float = 180.0,
    sheet: Callable | None = None,
) -> Iterator[Progress]:
    """Trains until `config.pictures` or for `minutes`, going on from the checkpoint in `folder` where there is one.

    What cannot be trained is refused at once, before the first step is asked for. Yields after each step. Writes a
    checkpoint every `save_every` seconds, on SIGTERM, and at the end; then the averaged weights as a model folder
    (`folder/model`).

    Raises:
        ConfigError: the config makes no model.
        FloatingPointError: the loss is no longer finite; the last checkpoint is untouched.
        DataError: the pictures cannot be had.
        CheckpointError: there is a checkpoint that cannot be resumed or that another process goes on with, or the last
            one could not be written.
    """
    with ExitStack() as stack:
        if _rank() == 0:
            stack.enter_context(held(folder))
        check_options(folder / "checkpoint.safetensors", config, init)
        torch.manual_seed(config.seed)
        model, batches, update = _set_up(setup, config, device)
        checkpoint = Checkpoint(folder, model, update.optimizers, config)
        state = checkpoint.resume(init)
        precision.FASTER.update(state.get("bf16", {}))  # a resumed run keeps the precision it began with
        state["bf16"] = dict(precision.FASTER)
        one = partial(_step, config=config, model=model, batches=batches, update=update, checkpoint=checkpoint)
        return _steps(one, Clock(config, state, minutes), checkpoint, save_every, sheet, stack.pop_all())


def _set_up(setup: Callable, config: TrainConfig, device: torch.device) -> tuple[Pretrained, Any, Any]:
    """What a recipe gives for the share of a batch that is this process's."""
    try:
        return setup(replace(config, batch=_share(config)), device)
    except (CheckpointError, DataError):
        raise
    except (ValueError, TypeError, RuntimeError, AssertionError, ArithmeticError, LookupError, MemoryError) as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
        raise ConfigError(f"These options do not fit each other: {reason}.") from error


def _steps(
    step: Callable, clock: "Clock", checkpoint: Checkpoint, save_every: float, sheet: Callable | None, stack: ExitStack
) -> Iterator[Progress]:
    with stack, stop_signal() as stopped:
        while clock.share < 1 and not stopped():
            losses = step(clock)
            note = checkpoint.save(clock.state, sheet) if clock.due(save_every) else ""
            yield clock.progress(losses, note)
        if problem := checkpoint.save(clock.state, sheet) or checkpoint.export(clock.state):
            raise CheckpointError(problem)
        yield clock.progress({}, "finished" if clock.share >= 1 else "stopped")


def _step(clock: "Clock", config: TrainConfig, model, batches, update, checkpoint) -> dict[str, float]:
    rank, world, step = _rank(), world_size(), clock.state["step"]
    torch.manual_seed((config.seed * 1_000_003 + step) * world + rank)
    set_learning_rate(update.optimizers, learning_rate(clock.share, clock.pictures, config.warmup, config.cooldown))
    model.train()
    found = update(batches(step * world + rank))
    losses = {k: float(v.detach() if isinstance(v, Tensor) else v) for k, v in found.items()}
    if not all(map(math.isfinite, losses.values())):
        raise FloatingPointError(f"The loss is no longer finite at step {step}: {losses}. Lower --lr.")
    clock.tick()
    checkpoint.average(ema_decay(config.batch, clock.pictures, config.ema))
    return losses


class Clock:
    """Counts steps and trained seconds; its `share` of the run follows the pictures and, with a budget, the time."""

    def __init__(self, config: TrainConfig, state: dict, minutes: float | None):
        self.config, self.state = config, state
        self.begun = self.saved = time.monotonic()
        self.before, self.first = state["seconds"], state["seen"]
        self.budget = self.before + minutes * 60 if minutes is not None else None
        self.share = self._share()

    @property
    def pictures(self) -> int:
        return self.state["seen"]

    def tick(self) -> None:
        self.state["step"] += 1
        self.state["seen"] += _share(self.config) * world_size()
        self.state["seconds"] = self.before + time.monotonic() - self.begun
        self.share = self._share()

    def _share(self) -> float:
        share = self.pictures / self.config.pictures
        if self.budget is not None:
            share = max(share, self.state["seconds"] / max(1e-9, self.budget))
        return agree(min(1.0, share))

    def due(self, every: float) -> bool:
        if time.monotonic() - self.saved < every:
            return False
        self.saved = time.monotonic()
        return True

    def progress(self, losses: dict[str, float], note: str) -> Progress:
        seconds = max(1e-9, self.state["seconds"] - self.before)
        rate = (self.pictures - self.first) / seconds
        return Progress(self.state["step"], self.pictures, self.share, rate, self.state["seconds"], losses, note)


def _share(config: TrainConfig) -> int:
    """Pictures a step of each process."""
    return max(1, config.batch // world_size())


def _rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def world_size() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def agree(value: float) -> float:
    """The largest of the processes' values, on every process."""
    if not dist.is_initialized():
        return value
    shared = torch.tensor([value], dtype=torch.float64, device="cuda" if dist.get_backend() == "nccl" else "cpu")
    dist.all_reduce(shared, dist.ReduceOp.MAX)
    return shared.item()


@contextmanager
def stop_signal() -> Iterator[Callable[[], bool]]:
    """A context in which SIGTERM and Ctrl-C only ask to stop: the function that it gives tells whether one came (to any
    process)."""
    came = []
    old = {s: signal.signal(s, lambda *_: came.append(1)) for s in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield lambda: agree(float(bool(came))) > 0
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def learning_rate(share: float, pictures: int, warmup: int, cooldown: float = 0.0) -> float:
    """Factor on the peak: a linear start, then half a cosine down to zero or, with `cooldown`, level and a straight
    end."""
    left = 1 - min(1.0, share)
    fall = min(1.0, left / cooldown) if cooldown else 0.5 * (1 - math.cos(math.pi * left))
    return min(1.0, (pictures + 1) / max(1, warmup)) * fall


def set_learning_rate(optimizers: list[torch.optim.Optimizer], factor: float) -> None:
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = group.setdefault("initial_lr", group["lr"]) * factor


def ema_decay(batch: int, pictures: int, half_life: int) -> float:
    """Decay per step for a half-life that grows to `half_life` with the run (Karras et al. 2022, EDM)."""
    return 0.5 ** (batch / max(1e-8, min(half_life, 0.05 * pictures)))
