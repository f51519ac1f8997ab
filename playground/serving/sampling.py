"""The one engine of the app, and what goes through it: runs of diffusion networks, many visitors' at a time.

jobs = sampling.start(visitor, [(name, sampler), …])     # an earlier start of the same visitor ends
async for _ in sampling.progress(jobs): …                # at most ten times a second; leaving it early ends them
"""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import cache

import torch
from torch import Tensor

from models.pretrained import CheckpointError, Pretrained
from models.samplers import Sampler
from playground.serving import checkpoints, device
from playground.serving.device import NotANumber
from playground.serving.engine import Engine, Network
from playground.serving.job import Cancelled, Job
from playground.serving.validation import Refused
from playground.serving.waiting_line import LINE

PAUSE = 0.1  # seconds between two previews
WAIT = 1.0  # seconds between two looks at runs that do not move
AT_EASE = 4  # visitors up to whom each gets all previews; more of them share as many
log = logging.getLogger(__name__)
_running: dict[str, list[Job]] = {}
_lock = threading.Lock()
_timing = threading.Lock()
_making = threading.Lock()


def engine() -> Engine:
    """The one engine, however many visitors are the first."""
    with _making:
        return _engine()


@cache
def _engine() -> Engine:
    return Engine({})


def model(name: str) -> Pretrained:
    """The checkpoint of that name, ready for the engine: packed for bfloat16 where that is faster, else for float32.

    Raises:
        CheckpointError: it cannot be loaded.
    """
    dtype = torch.bfloat16 if device.half_is_faster() else torch.float32
    return checkpoints.load(name, lambda loaded: loaded.packed(dtype))


def start(visitor: str, runs: list[tuple[str, Sampler]]) -> list[Job]:
    """Begins the samplers, each on a network that is `known`, or on that of a checkpoint; whatever the visitor had
    running ends.

    Raises:
        Cancelled: the visitor's place in the line is no longer theirs.
    """
    stop(visitor)
    jobs = []
    for name, sampler in runs:
        network = name if name in engine().networks else ready(name)
        jobs.append(engine().submit(network, sampler, visitor, kept=1))
    with _lock:
        _running[visitor] = jobs
    if place := LINE.of(visitor):
        place.at_end.append(lambda: stop(visitor))
        if place.gone:
            stop(visitor)
            raise Cancelled("The visitor began something else.")
    return jobs


def stop(visitor: str) -> None:
    """Frees the slots of a visitor's runs within one step."""
    with _lock:
        jobs = _running.pop(visitor, [])
    for job in jobs:
        job.cancel()


async def progress(jobs: list[Job], pause: float = PAUSE) -> AsyncIterator[int]:
    """Yields after steps, at most once in `pause` seconds, until all are done: how many are done.

    In a crowd the pauses are longer: drawing goes before showing.

    Raises:
        Cancelled: the visitor began something else.
        Refused: a run failed; the log tells why.
    """
    loop, moved, finished = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    for job in jobs:
        job.listen(lambda: loop.call_soon_threadsafe(_tell, jobs, moved, finished))
    _tell(jobs, moved, finished)
    try:
        while True:  # once at least: a run may be over before the event loop comes to it
            await _either(moved, WAIT)
            moved.clear()
            engine().revive()
            if jobs and (place := LINE.of(jobs[0].visitor)):
                place.check()
            yield sum(job.done.is_set() for job in jobs)
            await _either(finished, pause * max(1, len(_running) / AT_EASE))
            if finished.is_set():
                break
        for job in jobs:
            if job.error is not None:
                raise _in_words(job, job.error)
    finally:
        for job in jobs:
            job.cancel()
        with _lock:
            if jobs and _running.get(jobs[0].visitor) is jobs:
                del _running[jobs[0].visitor]


def _in_words(job: Job, error: BaseException) -> BaseException:
    """What went wrong in a run, as the visitor is told."""
    if isinstance(error, NotANumber):
        log.error("%s", error)
        return Refused("failed.nan")
    if isinstance(error, (Cancelled, CheckpointError, Refused)):
        return error
    log.error("A run of the network %s failed.", job.network, exc_info=error)
    return Refused("failed.run")


def _tell(jobs: list[Job], moved: asyncio.Event, finished: asyncio.Event) -> None:
    if any(job.frames for job in jobs) or all(job.done.is_set() for job in jobs):
        moved.set()
    if all(job.done.is_set() for job in jobs) or any(job.error for job in jobs):
        finished.set()


async def _either(event: asyncio.Event, pause: float) -> None:
    """Waits for the event or the pause, whichever is shorter."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), pause)


def ready(name: str) -> str:
    """The engine's name for a checkpoint; loaded, timed and made known at the first call, and anew when its file
    changed."""
    loaded = model(name)

    def call(x: Tensor, t: Tensor, conditions: list) -> Tensor:
        network = model(name)  # not held: it may be let go between two calls
        return device.run(network, x, t, network.collate(conditions), waits=False)

    precision = "bfloat16" if device.half_is_faster() else "float32"
    return known(f"{name} {precision}", name, lambda: (call, _rows(loaded)))


def known(what: str, checkpoint: str, make: Callable[[], tuple[Network, int]]) -> str:
    """The engine's name for a network of a checkpoint; made once, (network, rows a call), and anew when the file
    changed."""
    name = f"{what} {checkpoints.stamp(checkpoint)}"
    with _timing:
        if name not in engine().networks:
            engine().add(name, *make())
    return name


def _rows(loaded: Pretrained) -> int:
    """How many rows a call takes, from a throughput curve measured now."""
    probes = {}

    def call(count: int) -> Tensor:
        if count not in probes:
            with torch.inference_mode():
                probes[count] = loaded.probe(count)
        return device.run(loaded, *probes[count])

    return device.best_batch(call)
