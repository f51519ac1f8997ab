"""Autoencoders by name, and the two things that one does with them: a code, and a drawing of a code."""

from torch import Tensor

from playground.serving import device
from playground.serving.checkpoints import load


def posterior(model, x: Tensor) -> tuple[Tensor, Tensor | None]:
    """x (B, 3, 64, 64) → mean code (B, D) and, for a VAE, its log variance."""
    code = device.run(model.encode, x)
    return code if isinstance(code, tuple) else (code, None)


def encode(name: str, x: Tensor) -> Tensor:
    """x (B, 3, 64, 64) → (B, D), for a VAE the posterior mean."""
    return posterior(load(name), x)[0]


def decode(name: str, z: Tensor) -> Tensor:
    """z (B, D) → (B, 3, 64, 64) in [-1, 1]"""
    return device.run(load(name).decode, z)


def code_statistics(name: str) -> tuple[Tensor, Tensor]:
    """Mean and deviation (D,) of a checkpoint's training codes."""
    model = load(name)
    return model.code_mean.float().cpu(), model.code_std.float().cpu()
