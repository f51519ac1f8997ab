"""Generative adversarial network: one network draws, another tells drawn from real, each learns by the other
(Goodfellow et al. 2014).

The discriminator D compares, as R3GAN does (Huang et al. 2024): how much more real is a real picture x than a drawn one
G(z)?

    L_D = E softplus(−(D(x) − D(G(z)))) + γ/2 (E‖∇D(x)‖² + E‖∇D(G(z))‖²),    L_G = E softplus(−(D(G(z)) − D(x)))

The two penalties R1 and R2 keep D flat where pictures are, without which the game runs in circles. Both networks see
every picture shifted, recoloured and with a hole (DiffAugment, Zhao et al. 2020), so that D cannot learn the few
pictures by heart. The generator is a small style-based one: z becomes a style w, which scales and shifts the channels
of every block (after Karras et al. 2019). The older losses are here too, for comparison. Left out: noise inputs, path
length regularisation, adaptive augmentation.
"""

from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.layers import normal_rows
from models.pretrained import Pretrained

LOSSES = ("relativistic", "non_saturating", "original")


@dataclass(frozen=True)
class GANConfig:
    image_size: int = 32  # pixels a side
    latent: int = 64  # numbers in z, normal
    style: int = 128  # numbers in w; 0: a plain generator, which knows z at its entrance only
    patch: int = 2  # pixels a side that a stem turns into channels
    widths: tuple[int, ...] = (160, 96, 48)  # channels per level from 4×4 on, each twice the size of the one before
    blocks: int = 1  # residual blocks per level
    loss: str = "relativistic"  # or one of the older LOSSES
    gamma: float = 0.05  # γ, weight of the gradient penalties; 0: none
    every: int = 4  # steps from one penalty, weighted that much more, to the next
    augment: float = 1.0  # 1: DiffAugment; 0: pictures as they are
    memories: tuple[int, ...] = (
        2_000,
        8_000,
        24_000,
        72_000,
        200_000,
    )  # training pictures after which the generator is kept


class StyleBlock(nn.Module):
    """Residual block whose channels are scaled and shifted by the style before each convolution."""

    def __init__(self, width: int, style: int):
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        self.affine = nn.Linear(style, 4 * width) if style else None
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        s1, b1, s2, b2 = (0, 0, 0, 0) if self.affine is None else self.affine(w)[:, :, None, None].chunk(4, 1)
        h = self.conv1(F.leaky_relu(x * (1 + s1) + b1, 0.2))
        return x + self.conv2(F.leaky_relu(h * (1 + s2) + b2, 0.2))


class Generator(nn.Module):
    """A style for every level (B, levels, D) → (B, 3, S, S) in [-1, 1]."""

    def __init__(self, config: GANConfig):
        super().__init__()
        first, last, style = config.widths[0], config.widths[-1], config.style
        self.mapping = (
            nn.Sequential(
                *(
                    layer
                    for i in range(2)
                    for layer in (nn.Linear(style if i else config.latent, style), nn.LeakyReLU(0.2))
                )
            )
            if style
            else nn.Identity()
        )
        self.root = nn.Linear(style or config.latent, first * 16)
        self.levels: Any = nn.ModuleList(
            nn.ModuleList(StyleBlock(width, style) for _ in range(config.blocks)) for width in config.widths
        )
        self.steps = nn.ModuleList(nn.Conv2d(a, b, 1) for a, b in pairwise(config.widths))
        self.out = nn.Conv2d(last, 3 * config.patch**2, 3, padding=1)
        self.shuffle = nn.PixelShuffle(config.patch)

    def forward(self, w: Tensor) -> Tensor:
        x = self.root(w[:, 0]).unflatten(1, (-1, 4, 4))
        for i, level in enumerate(self.levels):
            if i:
                x = F.interpolate(self.steps[i - 1](x), scale_factor=2.0, mode="nearest")
            for block in level:
                x = block(x, w[:, i])
        return torch.tanh(self.shuffle(self.out(F.leaky_relu(x, 0.2))).float())


class DownBlock(nn.Module):
    """Residual block without norm: R1 and R2 ask for each picture's own gradient."""

    def __init__(self, width: int):
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(F.leaky_relu(self.conv1(F.leaky_relu(x, 0.2)), 0.2))


class Discriminator(nn.Module):
    """(B, 3, S, S) → how real (B,): only differences mean something under the relativistic loss."""

    def __init__(self, config: GANConfig):
        super().__init__()
        widths = config.widths[::-1]
        layers: list[nn.Module] = [
            nn.PixelUnshuffle(config.patch),
            nn.Conv2d(3 * config.patch**2, widths[0], 3, padding=1),
        ]
        for i, width in enumerate(widths):
            if i:
                layers += [nn.AvgPool2d(2), nn.Conv2d(widths[i - 1], width, 1)]
            layers += [DownBlock(width) for _ in range(config.blocks)]
        self.body = nn.Sequential(*layers, nn.LeakyReLU(0.2))
        self.out = nn.Linear(widths[-1] * 16, 1, bias=config.loss != "relativistic")  # differences know no bias

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.body(x).flatten(1)).squeeze(1).float()


class GAN(Pretrained):
    """z → w → picture, and how real a picture looks to the discriminator."""

    def __init__(self, config: GANConfig):
        super().__init__(config)
        config = self.config
        if config.image_size != 4 * config.patch * 2 ** (len(config.widths) - 1):
            raise ValueError(
                f"widths {config.widths} and patch {config.patch} make no picture of {config.image_size} pixels: "
                f"they make {4 * config.patch * 2 ** (len(config.widths) - 1)}."
            )
        if config.loss not in LOSSES:
            raise ValueError(f"There is no loss {config.loss!r}: {', '.join(LOSSES)}.")
        self.generator, self.discriminator = Generator(config), Discriminator(config)
        size = sum(p.numel() for p in self.generator.parameters())
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))  # training pictures
        self.register_buffer(
            "memory", torch.zeros(len(config.memories), size, dtype=torch.int16)
        )  # earlier generators, bits of fp16

    def style(self, z: Tensor) -> Tensor:
        """(B, latent) → w (B, style); z itself in a plain generator."""
        return self.generator.mapping(z)

    def draw(self, w: Tensor) -> Tensor:
        """w (B, style), or one for every level (B, levels, style) → (B, 3, S, S) in [-1, 1]."""
        return self.generator(w if w.ndim == 3 else w[:, None].expand(-1, len(self.config.widths), -1))

    def score(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) → how real it looks (B,)."""
        return self.discriminator(x)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """(count, 3, S, S) in [-1, 1]."""
        return self.draw(self.style(normal_rows(count, self.config.latent, generator).to(self.device)))

    def _fake(self, like: Tensor) -> Tensor:
        return self.draw(self.style(torch.randn(len(like), self.config.latent, device=like.device)))

    def loss(self, x: Tensor) -> dict[str, Tensor]:
        """The discriminator's loss of telling x (B, 3, S, S) from as many drawn pictures, how often it is right, and
        every few steps the penalties."""
        with torch.no_grad():
            fake = self._fake(x)
        real_score, fake_score = self.score(self._augmented(x)), self.score(self._augmented(fake))
        loss = discriminator_loss(self.config.loss, real_score, fake_score)
        found = {"loss": loss, "told": (real_score > fake_score).float().mean()}
        if self.config.gamma and int(self.seen) // len(x) % self.config.every == 0:
            found["penalty"] = (self._flatness(x) + self._flatness(fake)) / 2
            found["loss"] = loss + self.config.gamma * self.config.every * found["penalty"]
        return found

    def generator_loss(self, x: Tensor) -> Tensor:
        """The generator's loss: its pictures are to pass for real beside x (B, 3, S, S)."""
        return generator_loss(
            self.config.loss, self.score(self._augmented(x)).detach(), self.score(self._augmented(self._fake(x)))
        )

    def _augmented(self, x: Tensor) -> Tensor:
        return augmented(x) if self.config.augment else x

    def _flatness(self, x: Tensor) -> Tensor:
        """E‖∇D(x)‖², in float32, of the augmented picture by the picture (Mescheder et al. 2018, eq. 9)."""
        with torch.autocast(x.device.type, enabled=False):
            x = x.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(self.score(self._augmented(x)).sum(), x, create_graph=True)
            return gradient.square().sum((1, 2, 3)).mean()

    @torch.no_grad()
    def remember(self, pictures: int) -> None:
        """Counts training pictures; keeps the generator whenever their number passes one of `config.memories`."""
        before = int(self.seen)
        self.seen += pictures
        for i, at in enumerate(self.config.memories):
            if before < at <= int(self.seen):
                weights = nn.utils.parameters_to_vector(p.contiguous() for p in self.generator.parameters())
                self.memory[i] = weights.half().view(torch.int16)

    @property
    def remembered(self) -> list[int]:
        """Numbers of training pictures at which an earlier generator was kept."""
        return [at for at in self.config.memories if at <= int(self.seen)]

    @torch.no_grad()
    def at(self, index: int) -> "GAN":
        """This network with its generator as it was at `remembered[index]`; it shares all the rest."""
        shared = [self.discriminator, *self.buffers(recurse=False)]
        earlier = deepcopy(self, {id(part): part for part in shared})
        nn.utils.vector_to_parameters(self.memory[index].view(torch.float16).float(), earlier.generator.parameters())
        return earlier


def discriminator_loss(kind: str, real: Tensor, fake: Tensor) -> Tensor:
    """The discriminator's loss of scores of real and drawn pictures, by one of LOSSES; the last two differ only for the
    generator."""
    if kind == "relativistic":
        return F.softplus(fake - real).mean()
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(kind: str, real: Tensor, fake: Tensor) -> Tensor:
    """The generator's loss of scores of real and drawn pictures. "original" is E log(1 − D(G(z))), whose gradient is
    small when D is sure (Goodfellow et al. 2014, §3)."""
    if kind == "relativistic":
        return F.softplus(real - fake).mean()
    return F.softplus(-fake).mean() if kind == "non_saturating" else -F.softplus(fake).mean()


def augmented(x: Tensor) -> Tensor:
    """DiffAugment, differentiable in x (B, 3, S, S): brightness, saturation and contrast, a shift by up to an eighth, a
    hole of half a side."""
    return _cut(_shifted(_recoloured(x)))


def _recoloured(x: Tensor) -> Tensor:
    bright, vivid, contrast = torch.rand(3, len(x), 1, 1, 1, device=x.device).unbind()
    x = x + (bright - 0.5) / 2
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * 2 * vivid
    mean = x.mean((1, 2, 3), keepdim=True)
    return mean + (x - mean) * (contrast + 0.5)


def _shifted(x: Tensor) -> Tensor:
    size, far = x.shape[-1], x.shape[-1] // 8
    by = torch.randint(-far, far + 1, (2, len(x), 1), device=x.device)
    rows, columns = (torch.arange(size, device=x.device) + by).clamp(
        0, size - 1
    )  # the border repeats the picture's edge
    x = x.gather(2, rows[:, None, :, None].expand_as(x))
    return x.gather(3, columns[:, None, None, :].expand_as(x))


def _cut(x: Tensor) -> Tensor:
    size = x.shape[-1]
    middle = torch.randint(0, size, (2, len(x), 1), device=x.device)
    rows, columns = (torch.arange(size, device=x.device) - middle).abs() < size // 4
    return x.masked_fill((rows[:, :, None] & columns[:, None, :])[:, None], 0)
