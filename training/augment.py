"""Random changes of pictures that keep what is drawn, for networks that recognise."""

import torch
import torch.nn.functional as F
from torch import Tensor


def augment(x: Tensor, rng: torch.Generator) -> Tensor:
    """Turns, scales, moves, recolours and partly covers each picture and adds noise, all at random: (B, 3, S, S)."""

    def draw(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(len(x), generator=rng)

    x = moved(x, rng)
    gain, lift = draw(0.7, 1.2), draw(-0.2, 0.2)
    tint = 1 + 0.15 * torch.randn(len(x), 3, 1, 1, generator=rng)
    x = x * gain.view(-1, 1, 1, 1).to(x.device) * tint.to(x.device) + lift.view(-1, 1, 1, 1).to(x.device)
    noise = draw(-0.2, 0.2).clamp_min(0).view(-1, 1, 1, 1) * torch.randn(x.shape, generator=rng)
    return cover(x + noise.to(x.device), rng).clamp(-1, 1)


def moved(x: Tensor, rng: torch.Generator, share: float = 1.0) -> Tensor:
    """Turns, scales and moves each picture at random: (B, 3, S, S); by less where `share` is below 1."""

    def draw(low: float, high: float) -> Tensor:
        return share * (low + (high - low) * torch.rand(len(x), generator=rng))

    angle, scale = draw(-0.3, 0.3), 1 + draw(-0.2, 0.3)
    turn = torch.stack(
        [
            torch.stack([scale * angle.cos(), -scale * angle.sin(), draw(-0.15, 0.15)], 1),
            torch.stack([scale * angle.sin(), scale * angle.cos(), draw(-0.15, 0.15)], 1),
        ],
        1,
    )  # B 2 3
    grid = F.affine_grid(turn.to(x.device), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, padding_mode="border", align_corners=False)


def cover(x: Tensor, rng: torch.Generator) -> Tensor:
    """Puts a grey square of up to a third of the side over every other picture."""
    count, _, side, _ = x.shape
    at = torch.rand(count, 2, generator=rng) * side
    half = torch.rand(count, generator=rng) * side / 6 * (torch.rand(count, generator=rng) < 0.5)
    away = (torch.arange(side)[None, None] - at[..., None]).abs()  # B 2 S
    inside = (away[:, 0, :, None] < half[:, None, None]) & (away[:, 1, None, :] < half[:, None, None])
    return x.masked_fill(inside[:, None].to(x.device), 0.0)
