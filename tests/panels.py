"""What a panel answers, read back: the values of a stream, the pictures in them."""

import torch

from playground.images import pictures
from tests.helpers import awaited


def values(generator) -> list[dict]:
    """Everything that a panel yields."""

    async def collect():
        return [value async for value in generator]

    return awaited(collect())


def last(generator) -> dict:
    return values(generator)[-1]


def shown(src: str) -> torch.Tensor:
    return pictures.to_tensor(pictures.open_safely(pictures.unpack(src)))[0]


def final(film: dict) -> torch.Tensor:
    """(3, S, S): the picture at the end of a film."""
    strip = shown(film["src"])
    side = strip.shape[1] // 3
    return strip[:, :side, -side:]
