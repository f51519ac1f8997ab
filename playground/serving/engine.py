"""Continuous batching: one thread runs the networks for the samplers of all visitors.

A sampler (see `models.samplers`) asks for evaluations. Each tick the engine collects what is asked of one network,
whatever step each visitor is at, runs it as one batch, and sends the rows back. A new visitor joins at the next tick;
one who left is dropped at the next tick, and visitors take turns. Every other tick belongs to the visitor who was
answered least, so that what has just begun is soon seen; and the thread gives way to those who wait for a small answer.
How many may join is the affair of the line (see `playground.serving.waiting_line`).

A picture depends on its sampler alone, to the bit on a CPU: packed networks answer a row the same in any company (see
`models.inference`), and what company would lengthen is not asked about together.

Whatever ends the thread, its runs are told, another thread begins, and the log says why.
"""

import itertools
import logging
import os
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import suppress

import torch
from torch import Tensor

from models.samplers import Evaluation, Sampler
from playground.serving.device import NotANumber
from playground.serving.job import Cancelled, Job

Network = Callable[[Tensor, Tensor, list], Tensor]  # x (B, …), t (B,), a condition per row → (B, …)
NICE = 5  # of the thread, beside the others'
log = logging.getLogger(__name__)


class Broken(RuntimeError):
    """The engine's thread ended in the middle of the run."""


def in_turn(jobs: Iterable[Job]) -> list[Job]:
    """The first job of every visitor, then the second of every visitor, and so on; each visitor's in their order."""
    own: dict[str, list[Job]] = {}
    for job in jobs:
        own.setdefault(job.visitor, []).append(job)
    return [job for turn in itertools.zip_longest(*own.values()) for job in turn if job is not None]


def alike(a: Job, b: Job) -> bool:
    """Whether two jobs can be asked about in one call: pictures of one size under captions of one length, or one that
    has not asked yet."""
    return a.asked is None or b.asked is None or _size(a.asked) == _size(b.asked)


def _size(asked: Evaluation) -> tuple:
    return *asked.x.shape[1:], getattr(asked.condition, "length", None)


def _give_way() -> None:
    """Of several threads that want the processor, the present one is to get less of it (Linux)."""
    if sys.platform == "linux":
        with suppress(OSError):
            usual = os.getpriority(os.PRIO_PROCESS, os.getpid())
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), usual + NICE)


class Engine:
    """`networks[name](x, t, conditions)` run in one daemon thread, `batch` rows a call."""

    def __init__(self, networks: dict[str, Network], batch: int | dict[str, int] = 16):
        self.networks = networks
        self.batch = batch if isinstance(batch, dict) else dict.fromkeys(networks, batch)
        self.jobs: deque[Job] = deque()  # waiting for the next tick
        self.flight: list[Job] = []  # in the present one
        self.changed = threading.Condition()
        self.closed = False
        self.calls, self.ticks = itertools.count(), itertools.count()
        self._begin()

    def add(self, name: str, network: Network, batch: int) -> None:
        """Makes another network known; `batch` rows a call at most."""
        with self.changed:
            self.networks[name], self.batch[name] = network, batch

    def submit(self, network: str, sampler: Sampler, visitor: str, kept: int = 1024) -> Job:
        """Begins a run.

        Raises:
            KeyError: there is no such network.
            Broken: the engine was closed.
        """
        if network not in self.networks:
            raise KeyError(f"There is no network {network!r}; there are: {', '.join(self.networks)}.")
        job = Job(network, sampler, visitor, kept)
        self.revive()
        with self.changed:
            if self.closed:
                raise Broken("The engine is closed: it takes no more runs.")
            self.jobs.append(job)
            self.changed.notify()
        return job

    def revive(self) -> None:
        """Begins another thread if the present one is dead, which none is that could still tell so."""
        if not self.closed and not self.thread.is_alive():
            self._lose(self.thread, None)

    def close(self) -> None:
        """Ends the thread; runs under way are cancelled."""
        with self.changed:
            self.closed = True
            self.changed.notify()
        self.thread.join()

    def _begin(self) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True, name="engine")
        self.thread.start()

    def _run(self) -> None:
        _give_way()
        try:
            self._work()
        except BaseException as error:  # SystemExit in a network too, and whatever else nobody thought of
            self._let_go()
            self._lose(threading.current_thread(), error)

    def _let_go(self) -> None:
        """Frees the lock as often as this thread holds it: one that is killed on the way into a `with` never leaves it
        again."""
        with suppress(RuntimeError):  # it is free, or another's
            while True:
                self.changed.release()

    def _lose(self, thread: threading.Thread, error: BaseException | None) -> None:
        """Tells the runs of a thread that ended, and begins another one."""
        with self.changed:
            if self.thread is not thread or self.closed:
                return
            lost = [job for job in dict.fromkeys((*self.flight, *self.jobs)) if not job.done.is_set()]
            self.flight = []
            self.jobs.clear()
            self._begin()
        log.critical("The engine's thread ended and lost %d runs; another one began.", len(lost), exc_info=error)
        for job in lost:
            job.fail(Broken("The engine's thread ended in the middle of the run."))

    def _work(self) -> None:
        while self._next():
            for job in self.flight:
                if job.asked is None:
                    job.advance(None)
            asking = [job for job in self.flight if job.asked is not None]  # others are done already
            self._answer([job for job in asking if job.asks == asking[0].asks and alike(job, asking[0])])
            with self.changed:
                self.jobs.extend(job for job in self.flight if not job.done.is_set())
                self.flight = []

    def _next(self) -> bool:
        """Waits for work and takes a batch off the queue into `flight`; False when the engine was closed."""
        with self.changed:
            while True:
                self._drop_cancelled()
                if self.closed:
                    for job in self.jobs:
                        job.fail(Cancelled("The engine was closed."))
                    return False
                if self.jobs:
                    self.flight = self._together(self._first())  # at no moment a job is in neither
                    self.jobs = deque(job for job in self.jobs if job not in self.flight)
                    return True
                self.changed.wait()

    def _drop_cancelled(self) -> None:
        for job in [job for job in self.jobs if job.cancelled]:
            self.jobs.remove(job)
            job.fail(Cancelled("The run was cancelled."))

    def _first(self) -> Job:
        """By turns the job that waits longest, and the first of the visitor who was answered least."""
        if next(self.ticks) % 2:
            return self.jobs[0]
        answered = Counter()
        for job in self.jobs:
            answered[job.visitor] += job.answered
        return min(self.jobs, key=lambda job: answered[job.visitor])

    def _together(self, first: Job) -> list[Job]:
        """Jobs for one call with the first: one network, one size of picture, oldest first, visitors in turn."""
        batch, rows = [first], first.rows
        others = [job for job in self.jobs if job is not first and job.asks == first.asks and alike(job, first)]
        for job in in_turn([first, *others])[1:]:
            if rows + job.rows <= self.batch[first.asks]:
                batch.append(job)
                rows += job.rows
        return batch

    def _answer(self, jobs: list[Job]) -> None:
        if not jobs:
            return
        try:
            answers = self._call(jobs)
        except Exception as error:
            if len(jobs) == 1:
                jobs[0].fail(error)
            else:  # somebody's question broke the call: each is asked alone, so that only their run fails
                for job in jobs:
                    self._answer([job])
            return
        for job, answer in zip(jobs, answers, strict=True):
            if answer.isfinite().all():
                job.advance(answer)
            else:
                job.fail(NotANumber(f"The network {job.asks} answered with something that is no number."))

    def _call(self, jobs: list[Job]) -> tuple[Tensor, ...]:
        sizes = [len(job.asked.x) for job in jobs]
        t = torch.tensor([job.asked.t for job in jobs]).repeat_interleave(torch.tensor(sizes))
        conditions = [job.asked.condition for job in jobs for _ in range(len(job.asked.x))]
        next(self.calls)
        with torch.inference_mode():
            return self.networks[jobs[0].asks](torch.cat([job.asked.x for job in jobs]), t, conditions).split(sizes)
