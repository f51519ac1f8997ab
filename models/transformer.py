"""The transformer of the captions (Vaswani et al. 2017, pre-norm): causal in CLIP's text tower, looking both ways in
GLIDE's.

The names of the weights are open_clip's.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class QuickGELU(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * (1.702 * x).sigmoid()


class Past:
    """The keys and values (B, heads, T, d) that an attention has seen, so that later tokens need not read them
    again."""

    def __init__(self):
        self.seen: tuple[Tensor, Tensor] | None = None

    def extend(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """All keys and values, the new ones last."""
        if self.seen is not None:
            k, v = torch.cat([self.seen[0], k], 2), torch.cat([self.seen[1], v], 2)
        self.seen = k, v
        return self.seen


class Attention(nn.Module):
    """Self-attention. With `causal` a token attends only to itself and what came before; none attends to what is
    `hidden` (B, T)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.randn(3 * width, width) * width**-0.5)
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: Tensor, causal: bool, hidden: Tensor | None = None, past: Past | None = None) -> Tensor:
        heads = F.linear(x, self.in_proj_weight, self.in_proj_bias).unflatten(2, (3, self.heads, -1))
        q, k, v = heads.permute(2, 0, 3, 1, 4)  # B heads T d
        if past is not None:
            k, v = past.extend(k, v)
        scores = q @ k.mT * q.shape[3] ** -0.5  # sooner than the fused one on a CPU
        if causal:
            before = k.shape[2] - q.shape[2]
            scores = scores + torch.full(scores.shape[2:], -math.inf, dtype=scores.dtype, device=x.device).triu(
                1 + before
            )
        if hidden is not None:
            scores = scores.masked_fill(hidden[:, None, None], -math.inf)
        h = scores.softmax(3, dtype=torch.float32).to(v.dtype) @ v
        return self.out_proj(h.transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Pre-norm attention and MLP."""

    def __init__(self, width: int, heads: int, quick_gelu: bool):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = Attention(width, heads)
        self.mlp = nn.Sequential()
        self.mlp.add_module("c_fc", nn.Linear(width, 4 * width))
        self.mlp.add_module("gelu", QuickGELU() if quick_gelu else nn.GELU())
        self.mlp.add_module("c_proj", nn.Linear(4 * width, width))

    def forward(self, x: Tensor, causal: bool, hidden: Tensor | None = None, past: Past | None = None) -> Tensor:
        x = x + self.attn(self.ln_1(x), causal, hidden, past)
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    """(B, T, D) → (B, T, D), initialised like CLIP. With `past`, one for each block, x continues what the blocks have
    seen, and `hidden` (B, all of it) covers that too."""

    def __init__(self, width: int, layers: int, heads: int, quick_gelu: bool):
        super().__init__()
        self.resblocks: Any = nn.ModuleList(Block(width, heads, quick_gelu) for _ in range(layers))
        for block in self.resblocks:
            nn.init.normal_(block.mlp.c_fc.weight, std=(2 * width) ** -0.5)
            for layer in (block.attn.out_proj, block.mlp.c_proj):
                nn.init.normal_(layer.weight, std=(2 * width * layers) ** -0.5)

    def forward(
        self, x: Tensor, causal: bool = False, hidden: Tensor | None = None, past: list[Past] | None = None
    ) -> Tensor:
        for block, seen in zip(self.resblocks, past or [None] * len(self.resblocks), strict=True):
            x = block(x, causal, hidden, seen)
        return x

    def past(self) -> list[Past]:
        """A past in which nothing has been seen yet, for each block."""
        return [Past() for _ in self.resblocks]
