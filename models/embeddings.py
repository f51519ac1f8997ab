"""Ways from one CLIP embedding to another (Ramesh et al. 2022, §3.2 and §3.3): along the great circle between two, and
towards the difference of two captions."""

import torch
import torch.nn.functional as F
from torch import Tensor

FURTHEST = 0.5  # the largest share of the way to the difference of two captions that the paper goes


def slerp(a: Tensor, b: Tensor, share: float | Tensor) -> Tensor:
    """From a (share 0) to b (1) along the great circle between them, rows flattened; along the line where they are
    parallel."""
    angle = F.cosine_similarity(a.flatten(1), b.flatten(1)).clamp(-1, 1).arccos()
    angle, share = (torch.as_tensor(v, dtype=a.dtype).view(-1, *[1] * (a.ndim - 1)) for v in (angle, share))
    straight = (1 - share) * a + share * b
    return torch.where(
        angle.sin() > 1e-4, (((1 - share) * angle).sin() * a + (share * angle).sin() * b) / angle.sin(), straight
    )


def text_diff(z: Tensor, before: Tensor, after: Tensor, share: float | Tensor) -> Tensor:
    """Embeddings (B, E) of length 1, turned towards the difference of two captions' embeddings (§3.3); equal captions
    turn nothing."""
    way = after - before
    length = way.norm(dim=1, keepdim=True)
    turned = slerp(z, way / length.clamp_min(1e-6), share)
    return torch.where(length > 1e-4, turned, z)
