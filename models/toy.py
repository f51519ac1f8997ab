"""The three families on points in the plane, small enough to be trained while one watches.

All have the same interface: `players`, the parts that learn in turn, and `loss(player, x, rng)` of points x (B, 2). A
GAN has two players; a VAE (Kingma & Welling 2013) and a diffusion model (Ho et al. 2020; it predicts v) have one. All
random numbers come from `rng`, so a lesson does not depend on what else is taught beside it.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.gan import discriminator_loss, generator_loss
from models.process import Process
from models.samplers import Evaluation, Sampler, ddim, run, spacing, unclipped

LATENT = 2  # numbers in z
STEPS = 100  # of the diffusion, T
WALK = 20  # of these steps, as many as it draws with


@dataclass(frozen=True)
class ToyOptions:
    width: int = 64  # of a hidden layer
    layers: int = 3  # hidden ones
    loss: str = "relativistic"  # of the GAN, one of models.gan.LOSSES
    gamma: float = 0.1  # weight of the GAN's gradient penalties; 0: none


def mlp(inputs: int, outputs: int, config: ToyOptions) -> nn.Sequential:
    sizes = [inputs, *[config.width] * config.layers]
    layers = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.LeakyReLU(0.2))]
    return nn.Sequential(*layers, nn.Linear(config.width, outputs))


class ToyGAN(nn.Module):
    """z (B, 2) → x (B, 2), and how real a point is."""

    players, betas = ("discriminator", "generator"), (0.0, 0.99)

    def __init__(self, config: ToyOptions = ToyOptions()):
        super().__init__()
        self.config = config
        self.generator, self.discriminator = mlp(LATENT, 2, config), mlp(2, 1, config)

    def loss(self, player: str, x: Tensor, rng: torch.Generator) -> Tensor:
        fake = self.draw(torch.randn(len(x), LATENT, generator=rng))
        if player == "generator":
            return generator_loss(self.config.loss, self.score(x).detach(), self.score(fake))
        x, fake = x.clone().requires_grad_(), fake.detach().requires_grad_()
        real_score, fake_score = self.score(x), self.score(fake)
        loss = discriminator_loss(self.config.loss, real_score, fake_score)
        if self.config.gamma:
            slopes = torch.autograd.grad(real_score.sum() + fake_score.sum(), (x, fake), create_graph=True)
            loss = loss + self.config.gamma / 2 * sum(slope.square().sum(1).mean() for slope in slopes)
        return loss

    def score(self, x: Tensor) -> Tensor:
        """(B, 2) → (B,)."""
        return self.discriminator(x).squeeze(1)

    def pull(self, x: Tensor) -> Tensor:
        """(B, 2) → ∇D (B, 2), the direction in which the discriminator pulls a point."""
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            return torch.autograd.grad(self.score(x).sum(), x)[0]

    def draw(self, z: Tensor) -> Tensor:
        return self.generator(z)

    def sample(self, count: int, rng: torch.Generator) -> Tensor:
        """(count, 2)."""
        return self.draw(torch.randn(count, LATENT, generator=rng))


class ToyVAE(nn.Module):
    """x (B, 2) → q(z | x) → p(x | z), a normal with one learned deviation."""

    players, betas = ("model",), (0.9, 0.99)

    def __init__(self, config: ToyOptions = ToyOptions()):
        super().__init__()
        self.encoder, self.decoder = mlp(2, 2 * LATENT, config), mlp(LATENT, 2, config)
        self.log_deviation = nn.Parameter(torch.tensor(-1.0))

    def loss(self, player: str, x: Tensor, rng: torch.Generator) -> Tensor:
        """Minus the bound on log p(x), in nats."""
        mu, logvar = self.encoder(x).chunk(2, 1)
        again = self.draw(mu + (logvar / 2).exp() * torch.randn(mu.shape, generator=rng))
        error = (
            (x - again).square().sum(1) / (2 * (2 * self.log_deviation).exp())
            + 2 * self.log_deviation
            + math.log(2 * math.pi)
        )
        return (error + (mu.square() + logvar.exp() - 1 - logvar).sum(1) / 2).mean()

    def draw(self, z: Tensor) -> Tensor:
        """(B, 2) → the mean of p(x | z)."""
        return self.decoder(z)

    def sample(self, count: int, rng: torch.Generator) -> Tensor:
        """(count, 2) draws of p(x | z), with the learned deviation."""
        mean = self.draw(torch.randn(count, LATENT, generator=rng))
        return mean + self.log_deviation.exp() * torch.randn(mean.shape, generator=rng)


class ToyDiffusion(nn.Module):
    """x_t (B, 2) and t (B,) → v."""

    players, betas = ("model",), (0.9, 0.99)

    def __init__(self, config: ToyOptions = ToyOptions()):
        super().__init__()
        self.network, self.process = mlp(2 + 8, 2, config), Process.named("cosine", STEPS)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        angle = (t / STEPS)[:, None] * math.pi * torch.tensor([0.5, 1.0, 2.0, 4.0])
        return self.network(torch.cat([x, angle.sin(), angle.cos()], 1))

    def loss(self, player: str, x: Tensor, rng: torch.Generator) -> Tensor:
        t, noise = torch.randint(STEPS, (len(x),), generator=rng), torch.randn(x.shape, generator=rng)
        return F.mse_loss(self(self.process.noised(x, t, noise), t), self.process.velocity(x, t, noise))

    def score(self, x: Tensor, t: int) -> Tensor:
        """(B, 2) → ∇ log p_t (B, 2), which is −ε̂ / √(1 − ᾱ_t)."""
        at = torch.full((len(x),), t)
        eps = self.process.predict_eps(x, at, self.process.predict_x0(x, at, self(x, at), "v"))
        return -eps / (1 - self.process.alpha_bar[t]).sqrt().float()

    def walk(self, count: int, rng: torch.Generator) -> Sampler:
        """`WALK` steps of DDIM from noise; returns (count, 2)."""

        def denoise(x: Tensor, t: int):
            v = yield Evaluation(x, t)
            return self.process.predict_x0(x, torch.full((len(x),), t), v, "v"), None

        return ddim(
            denoise, self.process.respaced(spacing(STEPS, WALK)), torch.randn(count, 2, generator=rng), clip=unclipped
        )

    def sample(self, count: int, rng: torch.Generator) -> Tensor:
        """(count, 2)."""
        return run(self.walk(count, rng), lambda x, t, _: self(x, t))


TOYS = {"gan": ToyGAN, "vae": ToyVAE, "diffusion": ToyDiffusion}
