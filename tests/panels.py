"""What a panel answers, read back: the values of a stream, the pictures in them."""

import time

import torch

from playground.images import pictures, uploads
from playground.serving import checkpoints, sampling
from tests.helpers import awaited


def values(generator) -> list[dict]:
    """Everything that a panel yields."""

    async def collect():
        return [value async for value in generator]

    return awaited(collect())


def last(generator) -> dict:
    return values(generator)[-1]


def shown(src: str) -> torch.Tensor:
    return pictures.to_tensor(uploads.open_safely(uploads.unpack(src)))[0]


def final(film: dict) -> torch.Tensor:
    """(3, S, S): the picture at the end of a film."""
    strip = shown(film["src"])
    side = strip.shape[1] // 3
    return strip[:, :side, -side:]


def calls_until_idle() -> int:
    """How many networks the engine still asks before it has nothing to do."""
    engine = sampling.engine()
    before = next(engine.calls)
    while engine.jobs or engine.flight:
        time.sleep(0.01)
    return next(engine.calls) - before - 1


def forget_checkpoints() -> None:
    """Drops every loaded checkpoint, as if the app had just begun."""
    checkpoints._models.clear()
    checkpoints._held.clear()
