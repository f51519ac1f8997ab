"""Autoencoder, denoising autoencoder, variational autoencoder.

All squeeze a picture into a few numbers and draw it again. The AE (Hinton & Salakhutdinov 2006) only has to get the
picture back. The denoising AE (Vincent et al. 2008) gets it corrupted and must give it clean. The VAE (Kingma &
Welling 2014) keeps its codes close to a standard normal, so that a random code draws something:

    log p(x) ≥ E_q(z|x)[log p(x|z)] − β · KL(q(z|x) ‖ N(0, I))

with β = 1 for the bound itself (β-VAE: Higgins et al. 2017). The decoder is a Gaussian of one deviation σ, fixed in
training or the optimal one (σ-VAE, Rybkin et al. 2021): a large σ asks less of the reconstruction and leaves codes
closer to the prior, as a large β does. The bound in bits per dimension is taken with the σ that the decoder turned out
to have. Left out: learned priors, flows, importance-weighted bounds.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.layers import conv_decoder, conv_encoder, normal_rows, total
from models.pretrained import Pretrained

CORRUPTIONS = ("gaussian", "mask", "salt_and_pepper")


@dataclass(frozen=True)
class AEConfig:
    image_size: int = 64  # pixels a side
    latent: int = 128  # numbers in a code
    patch: int = 4  # pixels a side that the stem turns into channels
    widths: tuple[int, ...] = (128, 192, 256)  # channels per level, each half the size of the one before
    blocks: tuple[int, ...] = (1, 1, 1)  # residual blocks per level
    hidden: int = 0  # width of two layers between code and decoder, for codes of few numbers; 0: none


@dataclass(frozen=True)
class DAEConfig(AEConfig):
    strongest: float = 0.9  # the largest amount of corruption in training


@dataclass(frozen=True)
class VAEConfig(AEConfig):
    beta: float = 1.0  # weight of the KL term
    sigma: float = 1.0  # deviation of the decoder's Gaussian in training; 0: the optimal one (σ-VAE)


@dataclass(frozen=True)
class BetaLadderConfig(VAEConfig):
    betas: tuple[float, ...] = (0.0, 0.25, 1.0, 4.0, 16.0)  # one VAE each


class AE(Pretrained):
    """x (B, 3, S, S) in [-1, 1] → code (B, latent) → picture."""

    codes_per_latent = 1

    def __init__(self, config: AEConfig):
        super().__init__(config)
        least = config.patch * 2 ** (len(config.widths) - 1)
        if len(config.widths) != len(config.blocks) or config.image_size % least:
            raise ValueError(
                f"widths {config.widths} and blocks {config.blocks} must be as many, and image_size "
                f"{config.image_size} a multiple of {least}."
            )
        self.side = config.image_size // config.patch // 2 ** (len(config.widths) - 1)
        self.flat = config.widths[-1] * self.side**2
        self.encoder = conv_encoder(config.widths, config.blocks, config.patch)
        self.to_code = nn.Linear(self.flat, config.latent * self.codes_per_latent)
        self.from_code = from_code(config.latent, config.hidden, self.flat)
        self.decoder = conv_decoder(config.widths, config.blocks, config.patch)
        self.register_buffer("code_mean", torch.zeros(config.latent))
        self.register_buffer("code_std", torch.ones(config.latent))

    def encode(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) → (B, latent)."""
        return self.to_code(F.relu(self.encoder(x)).flatten(1)).float()

    def decode(self, z: Tensor) -> Tensor:
        """(B, latent) → (B, 3, S, S) in [-1, 1]."""
        return self._draw(z).clamp(-1, 1)

    def _draw(self, z: Tensor) -> Tensor:
        grid = self.from_code(z).unflatten(1, (-1, self.side, self.side))  # B C h w
        return self.decoder(grid.contiguous(memory_format=torch.channels_last)).float()

    def reconstruct(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) → the same, through the code."""
        return self.decode(self.encode(x))

    def loss(self, x: Tensor) -> dict[str, Tensor]:
        """Mean squared error."""
        z = self.encode(x)
        self._follow(z)
        return {"loss": F.mse_loss(self._draw(z), x)}

    @torch.no_grad()
    def _follow(self, z: Tensor) -> None:
        if self.training:  # running moments of the codes: where random codes are drawn
            self.code_mean.lerp_(z.mean(0), 0.01)
            self.code_std.lerp_(z.std(0), 0.01)

    def sample_codes(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """(count, latent) from the normal with the training codes' mean and deviation; row i is drawn after row i-1."""
        noise = normal_rows(count, self.config.latent, generator).to(self.code_mean.device)
        return self.code_mean + self.code_std * noise

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """(count, 3, S, S): pictures of random codes."""
        return self.decode(self.sample_codes(count, generator))


class DAE(AE):
    """The autoencoder that is given a corrupted picture and asked for the clean one."""

    def __init__(self, config: DAEConfig):
        super().__init__(config)

    def loss(self, x: Tensor) -> dict[str, Tensor]:
        """Mean squared error to the clean picture; amounts uniform, one picture in four left clean."""
        z = self.encode(self._damaged(x))
        self._follow(z)
        return {"loss": F.mse_loss(self._draw(z), x)}

    def _damaged(self, x: Tensor) -> Tensor:
        amount = self.config.strongest * torch.rand(len(x), 1, 1, 1) * (torch.rand(len(x), 1, 1, 1) > 0.25)
        kinds = torch.randint(len(CORRUPTIONS), (len(x),))
        dirty = x.clone()
        for k, kind in enumerate(CORRUPTIONS):
            dirty[kinds == k] = corrupt(x[kinds == k], kind, amount[kinds == k].to(x.device))
        return dirty


class VAE(AE):
    """The autoencoder whose codes are close to a standard normal: `encode` gives (mu, logvar)."""

    codes_per_latent = 2

    def __init__(self, config: VAEConfig):
        super().__init__(config)
        self.register_buffer("sigma", torch.ones(()))  # the decoder's measured deviation

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, S, S) → mu, logvar, each (B, latent)."""
        mu, logvar = super().encode(x).chunk(2, dim=1)
        return mu, logvar.clamp(-30, 20)

    def reconstruct(self, x: Tensor) -> Tensor:
        """Through the posterior mean."""
        return self.decode(self.encode(x)[0])

    def loss(self, x: Tensor) -> dict[str, Tensor]:
        """The negative β-ELBO in nats per dimension of x, its two terms in nats a picture."""
        mu, logvar = self.encode(x)
        drawn = self._draw(mu + (0.5 * logvar).exp() * torch.randn_like(mu))
        mse = (drawn - x).square().mean().detach()
        variance = torch.as_tensor(self.config.sigma).square() if self.config.sigma else mse
        self._measure_sigma(mse)
        reconstruction = gaussian_nll(x, drawn, variance).sum((1, 2, 3)).mean()
        kl = kl_per_dimension(mu, logvar).sum(1).mean()
        loss = (reconstruction + self.config.beta * kl) / x[0].numel()
        return {"loss": loss, "reconstruction": reconstruction.detach(), "kl": kl.detach()}

    def _measure_sigma(self, mse: Tensor) -> None:
        if self.training:
            self.sigma.lerp_(mse.sqrt(), 0.01)

    @torch.no_grad()
    def bits_per_dim(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """(B,): the negative ELBO (one draw of z, the measured σ) in bits per dimension of 8-bit pixels."""
        mu, logvar = self.encode(x)
        z = mu + (0.5 * logvar).exp() * torch.randn(mu.shape, generator=generator).to(mu.device)
        nll = discretized_gaussian_nll(x, self._draw(z), self.sigma).sum((1, 2, 3))
        return (nll + kl_per_dimension(mu, logvar).sum(1)) / x[0].numel() / math.log(2)


class BetaLadder(Pretrained):
    """Small VAEs that differ in β alone: same start, same batches, same noise."""

    def __init__(self, config: BetaLadderConfig):
        super().__init__(config)
        shared = {k: getattr(config, k) for k in VAEConfig.__dataclass_fields__}
        first = VAE(VAEConfig(**shared))
        self.rungs: Any = nn.ModuleList(VAE(replace(first.config, beta=beta)) for beta in config.betas)
        for rung in self.rungs:
            rung.load_state_dict(first.state_dict())

    def loss(self, x: Tensor) -> dict[str, Tensor]:
        """The sum of the rungs' losses; each rung is given the same noise."""
        seed = int(torch.randint(2**62, ()))
        losses = {}
        for rung in self.rungs:
            torch.manual_seed(seed)  # on every device
            losses[f"beta_{rung.config.beta:g}"] = rung.loss(x)["loss"]
        return {"loss": total(losses.values()), **{k: v.detach() for k, v in losses.items()}}

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """(rungs · count, 3, S, S): each rung draws the same random codes."""
        z = self.rungs[0].sample_codes(count, generator)
        return torch.cat([rung.decode(z) for rung in self.rungs])


def from_code(latent: int, hidden: int, flat: int) -> nn.Module:
    """(B, latent) → (B, flat): linear, or through two hidden layers."""
    if not hidden:
        return nn.Linear(latent, flat)
    return nn.Sequential(
        nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, flat)
    )


def corrupt(x: Tensor, kind: str, amount: float | Tensor, generator: torch.Generator | None = None) -> Tensor:
    """A damaged copy of x (B, 3, S, S), within [-1, 1].

    `amount` is the noise's deviation ("gaussian"), or the share of pixels that turn grey ("mask") or black or white
    ("salt_and_pepper"); a number, or one a picture (B, 1, 1, 1).
    """
    if kind == "gaussian":
        return (x + amount * torch.randn(x.shape, generator=generator).to(x.device)).clamp(-1, 1)
    if kind not in CORRUPTIONS:
        raise ValueError(f"{kind!r} is no corruption: choose one of {', '.join(CORRUPTIONS)}.")
    chance = torch.rand(len(x), 1, *x.shape[2:], generator=generator).to(x.device)
    if kind == "mask":
        return torch.where(chance < amount, torch.zeros_like(x), x)
    noise = torch.where(chance < amount / 2, -torch.ones_like(x), torch.ones_like(x))
    return torch.where(chance < amount, noise, x)


def interpolate(a: Tensor, b: Tensor, steps: int, spherical: bool = False) -> Tensor:
    """Codes from a to b (each (D,)), both ends included: (steps, D), along a line or along an arc.

    The arc keeps constant angular speed and moves the length from |a| to |b|. Between parallel codes, and from zero,
    the arc is the line.
    """
    if spherical and a.dtype != torch.float64:  # the angle of nearly opposite codes needs the digits
        return interpolate(a.double(), b.double(), steps, spherical).to(a.dtype)
    t = torch.linspace(0, 1, steps, dtype=a.dtype, device=a.device)[:, None]  # N 1
    line = a + t * (b - a)
    if not spherical:
        return line
    lengths = a.norm(), b.norm()
    angle = torch.dot(a / lengths[0].clamp_min(1e-12), b / lengths[1].clamp_min(1e-12)).clamp(-1, 1).acos()
    if angle.sin() < 1e-4 or min(lengths) < 1e-12:
        return line
    arc = ((1 - t) * angle).sin() * a / lengths[0] + (t * angle).sin() * b / lengths[1]
    return arc / angle.sin() * (lengths[0] + t * (lengths[1] - lengths[0]))


def kl_per_dimension(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, exp(logvar)) ‖ N(0, 1)) in nats, elementwise (Kingma & Welling 2014, appendix B)."""
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar)


def gaussian_nll(x: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    """−log N(x; mean, variance) in nats, elementwise."""
    return 0.5 * ((x - mean).square() / variance + (2 * math.pi * variance).log())


def discretized_gaussian_nll(x: Tensor, mean: Tensor, sigma: Tensor) -> Tensor:
    """−log of the probability of an 8-bit pixel's bin, elementwise; the outer bins reach to infinity (DDPM, eq. 13)."""
    upper = torch.where(x > 0.999, torch.inf, (x + 1 / 255 - mean) / sigma).double()
    lower = torch.where(x < -0.999, -torch.inf, (x - 1 / 255 - mean) / sigma).double()
    mirrored = lower > 0  # the difference is taken in the tail where it does not cancel
    high, low = torch.where(mirrored, -lower, upper), torch.where(mirrored, -upper, lower)
    high, low = torch.special.log_ndtr(high), torch.special.log_ndtr(low)
    return -(high + (-torch.expm1(low - high)).log()).float()
