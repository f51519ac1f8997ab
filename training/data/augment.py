"""Pictures changed at random as a drawing may be without becoming another, for networks that recognise."""

import torch
import torch.nn.functional as F
from torch import Tensor


def moved(x: Tensor, rng: torch.Generator, share: float = 1.0) -> Tensor:
    """Each picture turned, scaled and moved at random: (B, 3, S, S); by less where `share` is below 1."""

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
