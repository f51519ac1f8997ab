"""The noised classifier that guides at 32×32: which concept, style and group, at any amount of noise.

    python -m training classifier --minutes 13      # 133 k pictures on one core without AMX

Expect it to know the group of 58%, the style of 45% and to have the concept in its top five for 19% of held-out pairs,
nearly the same up to three quarters of the noise, and a third less beyond.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from models.classifier import HEADS, Classifier, ClassifierConfig
from training.data import pictures as data
from training.evaluation.clip import QUARTERS
from training.loop import Descent, TrainConfig


@dataclass(frozen=True)
class Config(TrainConfig):
    model: ClassifierConfig = field(default_factory=ClassifierConfig)


MODEL = Classifier
CONFIG = Config(pictures=1_000_000, batch=64, weight_decay=0.05, lr=5e-4)
TINY = replace(
    CONFIG,
    model=ClassifierConfig(image_size=16, width=16, multipliers=(1, 2), head=8, head_classes=(64, 8, 9), steps=50),
    pictures=512,
    batch=8,
    warmup=64,
    ema=64,
)


class Labelled(data.Batches):
    """Pictures on white with their concept, style and group (B, 3)."""

    def __init__(self, pictures: data.Pictures, *args, **kwargs):
        super().__init__(pictures, *args, plain=1.0, **kwargs)
        self.labels = labels(pictures)

    def __call__(self, step: int) -> tuple[Tensor, Tensor]:
        index = self.indices(step)
        x = self.pictures(index, step)
        return x, self.labels[index].to(x.device)


def labels(pictures: data.Pictures) -> Tensor:
    """(N, 3) in the order of the heads."""
    return torch.from_numpy(np.stack([getattr(pictures, head) for head in HEADS], 1)).long()


def setup(config: Config, device: torch.device) -> tuple[Classifier, Labelled, Descent]:
    model = Classifier(config.model).to(device, memory_format=torch.channels_last)
    pictures = data.load(config.model.image_size, config.data).training()
    return model, Labelled(pictures, config.batch, config.seed, device), Descent(model, config, device)


@torch.inference_mode()
def evaluate(model: Classifier) -> dict:
    """How often each head is right (concepts: in the first five) on noised held-out pairs, per quarter of the steps."""
    pictures, generator = data.load(model.config.image_size).validation(), torch.Generator().manual_seed(0)
    x0, right, steps, found = pictures.on(), labels(pictures), len(model.process), {}
    for i, quarter in enumerate(QUARTERS):
        t = torch.randint(i * steps // 4, (i + 1) * steps // 4, (len(x0),), generator=generator)
        logits = model(model.process.noised(x0, t, torch.randn(x0.shape, generator=generator)), t)
        for head, label in zip(HEADS, right.T, strict=True):
            first = logits[head].topk(5 if head == "concept" else 1, 1).indices == label[:, None]
            found[f"{quarter}_quarter_{head}"] = first.any(1).float().mean().item()
    return {"score": sum(found.values()) / len(found)} | found


def report(metrics: dict[str, dict]) -> str:
    """The table of the classifier."""
    if "classifier" not in metrics:
        return ""
    rows = [
        " | ".join(
            [
                head + (" (top five)" if head == "concept" else ""),
                *(f"{metrics['classifier'][f'{q}_quarter_{head}']:.0%}" for q in QUARTERS),
            ]
        )
        for head in HEADS
    ]
    head = (
        "| the noised classifier is right | "
        + " | ".join(f"{q} quarter" for q in QUARTERS)
        + " |\n"
        + "|---" * 5
        + "|\n"
    )
    return (
        "**Classes under noise: held-out pairs, per quarter of the steps, least noise first**\n\n"
        + head
        + "\n".join(f"| {row} |" for row in rows)
    )
