"""What the recipes of the upsamplers share: their options and a sheet."""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from models.upsampler import Upsampler, UpsamplerConfig
from training.data import pictures as data
from training.loop import TrainConfig

SHOWN = 16  # pictures on the sheet


@dataclass(frozen=True)
class Config(TrainConfig):
    model: UpsamplerConfig = field(default_factory=lambda: UpsamplerConfig(multipliers=(1, 2), blocks=1))
    pictures: int = 1_000_000
    batch: int = 128
    lr: float = 3e-3
    warmup: int = 5_000
    cooldown: float = 0.4
    optimizer: str = "muon"
    ema: int = 20_000


@torch.no_grad()
def sheet(config: Config, model: Upsampler) -> Tensor:
    """For held-out pictures the small one enlarged, the picture that is drawn of it, and the large one, in turn."""
    pictures = data.load(config.model.image_size, config.data)
    x = (pictures.take(pictures.held_out) if pictures.held_out.any() else pictures).on()[:SHOWN].to(model.device)
    small = model.small(x, torch.zeros(len(x), dtype=torch.bool))
    return torch.stack([F.interpolate(small, x.shape[-1]), model.sample(small), x], 1).flatten(0, 1)
