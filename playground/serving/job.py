"""One visitor's run while the engine has it: the question it asks next, what it has told, and its end."""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from models.samplers import Evaluation, Sampler


class Cancelled(RuntimeError):
    """The visitor left before the picture was finished."""


@dataclass(eq=False)
class Job:
    """One visitor's run: at most `kept` frames, or what else it tells on its way, wait to be seen; older ones give
    way."""

    network: str
    sampler: Sampler
    visitor: str
    kept: int
    asked: Evaluation | None = None
    answered: int = 0  # questions
    frames: deque[Any] = field(default_factory=deque)
    picture: Tensor | None = None
    error: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)
    cancelled: bool = False
    _wake: list[Callable[[], None]] = field(default_factory=list)

    @property
    def asks(self) -> str:
        """Which network the next question is for: the run's own, or a guide."""
        return self.asked.of if self.asked is not None and self.asked.of else self.network

    @property
    def rows(self) -> int:
        """Of the next question; a run that has not begun counts as one."""
        return 1 if self.asked is None else len(self.asked.x)

    def cancel(self) -> None:
        """Frees the slot within one tick."""
        self.cancelled = True

    def listen(self, wake: Callable[[], None]) -> None:
        """Calls wake() from the engine's thread after every step, and at the end."""
        self._wake.append(wake)

    def result(self, timeout: float | None = None) -> Tensor:
        """Waits for the picture (B, 3, S, S) up to `timeout` seconds; raises what went wrong in this run, and only in
        this one."""
        if not self.done.wait(timeout):
            raise TimeoutError("The picture is not finished yet.")
        if self.error:
            raise self.error
        return self.picture

    async def watch(self) -> AsyncIterator[Any]:
        """Frames as they come, at most the newest `kept`; ends with the run. Leaving the loop early cancels it."""
        loop, moved = asyncio.get_running_loop(), asyncio.Event()
        self.listen(lambda: loop.call_soon_threadsafe(moved.set))
        try:
            while True:
                finished = self.done.is_set()
                while self.frames:
                    yield self.frames.popleft()
                if finished:
                    return
                await moved.wait()
                moved.clear()
        finally:
            self._wake.clear()
            self.cancel()

    def advance(self, answer: Tensor | None) -> None:
        """Sends the network's answer (B, …), a row for each of the question's, and runs the sampler up to its next
        question or its end."""
        try:
            item, self.answered = self.sampler.send(answer), self.answered + 1
            while not isinstance(item, Evaluation):
                self.frames.append(item)
                if len(self.frames) > self.kept:
                    self.frames.popleft()
                item = self.sampler.send(None)
            self.asked = item
        except StopIteration as end:
            self._finish(picture=end.value)
        except Exception as error:  # whatever a sampler does wrong is its own visitor's affair
            self._finish(error=error)
        self._tell()

    def fail(self, error: BaseException) -> None:
        """Ends the run with an error, which whoever waits for the picture is told."""
        with contextlib.suppress(Exception):  # whatever a sampler does when it is closed, its visitor is told
            self.sampler.close()
        self._finish(error=error)
        self._tell()

    def _finish(self, picture: Tensor | None = None, error: BaseException | None = None) -> None:
        self.asked, self.picture, self.error = None, picture, error
        self.done.set()

    def _tell(self) -> None:
        for wake in list(self._wake):
            try:
                wake()
            except RuntimeError:  # the visitor's event loop is closed: they are gone
                self.cancel()
