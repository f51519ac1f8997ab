"""DALL·E 2's upsampler (Ramesh et al. 2022, §2.1): a diffusion model of large pictures that sees the small one.

The small picture, brought to the large one's size, joins x_t at the stem, and the network adds to it. It reads no
caption and has no attention, so it takes pictures of any size. In training the small picture is blurred now and then
and always rounded to 8 bits, because a picture that the decoder drew is less clean than a real one (Saharia et al.
2022, SR3).
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from models.diffusion import Diffusion, DiffusionConfig
from models.samplers import Noise, Sampler, ddim, denoiser, run, spacing, stacked
from models.unet import UNet


@dataclass(frozen=True)
class UpsamplerConfig(DiffusionConfig):
    image_size: int = 64  # pixels a side of the large picture
    patch: int = 4  # pixels a side that the stem turns into channels
    attention: tuple[int, ...] = ()  # nowhere
    schedule: str = "cosine"  # "linear" or "cosine"
    predicts: str = "x0"  # what the network gives
    v_cap: float = 6.0  # the loss of v, its weight on x̂_0 (SNR + 1) capped at this; 0: none
    times: int = 2  # the large side over the small one
    blurred: float = 0.5  # share of small pictures that are blurred in training
    blur: float = 0.6  # σ of that blur, in small pixels


class Upsampler(Diffusion):
    """A diffusion model of large pictures (B, 3, S, S), conditioned on the small ones (B, 3, s, s)."""

    def __init__(self, config: UpsamplerConfig):
        super().__init__(config)
        self.network = UNet(config, inputs=6)

    def forward(self, x: Tensor, t: Tensor, small: Tensor) -> Tensor:
        """(B, 3, S, S) at original steps t (B,) → x̂_0 (B, 3, S, S)."""
        near = F.interpolate(small, scale_factor=self.config.times, mode="bilinear")
        return near + self.network(torch.cat([x, near.to(x.dtype)], 1), t)

    def collate(self, conditions: list[Tensor]) -> Tensor:
        """Small pictures (1, 3, s, s), or (n, 3, s, s) n times in a row → (B, 3, s, s)."""
        return stacked(conditions).to(self.device)

    def longest(self) -> Tensor:
        side = self.config.image_size // self.config.times
        return torch.zeros(1, 3, side, side)

    def _withheld(self, small: Tensor) -> Tensor:
        return small

    def loss(self, x0: Tensor) -> dict[str, Tensor]:
        """The objective of the config for large pictures (B, 3, S, S), each under its own small one."""
        return super().loss(x0, self.small(x0, torch.rand(len(x0)) < self.config.blurred * self.training))

    def small(self, x0: Tensor, blurred: Tensor) -> Tensor:
        """(B, 3, S, S) → (B, 3, s, s) of 8 bits; those marked in `blurred` (B,) are less sharp."""
        small = F.avg_pool2d(x0, self.config.times)
        return quantised(torch.where(blurred.to(x0.device).view(-1, 1, 1, 1), soft(small, self.config.blur), small))

    def sharpen(self, small: Tensor, noise: Noise, steps: int = 4) -> Sampler:
        """The coroutine that draws the large pictures (B, 3, S, S) of small ones (B, 3, s, s) by DDIM."""
        small = quantised(small)
        process = self.process.respaced(spacing(len(self.process), min(steps, len(self.process))))
        x = noise(3, *(side * self.config.times for side in small.shape[2:])).to(small.device)
        return (yield from ddim(denoiser(self, small), process, x)).clamp(-1, 1)

    @torch.inference_mode()
    def sample(self, small: Tensor, seeds: list[int] | None = None, steps: int = 4) -> Tensor:
        """(B, 3, S, S) of (B, 3, s, s), row i from its own seed."""
        return run(self.sharpen(small, Noise(seeds or list(range(len(small)))), steps), self)


def quantised(x: Tensor) -> Tensor:
    """Rounds to the nearest of 256 values from −1 to 1."""
    return ((x.clamp(-1, 1) + 1) * 127.5).round() / 127.5 - 1


def soft(x: Tensor, sigma: float) -> Tensor:
    """A Gaussian blur of 3×3."""
    side = torch.exp(torch.tensor(-0.5 / sigma**2))
    line = torch.stack([side, torch.ones(()), side]) / (1 + 2 * side)
    kernel = (line[:, None] * line).to(x).expand(x.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), kernel, groups=x.shape[1])
