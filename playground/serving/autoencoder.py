"""The checkpoints of this room by name, and the two things that one does with them: a code, and a drawing of a code."""

from torch import Tensor

from models.autoencoder import AE, DAE, VAE, BetaLadder
from models.judge import Judge
from models.pca import PCA
from playground.serving import checkpoints, device

KINDS = {
    "pca": PCA,
    "ae": AE,
    "dae": DAE,
    "vae": VAE,
    "ae_2d": AE,
    "dae_2d": DAE,
    "vae_2d": VAE,
    "vae_ladder": BetaLadder,
    "judge": Judge,
}


def network(name: str):
    """The loaded checkpoint; CheckpointError where it cannot be loaded."""
    return checkpoints.load(KINDS[name], name)


def posterior(model, x: Tensor) -> tuple[Tensor, Tensor | None]:
    """x (B, 3, 64, 64) → mean code (B, D) and, for a VAE, its log variance."""
    code = device.run(model.encode, x)
    return code if isinstance(code, tuple) else (code, None)


def code(name: str, x: Tensor) -> Tensor:
    """x (B, 3, 64, 64) → (B, D), for a VAE the posterior mean."""
    return posterior(network(name), x)[0]


def draw(name: str, z: Tensor) -> Tensor:
    """z (B, D) → (B, 3, 64, 64) in [-1, 1]"""
    return device.run(network(name).decode, z)


def standard(name: str) -> tuple[Tensor, Tensor]:
    """Mean and deviation (D,) of a checkpoint's training codes."""
    model = network(name)
    return model.code_mean.float().cpu(), model.code_std.float().cpu()
