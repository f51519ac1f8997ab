"""What the recipes of the diffusion models share: 32×32 pictures on white, a small U-Net, a sheet of DDIM samples."""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from models.diffusion import Diffusion, DiffusionConfig
from training.data import pictures as data
from training.loop import Descent, TrainConfig


@dataclass(frozen=True)
class Config(TrainConfig):
    model: DiffusionConfig = field(default_factory=lambda: DiffusionConfig(blocks=1))
    pictures: int = 1_500_000
    batch: int = 128
    lr: float = 3e-3
    optimizer: str = "muon"
    ema: int = 20_000


def tiny(config: Config) -> Config:
    """The same recipe at a size that learns a batch in seconds on one core."""
    model = replace(config.model, image_size=16, width=16, multipliers=(1, 2), blocks=1, head=8, dropout=0.0, steps=50)
    return replace(config, model=model, pictures=512, batch=8, warmup=64, ema=64)


class ClassLabelled(data.Batches):
    """Pictures with the index of their group as class."""

    def __init__(self, pictures: data.Pictures, *args, **kwargs):
        super().__init__(pictures, *args, **kwargs)
        self.group = torch.from_numpy(pictures.group)

    def __call__(self, step: int) -> tuple[Tensor, Tensor]:
        index = self.indices(step)
        return self.pictures(index, step), self.group[index].to(self.rgba.device)


def setup(config: Config, device: torch.device) -> tuple[Diffusion, data.Batches, Descent]:
    model = Diffusion(config.model).to(device, memory_format=torch.channels_last)
    pictures = data.load(config.model.image_size, config.data).training()
    kind = ClassLabelled if config.model.classes else data.Batches
    return model, kind(pictures, config.batch, config.seed, device, plain=1.0), Descent(model, config, device)


def sheet(config: Config, model: Diffusion) -> Tensor:
    """64 samples by 25 steps of DDIM."""
    return model.sample(64, torch.Generator().manual_seed(0), steps=25)
