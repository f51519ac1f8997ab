"""Principal component analysis: the best linear autoencoder, and so the yardstick for every other one.

x ≈ mean + (x − mean) Vᵀ V with V the leading right singular vectors of the centred pictures (Pearson 1901).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from models.layers import normal_rows
from models.pretrained import Pretrained


@dataclass(frozen=True)
class PCAConfig:
    image_size: int = 64  # pixels a side
    latent: int = 128  # components


class PCA(Pretrained):
    """x (B, 3, S, S) in [-1, 1] → scores (B, latent), each of unit variance on the training pictures → picture."""

    def __init__(self, config: PCAConfig):
        super().__init__(config)
        size = 3 * config.image_size**2
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("components", torch.zeros(config.latent, size))
        self.register_buffer("deviation", torch.ones(config.latent))

    @torch.no_grad()
    def fit(self, x: Tensor, iterations: int = 4) -> None:
        """Leading components of x (N, 3, S, S) by a randomised decomposition (Halko et al. 2011)."""
        flat = x.flatten(1)
        self.mean = flat.mean(0)
        _, s, v = torch.svd_lowrank(flat - self.mean, q=min(self.config.latent + 16, *flat.shape), niter=iterations)
        kept = min(self.config.latent, len(s))  # fewer pictures than components: the rest stay empty
        self.components = torch.zeros_like(self.components)
        self.components[:kept] = v.T[:kept]
        self.deviation = torch.ones_like(self.deviation)
        self.deviation[:kept] = (s[:kept] / max(1, len(x) - 1) ** 0.5).clamp_min(1e-6)

    def encode(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) → (B, latent)."""
        return (x.flatten(1) - self.mean) @ self.components.T / self.deviation

    def decode(self, z: Tensor) -> Tensor:
        """(B, latent) → (B, 3, S, S) in [-1, 1]."""
        flat = self.mean + (z * self.deviation) @ self.components
        return flat.unflatten(1, (3, self.config.image_size, self.config.image_size)).clamp(-1, 1)

    def reconstruct(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) → the same, through the scores."""
        return self.decode(self.encode(x))

    def loss(self, x: Tensor) -> dict[str, Tensor]:
        """Mean squared error."""
        return {"loss": (self.reconstruct(x) - x).square().mean()}

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """(count, 3, S, S): pictures of standard normal scores."""
        return self.decode(normal_rows(count, self.config.latent, generator).to(self.mean.device))
