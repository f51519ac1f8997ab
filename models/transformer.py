"""The transformer of the captions (Vaswani et al. 2017, pre-norm): causal in CLIP's text tower, looking both ways in
GLIDE's.

The names of the weights are open_clip's.
"""

import math
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class QuickGELU(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * (1.702 * x).sigmoid()


class Past:
    """The keys and values (B, heads, T, d) that an attention has seen, so that later tokens need not read them again.
    There is `room` for so many tokens from the start; more of it is made where it does not suffice."""

    def __init__(self, room: int = 0):
        self.room, self.length = room, 0
        self.kept: tuple[Tensor, ...] = ()

    def extend(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """All keys and values, the new ones last."""
        before, self.length = self.length, self.length + k.shape[2]
        if not self.kept or self.length > self.kept[0].shape[2]:
            seen, self.room = self.kept, max(self.room, self.length)
            self.kept = tuple(one.new_empty(*one.shape[:2], self.room, one.shape[3]) for one in (k, v))
            for whole, old in zip(self.kept, seen, strict=False):
                whole[:, :, :before] = old[:, :, :before]
        for whole, new in zip(self.kept, (k, v), strict=True):
            whole[:, :, before : self.length] = new
        keys, values = (whole[:, :, : self.length] for whole in self.kept)
        return keys, values


class Company(NamedTuple):
    """The pasts of several runs that are read as one batch, and how many rows of it belong to each."""

    pasts: list[Past]
    rows: list[int]


class Attention(nn.Module):
    """Self-attention. With `causal` a token attends only to itself and what came before; none attends to what is
    `hidden` (B, T)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.randn(3 * width, width) * width**-0.5)
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(
        self, x: Tensor, causal: bool, hidden: Tensor | None = None, past: Past | Company | None = None
    ) -> Tensor:
        q, k, v = self._split(x)
        if isinstance(past, Company):  # runs differ in what they have seen: each attends to its own
            runs = zip(q.split(past.rows), k.split(past.rows), v.split(past.rows), past.pasts, strict=True)
            h = torch.cat([_attended(one, *own.extend(key, value), causal) for one, key, value, own in runs])
        else:
            k, v = past.extend(k, v) if past is not None else (k, v)
            h = _attended(q, k, v, causal, hidden)
        return self.out_proj(h.transpose(1, 2).flatten(2))

    def weights(self, x: Tensor, causal: bool, hidden: Tensor | None = None) -> Tensor:
        """(B, heads, T, T): the shares in which each token attends to all tokens."""
        q, k, _ = self._split(x)
        return _shares(q, k, causal, hidden)

    def _split(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        q, k, v = self.project(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # B heads T d
        return q, k, v

    def project(self, x: Tensor) -> Tensor:
        """(B, T, D) → (B, T, 3 D): queries, keys and values."""
        return F.linear(x, self.in_proj_weight, self.in_proj_bias)


def _attended(q: Tensor, k: Tensor, v: Tensor, causal: bool, hidden: Tensor | None = None) -> Tensor:
    """Queries (B, heads, n, d), the last n of the keys and values (B, heads, T, d) → (B, heads, n, d)."""
    return _shares(q, k, causal, hidden).to(v.dtype) @ v


def _shares(q: Tensor, k: Tensor, causal: bool, hidden: Tensor | None) -> Tensor:
    """The same queries and keys → (B, heads, n, T), rows that add up to 1, in float32."""
    scores = q @ k.mT * q.shape[3] ** -0.5  # sooner than the fused one on a CPU
    if causal and q.shape[2] > 1:
        before = k.shape[2] - q.shape[2]
        scores = scores + torch.full(scores.shape[2:], -math.inf, dtype=scores.dtype, device=q.device).triu(1 + before)
    if hidden is not None:
        scores = scores.masked_fill(hidden[:, None, None], -math.inf)
    return scores.softmax(3, dtype=torch.float32)


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

    def forward(
        self, x: Tensor, causal: bool, hidden: Tensor | None = None, past: Past | Company | None = None
    ) -> Tensor:
        x = x + self.attn(self.ln_1(x), causal, hidden, past)
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    """(B, T, D) → (B, T, D), initialised like CLIP. With `past`, one for each block, x continues what the blocks have
    seen, and `hidden` (B, all of it) covers that too. A batch of several runs has their `Company` for each block."""

    def __init__(self, width: int, layers: int, heads: int, quick_gelu: bool):
        super().__init__()
        self.resblocks: Any = nn.ModuleList(Block(width, heads, quick_gelu) for _ in range(layers))
        for block in self.resblocks:
            nn.init.normal_(block.mlp.c_fc.weight, std=(2 * width) ** -0.5)
            for layer in (block.attn.out_proj, block.mlp.c_proj):
                nn.init.normal_(layer.weight, std=(2 * width * layers) ** -0.5)

    def forward(
        self,
        x: Tensor,
        causal: bool = False,
        hidden: Tensor | None = None,
        past: list[Past] | list[Company] | None = None,
    ) -> Tensor:
        for block, seen in zip(self.resblocks, past or [None] * len(self.resblocks), strict=True):
            x = block(x, causal, hidden, seen)
        return x

    def past(self, room: int = 0) -> list[Past]:
        """A past in which nothing has been seen yet, for each block, with `room` for so many tokens."""
        return [Past(room) for _ in self.resblocks]
