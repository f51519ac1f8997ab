"""Attempts: one system at one question, with its picture so far, the seconds that it took, and how often it asked a
network."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Protocol

from torch import Tensor

from models.samplers import Evaluation, Frame, Sampler
from playground.serving import checkpoints, sampling

PAUSE = 0.25  # seconds between two previews


class Attempt(Protocol):
    picture: Tensor | None  # (1, 3, S, S) in [-1, 1], as far as it is
    seconds: float
    calls: int

    def draw(self, visitor: str) -> AsyncIterator[None]:
        """Draws; yields when there is something new to see."""


class AtOnce:
    """A picture that is there after a few milliseconds; the checkpoint is loaded before the clock runs."""

    def __init__(self, checkpoint: str, make: Callable[[], Tensor], calls: int = 1):
        checkpoints.load(checkpoint)
        self.make, self.calls = make, calls
        self.picture, self.seconds = None, 0.0

    async def draw(self, visitor: str) -> AsyncIterator[None]:
        begun = time.monotonic()
        self.picture = await asyncio.to_thread(self.make)
        self.seconds = time.monotonic() - begun
        yield


class Sampled:
    """A run of the engine on the network of that name. `now` tells its picture where its frames do not."""

    def __init__(self, network: str, sampler: Sampler, now: Callable[[], Tensor | None] | None = None):
        self.network, self.sampler, self.now = network, sampler, now
        self.picture, self.seconds, self.calls = None, 0.0, 0

    async def draw(self, visitor: str) -> AsyncIterator[None]:
        jobs = await asyncio.to_thread(sampling.start, visitor, [(self.network, self._watched())])
        begun = time.monotonic()
        async with aclosing(sampling.progress(jobs, PAUSE)) as moved:
            async for _ in moved:
                self.seconds = time.monotonic() - begun
                await self._look()
                yield
        self.seconds = time.monotonic() - begun
        await self._look()  # the last steps come after the last preview

    async def _look(self) -> None:
        if self.now is not None:
            self.picture = await asyncio.to_thread(self.now)

    def _watched(self) -> Sampler:
        answer = None
        try:
            while True:
                item = self.sampler.send(answer)
                self.calls += isinstance(item, Evaluation)
                if isinstance(item, Frame) and item.x0.ndim == 4:
                    self.picture = item.x0.float().clamp(-1, 1)[:1]
                answer = yield item
        except StopIteration as end:
            if self.now is None:
                self.picture = end.value.float().clamp(-1, 1)[:1]
            return end.value
