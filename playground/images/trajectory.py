"""The trajectory of a sampler: what is kept of its steps, so that a visitor can look at them, scrub and fork."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from models.process import Process
from models.samplers import Evaluation, Frame, Sampler
from playground.images import pictures
from playground.serving import checkpoints, sampling

MOMENTS = 30  # steps kept of a trajectory
MOST = 40  # trajectories remembered
_remembered: dict[tuple["Request", str], "Trajectory"] = {}


class Request(Protocol):
    """What is watched: hashable, and equal to another one that makes the same picture."""

    @property
    def model(self) -> str:
        """The checkpoint that draws."""

    @property
    def steps(self) -> int:
        """How many of them."""

    def begin(self) -> Sampler:
        """The sampler from pure noise."""


@dataclass(frozen=True)
class Moment:
    """One step of a trajectory: number i of the process, the network's own step t, and (3, S, S) pictures in half
    precision."""

    i: int
    t: int
    x: Tensor
    x0: Tensor
    eps: Tensor


class Trajectory:
    """Watches a sampler and keeps up to MOMENTS of its steps (of its first row), the first and the last among them, and
    the pictures."""

    def __init__(self, request: Request, sampler: Sampler | None = None):
        self.request, self.sampler = request, sampler or request.begin()
        self.wanted = set(torch.linspace(0, request.steps - 1, min(request.steps, MOMENTS)).round().long().tolist())
        self.moments: list[Moment] = []
        self.newest: Frame | None = None
        self.pictures: Tensor | None = None  # (B, 3, S, S)

    def watched(self) -> Sampler:
        """The request's sampler; what it yields is kept on the way."""
        answer = None
        try:
            while True:
                item = self.sampler.send(answer)
                if isinstance(item, Frame):
                    self.newest = item
                    if item.i in self.wanted:
                        self.moments.append(
                            Moment(item.i, item.t, *(part[0].half() for part in (item.x, item.x0, item.eps)))
                        )
                answer = yield item
        except StopIteration as end:
            self.pictures = end.value.float().clamp(-1, 1)
            return end.value

    def keep_questions(self, process: Process) -> dict[int, Evaluation]:
        """The first question to the network in each of the kept steps of a process, by t, filled while the trajectory
        is drawn: asked the same again, the network is the same inside."""
        times, kept = {int(process.timesteps[i]) for i in self.wanted}, {}

        def hear(question: Evaluation, _answer: Tensor) -> None:
            if question.t in times:
                kept.setdefault(question.t, question)

        self.sampler = overheard(self.sampler, hear)
        return kept

    def strip(self) -> str:
        """Three rows of squares (x_t, x̂_0, ε̂ / 3), a column per moment and one for the picture, as a data URL."""
        last = Moment(0, 0, self.pictures[0], self.pictures[0], self.moments[-1].eps)
        columns = [torch.cat([m.x, m.x0, m.eps / 3], 1).float() for m in (*self.moments, last)]
        return pictures.data_url(torch.cat(columns, 2))

    def shown(self, title=None) -> dict:
        """What the film widget shows: three rows of squares as one picture, and the steps."""
        steps = self.request.steps
        at = {"t": [m.t for m in self.moments], "step": [steps - m.i for m in self.moments], "of": steps}
        return {"title": title, "src": self.strip()} | at

    def now(self, k: int = 0) -> str | None:
        """Picture k, or what the network expects so far, as a data URL."""
        x = self.pictures if self.pictures is not None else self.newest and self.newest.x0
        return None if x is None else pictures.data_url(x[k])

    def away(self, x: Tensor, k: int = 0) -> list:
        """The number under finished picture k: its root mean square distance to x (3, S, S)."""
        return [] if self.pictures is None else [["number.rms", f"{(self.pictures[k] - x).square().mean().sqrt():.2f}"]]

    @property
    def steps_done(self) -> int:
        """How many steps of the request lie behind."""
        return self.request.steps - self.newest.i if self.newest else 0

    def preview(self) -> dict | None:
        """The newest step: {"x", "x0", "eps", "step", "of", "t"}."""
        frame = self.newest
        if frame is None:
            return None
        urls = {"x": frame.x[0], "x0": frame.x0[0], "eps": frame.eps[0] / 3}
        return {k: pictures.data_url(v) for k, v in urls.items()} | {
            "step": self.steps_done,
            "of": self.request.steps,
            "t": frame.t,
        }


def overheard(sampler: Sampler, hear: Callable[[Evaluation, Tensor], None]) -> Sampler:
    """The sampler, and every one of its questions told with the answer."""
    answer = None
    try:
        while True:
            item = sampler.send(answer)
            answer = yield item
            if isinstance(item, Evaluation):
                hear(item, answer)
    except StopIteration as end:
        return end.value


async def draw_all(visitor: str, trajectories: list[Trajectory], pause: float = sampling.PAUSE) -> AsyncIterator[dict]:
    """Draws several requests, all at the same time; yields when there is something new to see."""
    jobs = await asyncio.to_thread(
        sampling.start, visitor, [(one.request.model, one.watched()) for one in trajectories]
    )
    async with aclosing(sampling.progress(jobs, pause)) as moved:
        async for _ in moved:
            done = sum(one.steps_done for one in trajectories)
            yield {
                "note": None,
                "doing": ["run.steps", {"k": done, "of": sum(one.request.steps for one in trajectories)}],
            }


def remember(one: Trajectory) -> None:
    """Remembers a trajectory for whoever forks it; of more than MOST the oldest is forgotten."""
    _remembered[one.request, checkpoints.stamp(one.request.model)] = one
    while len(_remembered) > MOST:
        _remembered.pop(next(iter(_remembered)), None)


def remembered(request: Request) -> Trajectory | None:
    """The trajectory of a request on the present weights, if it is remembered."""
    return _remembered.get((request, checkpoints.stamp(request.model)))
