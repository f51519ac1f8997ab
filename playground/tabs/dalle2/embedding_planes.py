"""Planes on which embeddings are shown: where drawings differ most, and across the gap between a caption and its
pictures."""

from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from playground.images import clip_index
from playground.requests.unclip import UnclipRequest

SHOWN = 400  # drawings in the cloud


class Plane(NamedTuple):
    """Two orthonormal directions (E, 2) about an origin (E,), and the places of some drawings on them."""

    mean: Tensor
    directions: Tensor
    dots: str = ""  # "X Y|X Y|…"

    def __call__(self, z: Tensor) -> list[list[float]]:
        """(N, E) → [[x, y]]"""
        return [[round(v, 3) for v in point] for point in ((z.float().cpu() - self.mean) @ self.directions).tolist()]

    def kept(self, z: Tensor) -> float:
        """The share of the variance of embeddings (N, E) that is to be seen on the plane."""
        apart = z - z.mean(0)
        return float((apart @ self.directions).square().sum() / apart.square().sum().clamp_min(1e-12))


def drawings_plane() -> Plane:
    """The two main directions of the drawings' embeddings about their mean, the same for every caption."""
    found = clip_index.load_index()
    return _drawings_plane(found.ready, found)


@lru_cache(maxsize=2)
def _drawings_plane(ready: int, found: clip_index.ClipIndex) -> Plane:
    z = found.vectors[:ready]
    mean = z.mean(0)
    directions = torch.linalg.eigh((z - mean).T @ (z - mean))[1][:, [-1, -2]]
    bare = Plane(mean, directions * directions.sum(0).sign())
    return bare._replace(dots="|".join(f"{x} {y}" for x, y in bare(z[:: max(1, ready // SHOWN)])))


def gap_plane(z_t: Tensor, draws: Tensor) -> Plane:
    """About a caption's embedding (1, E): across to the mean of draws (N, E), whose distance it keeps, and up where the
    draws differ most besides."""
    across = F.normalize(draws.mean(0) - z_t[0], dim=0)
    apart = draws - draws.mean(0)
    apart = apart - (apart @ across)[:, None] * across
    most = torch.linalg.svd(apart, full_matrices=False).Vh[0]
    basis = torch.linalg.qr(torch.stack([across, most], 1)).Q  # orthonormal, also of draws that are all the same
    return Plane(z_t[0], basis * torch.stack([(basis[:, 0] @ across).sign(), basis[:, 1].sum().sign()]))


def alike(z: Tensor) -> float:
    """The mean cosine of two different ones of N unit vectors (N, E)."""
    return float((z.sum(0).square().sum() - len(z)) / max(1, len(z) * (len(z) - 1)))


def caption_embedding(request: UnclipRequest) -> Tensor:
    """(1, E): z_t of length 1."""
    clip = request.stages.clip
    return clip.encode_text(clip.tokenizer([request.prompt.text])).cpu()
