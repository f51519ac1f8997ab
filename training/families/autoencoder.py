"""What the recipes of the autoencoders share: pictures in, one optimiser, a sheet of pictures, reconstructions and
draws."""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from models.autoencoder import AE, DAE, VAE, AEConfig, BetaLadder, BetaLadderConfig, DAEConfig, VAEConfig
from training.data import pictures as data
from training.loop import Descent, TrainConfig

MODELS = {AEConfig: AE, DAEConfig: DAE, VAEConfig: VAE, BetaLadderConfig: BetaLadder}


@dataclass(frozen=True)
class Config(TrainConfig):
    model: AEConfig = field(default_factory=AEConfig)
    batch: int = 32  # many small steps: where pictures are few, they count more than quiet gradients
    lr: float = 8e-4


def tiny(config: Config) -> Config:
    """The same recipe at a size that learns a batch in seconds on one core."""
    model = replace(
        config.model,
        image_size=16,
        patch=2,
        widths=(16, 32),
        blocks=(1, 1),
        latent=min(config.model.latent, 16),
        hidden=min(config.model.hidden, 32),
    )
    return replace(config, model=model, pictures=512, batch=8, warmup=64, ema=64)


def setup(config: Config, device: torch.device) -> tuple[AE, data.Batches, Descent]:
    model = MODELS[type(config.model)](config.model).to(device, memory_format=torch.channels_last)
    pictures = data.load(config.model.image_size, config.data).training()
    return model, data.Batches(pictures, config.batch, config.seed, device), Descent(model, config, device)


def sheet(config: Config, model: AE) -> Tensor:
    """16 held-out pictures (of a small folder that has none, training ones), what the model makes of them, 32 draws."""
    pictures = data.load(config.model.image_size, config.data)
    x = pictures.validation() if len(pictures.validation()) else pictures.training()
    x = x.take(torch.randperm(len(x))[:16].numpy()).on().to(model.device)
    if isinstance(model, BetaLadder):
        return torch.cat([x, *(torch.cat([rung.reconstruct(x), rung.sample(16)]) for rung in model.rungs)])
    return torch.cat([x, model.reconstruct(x), model.sample(32)])
