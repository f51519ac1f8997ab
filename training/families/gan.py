"""What the recipes of the adversarial networks share: pictures on white, a step of each player in turn, a sheet of
samples."""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from models.gan import GAN, GANConfig
from training import precision
from training.data import pictures as data
from training.loop import TrainConfig, descend, world_size


@dataclass(frozen=True)
class Config(TrainConfig):
    model: GANConfig = field(default_factory=GANConfig)
    pictures: int = 1_000_000
    batch: int = 32
    lr: float = 3e-4
    weight_decay: float = 0.0
    clip: float = 10.0
    ema: int = 20_000


def tiny(config: Config) -> Config:
    """The same recipe at a size that learns a batch in seconds on one core."""
    model = replace(
        config.model,
        image_size=16,
        latent=16,
        style=16 if config.model.style else 0,
        widths=(16, 16),
        memories=(64, 256),
    )
    return replace(config, model=model, pictures=512, batch=8, warmup=64, ema=64)


class AdversarialUpdate:
    """`update`: the discriminator's step, then the generator's, each with an Adam that forgets fast (β₁ = 0).

    `players` names the loss that each optimiser follows: a loss says nothing of learning while the other player
    moves."""

    players = ("loss", "generator")

    def __init__(self, model: GAN, config: Config, device: torch.device):
        self.model, self.clip, self.device = model, config.clip, device
        precision.bf16_is_faster(device)  # timed now, before the machine is busy with the run
        self.optimizers = [
            torch.optim.AdamW(part.parameters(), config.lr, (0.0, 0.99), weight_decay=config.weight_decay, fused=True)
            for part in (model.discriminator, model.generator)
        ]

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=precision.bf16_is_faster(self.device)):
            losses = self.model.loss(x)
        descend(losses["loss"], self.optimizers[:1], self.clip)
        self.model.discriminator.requires_grad_(False)
        try:
            with torch.autocast(self.device.type, torch.bfloat16, enabled=precision.bf16_is_faster(self.device)):
                losses["generator"] = self.model.generator_loss(x)
            descend(losses["generator"], self.optimizers[1:], self.clip)
        finally:
            self.model.discriminator.requires_grad_(True)
        self.model.remember(len(x) * world_size())
        return {name: loss.detach() for name, loss in losses.items() if name != "penalty"}


def setup(config: Config, device: torch.device) -> tuple[GAN, data.Batches, AdversarialUpdate]:
    model = GAN(config.model).to(device, memory_format=torch.channels_last)
    pictures = data.load(config.model.image_size, config.data).training()
    return (
        model,
        data.Batches(pictures, config.batch, config.seed, device, plain=1.0),
        AdversarialUpdate(model, config, device),
    )


@torch.no_grad()
def sheet(config: Config, model: GAN) -> Tensor:
    """64 samples."""
    return model.sample(64, torch.Generator().manual_seed(0))
