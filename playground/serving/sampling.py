"""The one engine of the app, and what goes through it: runs of diffusion networks, many visitors' at a time.

jobs = sampling.start(visitor, [(name, sampler), …])     # an earlier start of the same visitor ends
async for _ in sampling.progress(jobs): …                # at most ten times a second; leaving it early frees the slots
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import cache

import torch
from torch import Tensor

from models.pretrained import Pretrained
from models.samplers import Sampler
from playground.serving import checkpoints, device
from playground.serving.engine import Busy, Engine, Job, Network, best_batch
from playground.serving.validation import Refused

LIMIT = 64  # pictures that are drawn at the same time
LINE = 136  # pictures that may wait
PAUSE = 0.1  # seconds between two previews
WAIT = 1.0  # seconds between two looks at a line that does not move
AT_EASE = 4  # visitors up to whom each gets all previews; more of them share as many
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
    return Engine({}, limit=LIMIT, line=LINE)


def model(name: str) -> Pretrained:
    """The checkpoint of that name, ready for the engine: packed for bfloat16 where that is faster.

    Raises:
        CheckpointError: it cannot be loaded.
    """
    return checkpoints.load(name, lambda loaded: loaded.packed() if device.half_is_faster() else loaded)


def start(visitor: str, runs: list[tuple[str, Sampler]]) -> list[Job]:
    """Begins the samplers, each on the network of a checkpoint; whatever the visitor had running ends.

    Raises:
        Refused: the line is full; tells the place.
    """
    stop(visitor)
    jobs: list[Job] = []
    try:
        for name, sampler in runs:
            jobs.append(engine().submit(ready(name), sampler, visitor, kept=1))
    except Busy as busy:
        for job in jobs:
            job.cancel()
        raise Refused("busy", place=busy.place) from None
    with _lock:
        _running[visitor] = jobs
    return jobs


def stop(visitor: str) -> None:
    """Frees the slots of a visitor's runs within one step."""
    with _lock:
        jobs = _running.pop(visitor, [])
    for job in jobs:
        job.cancel()


async def progress(jobs: list[Job], pause: float = PAUSE) -> AsyncIterator[int]:
    """Yields after steps, at most once in `pause` seconds, until all are done: the last one's place in the line, or 0.

    In a crowd the pauses are longer: drawing goes before showing.

    Raises:
        Cancelled: the visitor began something else.
    """
    loop, moved, finished = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    for job in jobs:
        job.listen(lambda: loop.call_soon_threadsafe(_tell, jobs, moved, finished))
    _tell(jobs, moved, finished)
    try:
        while True:  # once at least: a run may be over before the event loop comes to it
            await _either(moved, WAIT)
            moved.clear()
            yield max(map(engine().place, jobs), default=0)
            await _either(finished, pause * max(1, len(_running) / AT_EASE))
            if finished.is_set():
                break
        for job in jobs:
            job.result()
    finally:
        for job in jobs:
            job.cancel()
        with _lock:
            if jobs and _running.get(jobs[0].visitor) is jobs:
                del _running[jobs[0].visitor]


def _tell(jobs: list[Job], moved: asyncio.Event, finished: asyncio.Event) -> None:
    if any(job.frames for job in jobs) or all(job.done.is_set() for job in jobs):
        moved.set()
    if all(job.done.is_set() for job in jobs):
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
        return device.run(loaded, x, t, loaded.collate(conditions))

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

    return best_batch(call)
