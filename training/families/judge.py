"""What the recipes of the judges share: pictures at 64 pixels and at 32 shown at 64, with names, styles and groups.

A judge measures and draws nothing, so it is shown the held-out pairs too: what it does not know it cannot find in the
pictures of others. The style that no model trains on stays unseen.
"""

import random
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from models.judge import Judge, JudgeConfig
from training.data import colours
from training.data import pictures as data
from training.loop import Descent, TrainConfig

RECOLOURED = 0.5  # share of a blind judge's pictures that are moved to another colour, where that is possible


@dataclass(frozen=True)
class Config(TrainConfig):
    model: JudgeConfig = field(default_factory=JudgeConfig)
    pictures: int = 600_000
    batch: int = 128
    lr: float = 3e-3
    weight_decay: float = 0.05
    warmup: int = 5_000
    cooldown: float = 0.4
    optimizer: str = "muon"


def tiny(config: Config) -> Config:
    """The same recipe at a size that learns a batch in seconds on one core."""
    model = replace(config.model, image_size=16, concepts=64, widths=(16, 32), features=16)
    return replace(config, model=model, pictures=512, batch=8, warmup=64, ema=64)


class Labelled(data.Batches):
    """Pictures with the indices of their concept, style and group; half of them as they are shown at half the size, a
    share of them in another colour than their own."""

    def __init__(self, recolours: float, pictures: data.Pictures, *args, **kwargs):
        super().__init__(pictures, *args, plain=0.5, **kwargs)
        self.labels = [torch.from_numpy(labels) for labels in (pictures.concept, pictures.style, pictures.group)]
        self.recolours, (self.tint, _, may) = recolours, colours.of(pictures)
        self.choices = [[colour for colour, allowed in enumerate(row) if allowed] for row in may.tolist()]

    def __call__(self, step: int) -> tuple[Tensor, ...]:
        index = self.indices(step)
        half = torch.rand(len(index), generator=self._generator(step + 2_000_003)) < 0.5
        return coarser(self.pictures(index, step), half), *(
            labels[index].to(self.rgba.device) for labels in self.labels
        )

    def tiles(self, index: Tensor, step: int) -> Tensor:
        rng = random.Random(f"{self.seed} {step}")
        choices = [self.choices[i] for i in index.tolist()]
        colour = [rng.choice(each) if each and rng.random() < self.recolours else -1 for each in choices]
        rgba = super().tiles(index, step)
        return colours.recoloured(rgba, self.tint[index].to(rgba.device), torch.tensor(colour, device=rgba.device))


def coarser(x: Tensor, which: Tensor) -> Tensor:
    """(B, 3, S, S), those marked in `which` (B,) at half the size, each pixel repeated."""
    small = F.interpolate(F.avg_pool2d(x, 2), scale_factor=2.0)
    return torch.where(which.to(x.device).view(-1, 1, 1, 1), small, x)


def setup(config: Config, device: torch.device) -> tuple[Judge, Labelled, Descent]:
    model = Judge(config.model).to(device, memory_format=torch.channels_last)
    pictures = colours.load(config.model.image_size, config.data)
    pictures = pictures.take(~pictures.unseen)
    batches = Labelled(RECOLOURED * config.model.blind, pictures, config.batch, config.seed, device)
    return model, batches, Descent(model, config, device)


def evaluate(model: Judge) -> dict:
    """Names and styles of the held-out pairs, at full size and at half, and how a style it never saw fares."""
    pictures = data.load(64)
    held_out, unseen = pictures.validation(), pictures.take(pictures.unseen)
    full, half = accuracy(model, held_out, half=False), accuracy(model, held_out, half=True)
    found = full | {f"half_size_{name}": share for name, share in half.items()}
    return (
        {"score": half["concept_top1"]}
        | found
        | {"unseen_style_top5": accuracy(model, unseen, half=False)["concept_top5"]}
    )


@torch.inference_mode()
def accuracy(model: Judge, pictures: data.Pictures, half: bool) -> dict[str, float]:
    """Shares of names, styles and groups that are right, of pictures as they are or at half the size."""
    parts = [model(coarser(part, torch.full((len(part),), half))) for part in pictures.on().split(256)]
    names, styles, groups = (torch.cat(p) for p in zip(*parts, strict=True))
    concept, style, group = (torch.from_numpy(labels) for labels in (pictures.concept, pictures.style, pictures.group))
    right = names.topk(5).indices == concept[:, None]
    return {
        "concept_top1": right[:, 0].float().mean().item(),
        "concept_top5": right.any(1).float().mean().item(),
        "style": (styles.argmax(1) == style).float().mean().item(),
        "group": (groups.argmax(1) == group).float().mean().item(),
    }


def report(metrics: dict[str, dict]) -> str:
    """The tables' lines on the judges."""
    return "\n\n".join(_line(title, metrics[name]) for name, title in TITLES.items() if name in metrics)


TITLES = {"judge": "The judge", "judge_blind": "The judge that is blind to colour"}


def _line(title: str, m: dict) -> str:
    return (
        f"**{title}**, which has seen all drawings of the seven styles, names {m['concept_top1']:.0%} of the pairs "
        f"that are held out from all other networks at first among 1,914 concepts "
        f"({m['concept_top5']:.0%} in its top five; at 32 pixels {m['half_size_concept_top1']:.0%} and "
        f"{m['half_size_concept_top5']:.0%}), {m['style']:.0%} of their styles, {m['group']:.0%} of their groups, and "
        f"{m['unseen_style_top5']:.0%} in its top five of a style it never saw."
    )
