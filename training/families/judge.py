"""What the recipes of the judges share: pictures at 64 pixels and at 32 shown at 64, with names, styles and groups.

A judge measures and draws nothing, so it is shown the held-out pairs too: what it does not know it cannot find in the
pictures of others. The style that no model trains on stays unseen.
"""

import random
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from models.judge import Judge, JudgeConfig
from training.data import colours
from training.data import pictures as data
from training.loop import Descent, TrainConfig

RECOLOURED = 0.5  # share of a blind judge's pictures that are moved to another colour, where that is possible


@dataclass(frozen=True)
class Config(TrainConfig):
    model: JudgeConfig = field(default_factory=JudgeConfig)
    pictures: int = 600_000
    batch: int = 128
    lr: float = 3e-3
    weight_decay: float = 0.05
    warmup: int = 5_000
    cooldown: float = 0.4
    optimizer: str = "muon"


def tiny(config: Config) -> Config:
    """The same recipe at a size that learns a batch in seconds on one core."""
    model = replace(config.model, image_size=16, concepts=64, widths=(16, 32), features=16)
    return replace(config, model=model, pictures=512, batch=8, warmup=64, ema=64)


class ConceptLabelled(data.Batches):
    """Pictures with the indices of their concept, style and group; half of them as they are shown at half the size, a
    share of them in another colour than their own."""

    def __init__(self, recolours: float, pictures: data.Pictures, *args, **kwargs):
        super().__init__(pictures, *args, plain=0.5, **kwargs)
        self.labels = [torch.from_numpy(labels) for labels in (pictures.concept, pictures.style, pictures.group)]
        self.recolours, (self.tint, _, may) = recolours, colours.of(pictures)
        self.choices = [[colour for colour, allowed in enumerate(row) if allowed] for row in may.tolist()]

    def __call__(self, step: int) -> tuple[Tensor, ...]:
        index = self.indices(step)
        half = torch.rand(len(index), generator=self._generator(step + 2_000_003)) < 0.5
        return coarser(self.pictures(index, step), half), *(
            labels[index].to(self.rgba.device) for labels in self.labels
        )

    def tiles(self, index: Tensor, step: int) -> Tensor:
        rng = random.Random(f"{self.seed} {step}")
        choices = [self.choices[i] for i in index.tolist()]
        colour = [rng.choice(each) if each and rng.random() < self.recolours else -1 for each in choices]
        rgba = super().tiles(index, step)
        return colours.recoloured(rgba, self.tint[index].to(rgba.device), torch.tensor(colour, device=rgba.device))


def coarser(x: Tensor, which: Tensor) -> Tensor:
    """(B, 3, S, S), those marked in `which` (B,) at half the size, each pixel repeated."""
    small = F.interpolate(F.avg_pool2d(x, 2), scale_factor=2.0)
    return torch.where(which.to(x.device).view(-1, 1, 1, 1), small, x)


def setup(config: Config, device: torch.device) -> tuple[Judge, ConceptLabelled, Descent]:
    model = Judge(config.model).to(device, memory_format=torch.channels_last)
    pictures = colours.load(config.model.image_size, config.data)
    pictures = pictures.take(~pictures.unseen)
    batches = ConceptLabelled(RECOLOURED * config.model.blind, pictures, config.batch, config.seed, device)
    return model, batches, Descent(model, config, device)
