"""A picture's tokens as DALL·E writes them, one after the other, and the picture of those that are there."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import torch
from torch import Tensor

from models.dalle import SampledToken
from playground.images import tokens
from playground.requests.dalle import DalleRequest, codebook, network
from playground.serving import checkpoints, device
from playground.serving.engine import Cancelled

_turns = {}  # of each visitor the number of the newest run
_count = itertools.count()  # the numbers of runs


async def write_tokens(visitor: str, request: DalleRequest) -> AsyncIterator[SampledToken]:
    """Token by token, in float32, which is faster than bfloat16 for so few rows; what the same visitor began before in
    the same panel ends.

    Raises:
        Cancelled: they began something newer.
    """
    mine = _turns[visitor] = next(_count)
    writer = network().write(
        request.tokens.expand(len(request.seeds), -1), list(request.seeds), request.choice, request.given_codes()
    )
    count = len(request.prefix) + 1  # what is given comes with the first new token
    try:
        while steps := await asyncio.to_thread(
            device.run, lambda count=count: list(itertools.islice(writer, count)), exact=True
        ):
            if _turns.get(visitor) != mine:
                raise Cancelled("The visitor began something else.")
            for step in steps:
                yield step
            count = 1
    finally:
        if _turns.get(visitor) == mine:
            del _turns[visitor]


def picture_of(codes: Tensor) -> Tensor:
    """Codes (B, n), as far as they are written → (B, 3, 64, 64); what is not written yet is the most frequent code."""
    name, model = codebook(), network()
    common = int(tokens.network(name).codebook.frequencies.argmax())
    whole = torch.full((len(codes), model.length), common)
    whole[:, : codes.shape[1]] = codes
    return tokens.decode(name, whole.unflatten(1, (model.config.grid, -1)))


def warm() -> None:
    """Loads the transformer and draws its codebook's codes."""
    if checkpoints.stamp("dalle"):
        network()
        tokens.book(codebook())
