"""The judge: a plain residual network (He et al. 2016) that names a drawing and its style.

No generator is trained or guided with it; its features measure them all (Fréchet distance, precision, recall, nearest
training picture), and its names check what was drawn. A blind one sees grey pictures only, so that it names a thing in
whatever colour it comes.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.pretrained import Pretrained

LUMA = (0.299, 0.587, 0.114)  # of red, green and blue (ITU-R BT.601)


@dataclass(frozen=True)
class JudgeConfig:
    image_size: int = 64  # pixels a side
    concepts: int = 1914  # names it knows
    styles: int = 8  # drawing styles it knows
    groups: int = 9  # groups of concepts it knows
    patch: int = 2  # pixels a side that the stem turns into channels
    widths: tuple[int, ...] = (64, 128, 128, 256, 256, 384, 384)  # channels per block; a wider one halves the side
    features: int = 128  # numbers that describe a picture
    blind: bool = False  # to colour


class NormBlock(nn.Module):
    """Pre-activation residual block with batch norm; it halves the side where it widens."""

    def __init__(self, width: int, out: int):
        super().__init__()
        stride = 2 if out > width else 1
        self.norm1, self.norm2 = nn.BatchNorm2d(width), nn.BatchNorm2d(out)
        self.conv1 = nn.Conv2d(width, out, 3, stride=stride, padding=1, bias=False)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        nn.init.zeros_(self.conv2.weight)
        self.skip = nn.Identity() if out == width else nn.Conv2d(width, out, 1, stride=stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.norm1(x))
        return self.skip(x) + self.conv2(F.relu(self.norm2(self.conv1(h))))


class Judge(Pretrained):
    """x (B, 3, S, S) in [-1, 1] → which concept, which style, which group."""

    boundary = ("body.1", "concept", "style", "group")

    def __init__(self, config: JudgeConfig):
        super().__init__(config)
        widths = (config.widths[0], *config.widths)
        self.body = nn.Sequential(
            nn.PixelUnshuffle(config.patch),
            nn.Conv2d(3 * config.patch**2, widths[0], 3, padding=1),
            *(NormBlock(width, out) for width, out in pairwise(widths)),
        )
        self.norm = nn.BatchNorm2d(widths[-1])
        self.to_features = nn.Linear(widths[-1], config.features)
        self.concept = nn.Linear(config.features, config.concepts)
        self.style = nn.Linear(config.features, config.styles)
        self.group = nn.Linear(config.features, config.groups)

    def features(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) → (B, features): what distances between pictures are measured in."""
        if self.config.blind:
            x = (x * torch.tensor(LUMA, device=x.device).view(3, 1, 1)).sum(1, keepdim=True).expand_as(x)
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
