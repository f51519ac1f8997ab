"""A picture's tokens as DALL·E writes them, one after the other, and the picture of those that are there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import torch
from torch import Tensor

from models.dalle import SampledToken
from models.samplers import Evaluation
from models.transformer import Past
from playground.images import tokens
from playground.requests.dalle import DalleRequest, codebook, network
from playground.serving import checkpoints, device, sampling

ROWS = 64  # of a call: four runs of eight pictures under guidance


class Writing:
    """A run of the writer: what of its pictures is written so far."""

    def __init__(self, request: DalleRequest):
        self.request = request
        self.steps: list[SampledToken] = []

    @property
    def codes(self) -> Tensor:
        """(B, n)"""
        codes = [step.code for step in self.steps]
        return torch.stack(codes, 1) if codes else self.request.given_codes()[:, :0]

    @property
    def begun(self) -> bool:
        """Whether there is more than what was given."""
        return len(self.steps) > len(self.request.prefix)

    def watched(self) -> sampling.Sampler:
        """The run for the engine; what it writes is kept on the way."""
        request, answer = self.request, None
        captions = request.tokens.expand(len(request.seeds), -1)
        writer = network().writing(captions, list(request.seeds), request.choice, request.given_codes())
        try:
            while True:
                item = writer.send(answer)
                if not isinstance(item, Evaluation):
                    self.steps.append(item)
                answer = yield item
        except StopIteration as end:
            return end.value


async def write_all(visitor: str, run: Writing, pause: float = sampling.PAUSE) -> AsyncIterator[dict]:
    """Writes, together with all other visitors'; yields when there is something new to see.

    Raises:
        Cancelled: the visitor began something newer.
    """
    jobs = await asyncio.to_thread(lambda: sampling.start(visitor, [(writer(), run.watched())]))
    async with aclosing(sampling.progress(jobs, pause)) as moved:
        async for _ in moved:
            if run.begun:
                yield {"doing": ["run.tokens", {"k": run.codes.shape[1], "of": network().length}]}


def writer() -> str:
    """The engine's name for the transformer, which runs in float32."""
    return sampling.known("writer", "dalle", lambda: (_read, ROWS))


def _read(x: Tensor, t: Tensor, pasts: list[list[Past]]) -> Tensor:
    return device.run(network().read, x, t, pasts, exact=True, waits=False)


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
        writer()
        tokens.book(codebook())
