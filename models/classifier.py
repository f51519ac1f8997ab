"""A classifier that knows noise (ADM, Dhariwal & Nichol 2021, §4): the way down of a U-Net, read by attention.

    log p(y | x_t, t),   x_t a draw of the same forward process that the guided model was trained with

It tells several things of a drawing at once, each by its own head, so that one network guides towards a concept, a
group or a drawing style. No batch statistics: the gradient of a batch's sum is each picture's own.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.layers import total
from models.pretrained import Pretrained
from models.process import Process
from models.unet import UNetConfig, norm, timestep_embedding, way_down

HEADS = ("concept", "style", "group")


@dataclass(frozen=True)
class ClassifierConfig(UNetConfig):
    blocks: int = 1  # residual blocks per level
    dropout: float = 0.1  # within a block
    head_classes: tuple[int, ...] = (1914, 8, 9)  # concepts, styles and groups it tells apart
    schedule: str = "cosine"  # of the noise
    steps: int = 1000  # T


class Classifier(Pretrained):
    """x_t (B, 3, S, S) at original steps t (B,) → logits per head, {"concept": (B, 1914), …}."""

    def __init__(self, config: ClassifierConfig):
        super().__init__(config)
        steer, widths = 4 * config.width, [config.width * m for m in config.multipliers]
        self.process = Process.named(config.schedule, config.steps)
        self.time = nn.Sequential(nn.Linear(config.width, steer), nn.SiLU(), nn.Linear(steer, steer))
        self.stem = nn.Conv2d(3 * config.patch**2, config.width, 3, padding=1)
        self.down, _ = way_down(config, steer)
        self.norm = norm(widths[-1])
        self.pool = AttentionPool(widths[-1], config.head)
        self.heads = nn.Linear(widths[-1], sum(config.head_classes))

    def forward(self, x: Tensor, t: Tensor) -> dict[str, Tensor]:
        steer = F.silu(self.time(timestep_embedding(t, self.config.width)))
        h = self.stem(F.pixel_unshuffle(x, self.config.patch))
        for level in self.down:
            h = level(h, steer, None)
        logits = self.heads(self.pool(F.silu(self.norm(h)))).float()
        return dict(zip(HEADS, logits.split(self.config.head_classes, dim=1), strict=True))

    def loss(self, x0: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Cross-entropy of all heads for pictures (B, 3, S, S) at random steps; labels (B, heads)."""
        t = torch.randint(len(self.process), (len(x0),))
        x = self.process.noised(x0, t, torch.randn_like(x0))
        found = dict(zip(HEADS, labels.T, strict=True))
        logits = self(x, t.to(x.device))
        right = {name: (logits[name].argmax(1) == label).float().mean() for name, label in found.items()}
        return {"loss": total(F.cross_entropy(logits[name], label) for name, label in found.items())} | right

    def sample(self, *_: object) -> Tensor:
        raise NotImplementedError("A classifier draws nothing: let it guide a diffusion model (models.guidance).")


class AttentionPool(nn.Module):
    """(B, C, H, W) → (B, C): the mean attends to all places (CLIP's attention pooling)."""

    def __init__(self, width: int, head: int):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, max(1, width // head), batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        tokens = x.flatten(2).mT
        mean = tokens.mean(1, keepdim=True)
        tokens = torch.cat([mean, tokens], 1)
        return (mean + self.attention(mean, tokens, tokens, need_weights=False)[0])[:, 0]
