"""The film of a run: what is kept of its steps to be looked at, scrubbed through, and forked."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass

import torch
from torch import Tensor

from models.samplers import Frame, Sampler
from playground import drawing, pictures, runtime
from playground.diffusion.run import Run

MOMENTS, ROOM = 30, 40  # steps kept of a film; films remembered
_kept: dict[tuple[Run, str], "Film"] = {}


@dataclass(frozen=True)
class Moment:
    """One step of a film: number i of the process, the network's own step t, and (3, S, S) pictures in half precision."""

    i: int
    t: int
    x: Tensor
    x0: Tensor
    eps: Tensor


class Film:
    """Watches a run and keeps up to MOMENTS of its steps, the first and the last among them, and the picture."""

    def __init__(self, run: Run, steps: int | None = None):
        self.run, self.moments, self.picture = run, [], None
        count = run.steps if steps is None else steps
        self.wanted = set(torch.linspace(0, count - 1, min(count, MOMENTS)).round().long().tolist())
        self.newest: Frame | None = None

    def shoot(self, sampler: Sampler) -> Sampler:
        """The same sampler, filmed."""
        answer = None
        try:
            while True:
                item = sampler.send(answer)
                if isinstance(item, Frame):
                    self.newest = item
                    if item.i in self.wanted:
                        self.moments.append(Moment(item.i, item.t, *(part[0].half() for part in (item.x, item.x0, item.eps))))
                answer = yield item
        except StopIteration as end:
            self.picture = end.value[0].float().clamp(-1, 1)
            return end.value

    def strip(self) -> str:
        """Three rows of squares (x_t, x̂_0, ε̂ / 3), a column per moment and one for the picture, as a data URL."""
        rows = [[m.x for m in self.moments] + [self.picture], [m.x0 for m in self.moments] + [self.picture],
                [m.eps / 3 for m in [*self.moments, self.moments[-1]]]]  # fmt: skip
        return pictures.data_url(torch.cat([torch.cat([part.float() for part in row], 2) for row in rows], 1))

    def shown(self, title=None) -> dict:
        """What the film widget is given."""
        return {"title": title, "src": self.strip(), "t": [m.t for m in self.moments], "i": [m.i for m in self.moments]}

    def preview(self) -> dict | None:
        """The newest step: {"x", "x0", "eps", "step", "of", "t"}."""
        frame = self.newest
        if frame is None:
            return None
        urls = {"x": frame.x[0], "x0": frame.x0[0], "eps": frame.eps[0] / 3}
        return {k: pictures.data_url(v) for k, v in urls.items()} | {"step": self.run.steps - frame.i, "of": self.run.steps, "t": frame.t}


async def roll(visitor: str, films: list[Film], begin: Callable[[Film], Sampler] = lambda film: film.run.begin(),
               pause: float = drawing.PAUSE) -> AsyncIterator[None]:
    """Draws the films' runs, all at the same time; yields when there is something new to see."""
    jobs = await asyncio.to_thread(drawing.start, visitor, [(film.run.model, film.shoot(begin(film))) for film in films])
    async with aclosing(drawing.progress(jobs, pause)) as moved:
        async for _ in moved:
            yield


def keep(film: Film) -> None:
    """Remembers a film for whoever forks it; the oldest of ROOM is forgotten."""
    _kept[film.run, runtime.stamp(film.run.model)] = film
    while len(_kept) > ROOM:
        _kept.pop(next(iter(_kept)), None)


def kept(run: Run) -> Film | None:
    """The film of a run on the present weights, if it is remembered."""
    return _kept.get((run, runtime.stamp(run.model)))
