"""What the recipes of the upsamplers share: their options, a sheet, and how sharp the pictures are that they draw."""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from models.upsampler import Upsampler, UpsamplerConfig
from training.data import pictures as data
from training.evaluation.metrics import psnr
from training.loop import TrainConfig

SHOWN = 16  # pictures on the sheet
STEPS = (1, 2, 4, 8)  # of DDIM
PART = 256  # pictures at a time


@dataclass(frozen=True)
class Config(TrainConfig):
    model: UpsamplerConfig = field(default_factory=lambda: UpsamplerConfig(multipliers=(1, 2), blocks=1))
    pictures: int = 1_000_000
    batch: int = 32
    lr: float = 5e-4
    ema: int = 50_000


@torch.no_grad()
def sheet(config: Config, model: Upsampler) -> Tensor:
    """For held-out pictures the small one enlarged, the picture that is drawn of it, and the large one, in turn."""
    pictures = data.load(config.model.image_size, config.data)
    x = (pictures.take(pictures.held_out) if pictures.held_out.any() else pictures).on()[:SHOWN].to(model.device)
    small = model.small(x, torch.zeros(len(x), dtype=torch.bool))
    return torch.stack([F.interpolate(small, x.shape[-1]), model.sample(small), x], 1).flatten(0, 1)


@torch.inference_mode()
def sharpness(model: Upsampler, x: Tensor) -> tuple[dict[str, float], dict[int | str, Tensor]]:
    """For large pictures (N, 3, S, S): the PSNR in dB of pictures that are drawn of their small ones in some steps, and
    of bilinear enlargement; and the pictures, by number of steps and as "bilinear"."""
    small = model.small(x, torch.zeros(len(x), dtype=torch.bool))
    drawn: dict[int | str, Tensor] = {
        steps: torch.cat(
            [
                model.sample(part, list(range(i, i + len(part))), steps)
                for i, part in zip(range(0, len(x), PART), small.split(PART), strict=True)
            ]
        )
        for steps in STEPS
    }
    drawn["bilinear"] = F.interpolate(small, scale_factor=model.config.times, mode="bilinear")
    return {f"psnr_{way}": psnr(x, y) for way, y in drawn.items()}, drawn
