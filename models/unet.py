"""The U-Net of guided diffusion (ADM, Dhariwal & Nichol 2021): residual blocks that the time steers, attention where
the picture is small, a way down and a way up with skips between.

    h = GroupNorm(h) · (1 + scale) + shift,   (scale, shift) from time (and class)

The stem may take patches (pixel unshuffle), which makes it cheap on a CPU. The last layer of every branch starts at
zero, so a new network answers exactly 0. Behind patches and norms a network copies its input poorly, which hurts
where the input is nearly the answer, as a very noisy picture is its noise: a share of the input may therefore be added
(c_skip of EDM, Karras et al. 2022, §5, but learned).
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class UNetConfig:
    image_size: int = 32  # pixels a side
    patch: int = 2  # pixels a side that the stem turns into channels; 1: none
    width: int = 64  # channels at the first level
    multipliers: tuple[int, ...] = (1, 2, 2)  # of the width, per level, each half the size
    blocks: int = 2  # residual blocks per level
    attention: tuple[int, ...] = (
        4,
    )  # sides at which attention runs (after the stem), and in the middle; none: nowhere
    head: int = 32  # channels per attention head
    dropout: float = 0.0
    classes: int = 0  # known classes; 0: unconditional
    input_skip: bool = False  # whether a share of the input, learned for each step, is added to the prediction


def timestep_embedding(t: Tensor, width: int) -> Tensor:
    """(B,) → (B, width): cosines, then sines, of t at frequencies from 1 to 1/10000."""
    half = width // 2
    frequencies = (-math.log(10_000) * torch.arange(half, dtype=torch.float32, device=t.device) / half).exp()
    angles = t.float()[:, None] * frequencies
    return torch.cat([angles.cos(), angles.sin()], 1)


class GroupNorm(nn.GroupNorm):
    """PyTorch's group norm; on a CPU in channels_last that is many times slower than the two copies made here.

    `scale` and `shift` (B, C) act on the result at no cost: rows and channels become channels of one row.
    """

    def forward(self, x: Tensor, scale: Tensor | None = None, shift: Tensor | None = None) -> Tensor:
        if scale is not None:
            assert shift is not None, "A scale comes with its shift."
            return self.steered(x, *self.modulation(scale, shift))
        h = super().forward(x.contiguous())
        return h.contiguous(memory_format=torch.channels_last) if x.ndim == 4 else h

    def modulation(self, scale: Tensor, shift: Tensor) -> tuple[Tensor, Tensor]:
        """The weight and the bias (B, C) that have the same effect as scale and shift."""
        scale = 1 + scale.float()
        return self.weight * scale, self.bias * scale + shift

    def steered(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """The norm with a weight and a bias (B, C) for each row."""
        rows = x.contiguous().view(1, -1, *x.shape[2:])
        h = F.group_norm(rows, len(x) * self.num_groups, weight.flatten(), bias.flatten(), self.eps)
        return h.view_as(x).contiguous(memory_format=torch.channels_last)


def norm(width: int) -> GroupNorm:
    return GroupNorm(32 if width % 32 == 0 else math.gcd(width, 8), width)


def zero(layer: nn.Module) -> nn.Module:
    """The layer with all parameters at zero."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


class Block(nn.Module):
    """BigGAN residual block with adaptive group norm; `resample` halves ("down") or doubles ("up") the side."""

    def __init__(self, width: int, out: int, steer: int, dropout: float, resample: str = ""):
        super().__init__()
        self.norm1, self.norm2 = norm(width), norm(out)
        self.conv1 = nn.Conv2d(width, out, 3, padding=1)
        self.steer = nn.Linear(steer, 2 * out)
        self.dropout = nn.Dropout(dropout)
        self.conv2 = zero(nn.Conv2d(out, out, 3, padding=1))
        self.skip = nn.Conv2d(width, out, 1) if width != out else nn.Identity()
        self.resample = {"": nn.Identity(), "down": nn.AvgPool2d(2), "up": nn.Upsample(scale_factor=2.0)}[resample]

    def forward(self, x: Tensor, steer: Tensor) -> Tensor:
        h = self.conv1(self.resample(F.silu(self.norm1(x))))
        h = self.norm2.steered(h, *self.modulation(steer))
        return self.skip(self.resample(x)) + self.conv2(self.dropout(F.silu(h)))

    def modulation(self, steer: Tensor) -> tuple[Tensor, Tensor]:
        """The weight and the bias (B, C) of the second norm."""
        return self.norm2.modulation(*self.steer(steer).chunk(2, dim=1))


def attended(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """softmax(q kᵀ / √c) v. PyTorch's own attention is faster in inference, and slower in training on a CPU."""
    if not torch.is_grad_enabled():
        return F.scaled_dot_product_attention(q, k, v)
    return shares(q, k).to(v.dtype) @ v


def shares(q: Tensor, k: Tensor) -> Tensor:
    """softmax(q kᵀ / √c) in float32: queries (B, heads, n, c) and keys (B, heads, T, c) → (B, heads, n, T)."""
    return (q @ k.mT * q.shape[3] ** -0.5).softmax(3, dtype=torch.float32)


def pointwise(layer: nn.Module, h: Tensor) -> Tensor:
    """A 1×1 convolution, or its packed form, on (B, T, C)."""
    if not isinstance(layer, nn.Conv1d):
        return layer(h)
    weight, bias = layer.weight.squeeze(2), layer.bias
    if not torch.is_autocast_enabled(h.device.type):
        weight, bias = weight.to(h.dtype), bias.to(h.dtype)
    return F.linear(h, weight, bias)


class Attention(nn.Module):
    """Self-attention over the pixels; `context` (B, T, C), where given, adds keys and values (GLIDE)."""

    def __init__(self, width: int, head: int, context: int = 0):
        super().__init__()
        self.heads = max(1, width // head)
        self.norm = norm(width)
        self.qkv = nn.Conv1d(width, 3 * width, 1)
        self.context = nn.Linear(context, 2 * width) if context else None
        self.out = zero(nn.Conv1d(width, width, 1))

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        h = attended(*self.project(x, context)).transpose(1, 2).flatten(2)  # B HW C
        return x + pointwise(self.out, h).mT.unflatten(2, x.shape[2:])

    def project(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (B, heads, HW, c), and keys and values (B, heads, T + HW, c), those of the context first."""
        q, k, v = pointwise(self.qkv, self.norm(x).flatten(2).mT).chunk(3, dim=2)  # B HW C
        if self.context is not None and context is not None:
            more_k, more_v = self.context(context).chunk(2, dim=2)
            k, v = torch.cat([more_k, k], 1), torch.cat([more_v, v], 1)
        q, k, v = (part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in (q, k, v))
        return q, k, v

    def weights(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """(B, heads, HW, T + HW): the shares in which each place looks at the tokens of the context and at all
        places."""
        q, k, _ = self.project(x, context)
        return shares(q, k)


class Level(nn.Module):
    """A block, then attention where the level has it."""

    def __init__(self, block: Block, attention: Attention | None):
        super().__init__()
        self.block, self.attention = block, attention

    def forward(self, x: Tensor, steer: Tensor, context: Tensor | None) -> Tensor:
        x = self.block(x, steer)
        return x if self.attention is None else self.attention(x, context)


def new_level(
    config: UNetConfig,
    width: int,
    out: int,
    side: int,
    steer: int,
    context: int = 0,
    resample: str = "",
    attend: bool | None = None,
) -> Level:
    """A level's block, with attention where the config has it, or as `attend` says."""
    block = Block(width, out, steer, config.dropout, resample)
    wanted = side in config.attention and not resample if attend is None else attend
    return Level(block, Attention(out, config.head, context) if wanted else None)


def way_down(config: UNetConfig, steer: int, context: int = 0) -> tuple[nn.ModuleList, list[int]]:
    """The levels from the stem's output to the smallest, and the channels of each skip, the stem's first."""
    levels, skips, now = [], [config.width], config.width
    for i, multiplier in enumerate(config.multipliers):
        side = config.image_size // config.patch // 2**i
        if i:
            levels.append(new_level(config, now, now, side, steer, context, "down"))
            skips.append(now)
        for _ in range(config.blocks):
            levels.append(new_level(config, now, config.width * multiplier, side, steer, context))
            now = config.width * multiplier
            skips.append(now)
    return nn.ModuleList(levels), skips


class UNet(nn.Module):
    """x (B, C, S, S), steps t (B,) → (B, outputs, S, S).

    `label` (B,) in 0 … classes is the class, `classes` itself meaning none; `extra` (B, 4·width) is added to the time's
    embedding; `context` (B, T, context_width) are tokens that attention looks at too.
    """

    def __init__(self, config: UNetConfig, inputs: int = 3, outputs: int = 3, context: int = 0):
        super().__init__()
        self.config, steer = config, 4 * config.width
        self.time = nn.Sequential(nn.Linear(config.width, steer), nn.SiLU(), nn.Linear(steer, steer))
        self.label = nn.Embedding(config.classes + 1, steer) if config.classes else None
        self.steering: nn.Module = nn.Identity()  # every block has a layer of its own
        self.stem = nn.Conv2d(inputs * config.patch**2, config.width, 3, padding=1)
        widths = [config.width * m for m in config.multipliers]
        sides = [config.image_size // config.patch // 2**i for i in range(len(widths))]
        self.down, skips = way_down(config, steer, context)
        self.middle = nn.ModuleList(
            [
                new_level(config, widths[-1], widths[-1], sides[-1], steer, context, attend=bool(config.attention)),
                new_level(config, widths[-1], widths[-1], sides[-1], steer, context, attend=False),
            ]
        )
        self.up: Any = self._way_up(widths, sides, skips, steer, context)
        self.input_skip = zero(nn.Linear(steer, inputs)) if config.input_skip else None
        self.norm = norm(config.width)
        self.out = zero(nn.Conv2d(config.width, outputs * config.patch**2, 3, padding=1))

    def _way_up(self, widths, sides, skips: list[int], steer, context) -> nn.ModuleList:
        levels, skips, now = [], list(skips), widths[-1]
        for i in reversed(range(len(widths))):
            for _ in range(self.config.blocks + 1):
                levels.append(new_level(self.config, now + skips.pop(), widths[i], sides[i], steer, context))
                now = widths[i]
            if i:
                levels.append(new_level(self.config, now, now, sides[i - 1], steer, context, "up"))
        return nn.ModuleList(levels)

    def forward(
        self,
        x: Tensor,
        t: Tensor,
        label: Tensor | None = None,
        extra: Tensor | None = None,
        context: Tensor | None = None,
    ) -> Tensor:
        steer = self.time(timestep_embedding(t, self.config.width))
        if self.label is not None:
            none = torch.full_like(t, self.config.classes)
            steer = steer + self.label(none if label is None else label)
        steer = F.silu(steer if extra is None else steer + extra)
        shares = None if self.input_skip is None else self.input_skip(steer)
        steer = self.steering(steer)
        h = self.stem(F.pixel_unshuffle(x, self.config.patch))
        skips = [h]
        for level in self.down:
            h = level(h, steer, context)
            skips.append(h)
        for level in self.middle:
            h = level(h, steer, context)
        for level in self.up:
            grows = isinstance(level.block.resample, nn.Upsample)
            h = level(h if grows else torch.cat([h, skips.pop()], 1), steer, context)
        out = F.pixel_shuffle(self.out(F.silu(self.norm(h))), self.config.patch)
        return out if shares is None else _with_input(out, x, shares)


def _with_input(out: Tensor, x: Tensor, shares: Tensor) -> Tensor:
    """out (B, outputs, S, S) with shares (B, C) of x (B, C, S, S) added to its first C channels."""
    shared = shares.float()[:, :, None, None] * x
    return out + F.pad(shared, (0, 0, 0, 0, 0, out.shape[1] - x.shape[1]))
