"""A picture as a place in the decoder's world: its embedding z_i and, by DDIM inversion, its noise x_T; and pictures
from there."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import torch
from torch import Tensor

from models.glide import Conditioning
from models.samplers import Noise, Sampler
from models.unclip import TextToImage
from playground.images import pictures
from playground.serving import checkpoints, unclip
from playground.serving.clip import picture_embeddings
from playground.serving.unclip import WatchedRun, draw_all

STEPS = 50  # of DDIM each way
ITERATIONS = 5  # of the fixed point
MOST = 64  # pictures whose noise is kept
# the condition (B), x_T (B, 3, S, S), η, and the noise where η is above 0
Group = tuple[Conditioning, Tensor, float, Noise | None]
_known: dict[tuple, Tensor] = {}  # the x_T (3, S, S) of pictures inverted lately, by what decides it, the oldest first


class InversionRun(WatchedRun):
    """Inverts pictures (B, 3, 64, 64), then paints the groups that `groups(noise)` makes of their x_T; `painted` has a
    tensor (B, 3, 64, 64) for each group that is finished, `small` the same as the decoder left them."""

    def __init__(
        self,
        x: Tensor,
        groups: Callable[["InversionRun"], list[Group]],
        iterations: int = ITERATIONS,
        steps: int = STEPS,
    ):
        super().__init__(self._run(groups, iterations, steps))
        self.stages: TextToImage = unclip.load_stages()
        self.x, self.z, self.x0 = x, picture_embeddings(x), pictures.shrunk(x, self.stages.decoder.config.image_size)
        self.noise: Tensor | None = None
        self.small: list[Tensor] = []
        self.painted: list[Tensor] = []

    def told(self, z: Tensor) -> Conditioning:
        """What the decoder is told by embeddings (B, E) and no caption."""
        return self.stages.told([""] * len(z), z)

    def _run(self, groups, iterations: int, steps: int) -> Sampler:
        self.noise = yield from self._inverted(iterations, steps)
        for told, x, eta, noise in groups(self):
            self.small.append((yield from self.stages.repaint(told, x, eta, noise, 1.0, steps)))
            self.painted.append((yield from self.stages.sharpen(self.small[-1], [0] * len(x))))
        return torch.cat(self.painted)

    def _inverted(self, iterations: int, steps: int) -> Sampler:
        """The coroutine of x_T (B, 3, S, S); pictures that were inverted lately ask nothing."""
        facts = iterations, steps, checkpoints.stamp("glide"), checkpoints.stamp("clip")
        keys = [(hashlib.sha256(one.numpy().tobytes()).digest(), *facts) for one in self.x]
        found = {key: _known[key] for key in keys if key in _known}
        if new := [k for k, key in enumerate(keys) if key not in found]:
            noise = yield from self.stages.invert(self.told(self.z[new]), self.x0[new], steps, iterations)
            found |= {keys[k]: one for k, one in zip(new, noise, strict=True)}
        for key, one in found.items():
            _known.pop(key, None)
            _known[key] = one
        for key in list(_known)[:-MOST]:
            del _known[key]
        return torch.stack([found[key] for key in keys])

    def now(self, counts: list[int]) -> list[list[str | None]]:
        """For groups of so many pictures what is to be seen of each by now, as data URLs."""
        found = [[pictures.data_url(one) for one in group] for group in self.painted]
        frame = self.newest.get("decoder") if self.noise is not None else None
        if frame is not None and len(found) < len(counts) and len(frame.x0) == counts[len(found)]:
            found.append([pictures.data_url(one) for one in frame.x0])
        return found + [[None] * count for count in counts[len(found) :]]


async def painted(
    visitor: str, make: Callable[[], InversionRun], show: Callable[[InversionRun], dict]
) -> AsyncIterator[dict]:
    """Yields what `show` makes of the walk as it goes on, at the end too.

    Raises:
        CheckpointError: CLIP or the decoder is not there.
    """
    run = await asyncio.to_thread(make)
    async with aclosing(draw_all(visitor, [run])) as moved:
        async for told in moved:
            yield told | await asyncio.to_thread(show, run)
    yield await asyncio.to_thread(show, run)
