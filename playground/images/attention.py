"""Attention as the page takes it: the tokens of a caption joined to words, and shares as numbers of two bytes."""

import base64

import numpy as np
import torch
from torch import Tensor

from models.tokenizer import Tokenizer

FULL = 65_535  # what stands for all of the attention


def columns(bpe: Tokenizer, text: str) -> list[dict]:
    """What of a caption can be looked at, in its order: {"kind": start, word, end or padding, "name", "tokens": how
    many}; its words only where there are some."""
    words = [{"kind": "word", "name": word, "tokens": count} for word, count in bpe.words(text)]
    rest = bpe.context - 2 - sum(word["tokens"] for word in words)
    padding = [{"kind": "padding", "name": ["attention.padding", {"n": rest}], "tokens": rest}] if rest else []
    start, end = ({"kind": kind, "name": [f"attention.{kind}", {}], "tokens": 1} for kind in ("start", "end"))
    return [start, *words, end, *padding]


def joined(shares: Tensor, looked_at: list[dict]) -> Tensor:
    """Shares of tokens, then of n places (…, T + n), → of words and the like, then of places (…, K + n)."""
    sizes = [one["tokens"] for one in looked_at]
    words = [part.sum(-1) for part in shares[..., : sum(sizes)].split(sizes, -1)]
    return torch.cat([torch.stack(words, -1), shares[..., sum(sizes) :]], -1)


def shown(shares: Tensor, looked_at: list[dict], causal: bool = False) -> dict:
    """What the attention widget shows of shares (moments, layers, n, T + n); `causal`: a place saw only those before
    it."""
    table = joined(shares, looked_at)
    return {
        "columns": looked_at,
        "layers": shares.shape[1],
        "grid": round(shares.shape[2] ** 0.5),
        "causal": causal,
        "shares": packed(table),
    }


def packed(shares: Tensor) -> str:
    """Shares from 0 to 1 as base64 of their square roots, which keep the small ones, each a number of two bytes, the
    lower one first."""
    return base64.b64encode((shares.sqrt() * FULL).round().cpu().numpy().astype(np.dtype("<u2")).tobytes()).decode()
