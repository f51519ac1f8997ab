"""What the recipes of the vector-quantised autoencoders share: pictures in, one optimiser."""

from dataclasses import dataclass, field, replace

import torch

from models.vqvae import VQVAE, VQVAEConfig
from training.data import pictures as data
from training.families import autoencoder
from training.loop import Descent


@dataclass(frozen=True)
class Config(autoencoder.Config):
    model: VQVAEConfig = field(default_factory=VQVAEConfig)


def tiny(config: Config) -> Config:
    """The same recipe at a size that learns a batch in seconds on one core."""
    levels = len(config.model.widths)
    model = replace(
        config.model, image_size=16, codes=32, width=8, patch=2, widths=(16, 32)[:levels], blocks=(1, 1)[:levels]
    )
    return replace(config, model=model, pictures=512, batch=8, warmup=64, ema=64)


def setup(config: Config, device: torch.device) -> tuple[VQVAE, data.Batches, Descent]:
    model = VQVAE(config.model).to(device, memory_format=torch.channels_last)
    pictures = data.load(config.model.image_size, config.data).training()
    return model, data.Batches(pictures, config.batch, config.seed, device), Descent(model, config, device)
