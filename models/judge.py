"""The judge: a small residual network (He et al. 2016) that names a drawing and its style.

No generator is trained or guided with it; its features measure them all (Fréchet distance, precision, recall, nearest
training picture), and its names check what was drawn.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.pretrained import Pretrained


@dataclass(frozen=True)
class JudgeConfig:
    image_size: int = 64  # pixels a side
    concepts: int = 1914  # names it knows
    styles: int = 8  # drawing styles it knows
    groups: int = 9  # groups of concepts it knows
    patch: int = 4  # pixels a side that the stem turns into channels
    widths: tuple[int, ...] = (64, 128, 256, 256)  # channels per block, each after the first halves the side
    features: int = 128  # numbers that describe a picture


class NormBlock(nn.Module):
    """Pre-activation residual block with group norm; `stride` 2 halves the picture."""

    def __init__(self, width: int, out: int, stride: int):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(8, width), nn.GroupNorm(8, out)
        self.conv1 = nn.Conv2d(width, out, 3, stride=stride, padding=1)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        self.skip = nn.Conv2d(width, out, 1, stride=stride) if (width, stride) != (out, 1) else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.skip(x) + self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x))))))


class Judge(Pretrained):
    """x (B, 3, S, S) in [-1, 1] → which concept, which style."""

    def __init__(self, config: JudgeConfig):
        super().__init__(config)
        widths = (config.widths[0], *config.widths)
        self.body = nn.Sequential(
            nn.PixelUnshuffle(config.patch),
            nn.Conv2d(3 * config.patch**2, widths[0], 3, padding=1),
            *(NormBlock(a, b, stride=2 if i else 1) for i, (a, b) in enumerate(zip(widths, widths[1:]))),
        )
        self.norm = nn.GroupNorm(8, widths[-1])
        self.to_features = nn.Linear(widths[-1], config.features)
        self.concept = nn.Linear(config.features, config.concepts)
        self.style = nn.Linear(config.features, config.styles)
        self.group = nn.Linear(config.features, config.groups)

    def features(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) → (B, features): what distances between pictures are measured in."""
        return self.to_features(F.relu(self.norm(self.body(x))).mean((2, 3))).float()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, 3, S, S) → logits of the concepts (B, concepts), styles (B, styles) and groups (B, groups)."""
        hidden = F.relu(self.features(x))
        return self.concept(hidden).float(), self.style(hidden).float(), self.group(hidden).float()

    def loss(self, x: Tensor, concept: Tensor, style: Tensor, group: Tensor) -> dict[str, Tensor]:
        """Cross-entropy of all three, the names with label smoothing; accuracies beside it."""
        names, styles, groups = self(x)
        loss = F.cross_entropy(names, concept, label_smoothing=0.1) + F.cross_entropy(styles, style)
        right = {"concept": (names, concept), "style": (styles, style), "group": (groups, group)}
        return {"loss": loss + F.cross_entropy(groups, group)} | {
            name: (logits.argmax(1) == label).float().mean() for name, (logits, label) in right.items()
        }

    def sample(self, *_: object) -> Tensor:
        raise NotImplementedError("A judge draws nothing: ask it for features or names.")
