"""The stages of DALL·E 2 as the engine knows them, and what is seen of a run through them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace

from torch import Tensor

from models.pretrained import CheckpointError
from models.samplers import Evaluation, Frame, Sampler
from models.unclip import TextToImage
from playground.serving import checkpoints, sampling

CHECKPOINTS = {
    "prior": "prior",
    "ar_prior": "ar_prior",
    "decoder": "glide",
    "fast": "glide_fast",
    "upsampler": "upsampler",
    "larger": "upsampler_128",
}  # of the stages
PLACE = {"ar_prior": "prior", "fast": "decoder", "larger": "upsampler"}  # in whose place a stage stands


def load_stages() -> TextToImage:
    """The stages whose checkpoints are there.

    Raises:
        CheckpointError: CLIP or the decoder is missing, or one cannot be read.
    """
    parts = {
        stage: sampling.model(name) if checkpoints.stamp(name) else None
        for stage, name in CHECKPOINTS.items()
        if stage != "decoder"
    }
    return TextToImage(checkpoints.load("clip"), sampling.model("glide"), **parts)


def missing() -> list[str]:
    """The checkpoints of stages that are not there."""
    return [name for name in CHECKPOINTS.values() if not checkpoints.stamp(name)]


class WatchedRun:
    """Watches a run through the stages "prior", "decoder" and "upsampler".

    Of each stage it keeps the newest frame, the seconds that the stage took so far, and the number of network calls.
    The seconds before the first call are those of "caption", which is read meanwhile.
    """

    def __init__(self, sampler: Sampler):
        self.sampler = sampler
        self.newest: dict[str, Frame] = {}
        self.seconds: dict[str, float] = {}
        self.calls: dict[str, int] = {}
        self.result: Tensor | None = None

    @property
    def stage(self) -> str:
        """The stage that was last asked."""
        return next(reversed(self.seconds), "caption")

    def watched(self, names: dict[str, str], clock: Callable[[], float] = time.monotonic) -> Sampler:
        """The run's sampler, watched; `names` are the engine's, by stage."""
        answer, stage, begun = None, "caption", {"caption": clock()}
        try:
            while True:
                item = self.sampler.send(answer)
                if isinstance(item, Evaluation):
                    self.seconds.setdefault("caption", clock() - begun["caption"])
                    stage = PLACE.get(item.of, item.of)
                    begun.setdefault(stage, clock())
                    answer = (yield replace(item, of=names[item.of])).to(item.x.device)
                    self.seconds[stage] = clock() - begun[stage]
                    self.calls[stage] = self.calls.get(stage, 0) + 1
                else:
                    self.newest[stage] = item
                    answer = yield item
        except StopIteration as end:
            self.result = end.value
            return end.value


def start(visitor: str, runs: list[WatchedRun]) -> list[sampling.Job]:
    """Begins the runs; whatever the visitor had running ends.

    Raises:
        CheckpointError: the decoder is missing.
    """
    names = stage_names()
    return sampling.start(visitor, [(CHECKPOINTS["decoder"], run.watched(names)) for run in runs])


def stage_names() -> dict[str, str]:
    """The engine's names of the stages that are there.

    Raises:
        CheckpointError: the decoder is missing.
    """
    names = {stage: sampling.ready(name) for stage, name in CHECKPOINTS.items() if name not in missing()}
    if "decoder" not in names:
        raise CheckpointError("The checkpoint glide is missing: train it or fetch the assets folder.")
    return names


async def draw_all(visitor: str, runs: list[WatchedRun], pause: float = sampling.PAUSE) -> AsyncIterator[dict]:
    """Draws several runs, all at the same time; yields the stages they are at when there is something new to see."""
    jobs = await asyncio.to_thread(start, visitor, runs)
    async with aclosing(sampling.progress(jobs, pause)) as moved:
        async for _ in moved:
            calls = sum(sum(run.calls.values()) for run in runs)
            yield {
                "note": None,
                "stage": sorted({run.stage for run in runs}),
                "doing": ["run.calls", {"n": calls}],
            }


def warm() -> None:
    """Loads the stages that are there and times them."""
    for name in CHECKPOINTS.values():
        if name not in missing():
            sampling.ready(name)
