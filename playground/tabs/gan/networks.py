"""The two adversarial networks by name and by stage of training; their styles, pictures and scores."""

from functools import lru_cache

import torch
from torch import Tensor

from models.gan import GAN
from models.layers import normal_rows
from playground.images import atlas, pictures
from playground.serving import checkpoints, device

RUNS = ("gan", "gan_collapsed")  # with what keeps the game in balance, and without
MANY = 2000  # styles whose mean and main directions are taken
REAL = 96  # real pictures that scores are compared with
TRAITS = ("size", "light", "warm", "colour", "wide")  # that are measured of a picture
END = 9  # a stage that no run has: its end


def network(name: str, stage: int = END) -> GAN:
    """The loaded checkpoint, its generator as it was at a stage; later stages than it has are the end.

    Raises:
        CheckpointError: it cannot be loaded.
    """
    model = checkpoints.load(name)
    return _earlier(name, checkpoints.stamp(name), stage, model) if stage < len(model.remembered) else model


@lru_cache(maxsize=16)
def _earlier(_name: str, _stamp: str, stage: int, model: GAN) -> GAN:
    return model.at(stage).requires_grad_(False)


def stages(name: str) -> list[int]:
    """After how many training pictures each stage stands, the end included."""
    model = network(name)
    seen = int(model.seen)
    return [at for at in model.remembered if at < seen] + [seen]


def styles(model: GAN, seeds: list[int], psi: float = 1.0) -> Tensor:
    """w (B, style), row i from its own seed; ψ below 1 draws them to the mean."""
    z = torch.cat([normal_rows(1, model.config.latent, torch.Generator().manual_seed(seed)) for seed in seeds])
    return truncated(model, device.run(model.style, z, exact=True), psi)


def truncated(model: GAN, w: Tensor, psi: float) -> Tensor:
    mean = main_directions(model)[0]
    return mean + psi * (w - mean)


@lru_cache(maxsize=16)
def main_directions(model: GAN) -> tuple[Tensor, Tensor]:
    """Of the styles the mean (D,) and the main directions (D, D), each as long as their deviation along it, the longest
    first."""
    w = device.run(model.style, normal_rows(MANY, model.config.latent, torch.Generator().manual_seed(0)), exact=True)
    _, lengths, directions = torch.linalg.svd(w - w.mean(0), full_matrices=False)
    return w.mean(0), directions * lengths[:, None] / MANY**0.5


def draw(model: GAN, w: Tensor) -> tuple[Tensor, Tensor]:
    """w → pictures (B, 3, 64, 64), each pixel repeated, and their scores (B,)."""
    x = device.run(model.draw, w)
    return pictures.enlarged(x), score(model, x)


def traits(x: Tensor) -> Tensor:
    """Pictures (B, 3, H, W) → (B, len(TRAITS)): the share that is not white; of that its lightness, its red minus its
    blue, its strength of colour; and how much wider than high it lies."""
    ink = (x.amin(1) < 0.8).float()  # (B, H, W)
    part = ink / ink.sum((1, 2), keepdim=True).clamp_min(1)
    at = torch.linspace(-1, 1, x.shape[-1], device=x.device)

    def extent(p: Tensor) -> Tensor:
        return ((p * at.square()).sum(1) - (p * at).sum(1).square()).clamp_min(0).sqrt()

    means = [(part * one).sum((1, 2)) for one in (x.mean(1), x[:, 0] - x[:, 2], x.amax(1) - x.amin(1))]
    return torch.stack([ink.mean((1, 2)), *means, extent(part.sum(1)) - extent(part.sum(2))], 1)


def score(model: GAN, x: Tensor) -> Tensor:
    """(B, 3, S, S) → how much more real the discriminator finds each than the mean real picture (B,)."""
    return device.run(model.score, x, exact=True) - _mean_of_real(model, checkpoints.assets())


@lru_cache(maxsize=8)
def _mean_of_real(model: GAN, folder) -> Tensor:
    drawings = atlas.trained(folder)
    if not drawings:
        return torch.zeros(())
    return device.run(
        model.score, real(drawings[:: max(1, len(drawings) // REAL)], model.config.image_size), exact=True
    ).mean()


def real(drawings: list[tuple[str, int]], side: int) -> Tensor:
    """(style, tile) of the atlas → (B, 3, side, side) on white."""
    x = torch.cat([pictures.to_tensor(pictures.on_white(atlas.cut(style, tile))) for style, tile in drawings])
    return pictures.shrunk(x, side)


def warm() -> None:
    """Loads the first network and draws once."""
    if checkpoints.stamp(RUNS[0]):
        model = network(RUNS[0])
        draw(model, styles(model, [1]))
