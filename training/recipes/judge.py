"""The judge that measures every generator: names, groups and styles of drawings, under strong augmentation.

    python -m training judge        # about 25 minutes on two cores with AMX

Expect it to name 43% of the held-out pairs among 1,914 concepts after 580,000 pictures, and 71% in its top five.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from models.judge import Judge, JudgeConfig
from training import data
from training.augment import augment
from training.loop import Descent, TrainConfig
from training.measure import features


@dataclass(frozen=True)
class Config(TrainConfig):
    model: JudgeConfig = field(default_factory=JudgeConfig)


MODEL = Judge
CONFIG = Config(pictures=1_200_000, batch=64, weight_decay=0.05, lr=1.5e-3)
TINY = replace(
    CONFIG,
    model=JudgeConfig(image_size=16, concepts=64, widths=(16, 32), features=16),
    pictures=512,
    batch=8,
    warmup=64,
    ema=64,
)


class Labelled(data.Batches):
    """Augmented pictures with the indices of their concept, style and group."""

    def __init__(self, pictures: data.Pictures, *args, **kwargs):
        super().__init__(pictures, *args, plain=0.3, **kwargs)
        self.labels = [torch.from_numpy(labels) for labels in (pictures.concept, pictures.style, pictures.group)]

    def __call__(self, step: int) -> tuple[Tensor, ...]:
        index = self.indices(step)
        x = augment(self.pictures(index, step), self._generator(step + 2_000_003))
        return x, *(labels[index].to(x.device) for labels in self.labels)


def setup(config: Config, device: torch.device):
    model = Judge(config.model).to(device, memory_format=torch.channels_last)
    pictures = data.load(config.model.image_size, config.data).training()
    return model, Labelled(pictures, config.batch, config.seed, device), Descent(model, config, device)


def evaluate(model: Judge) -> dict:
    """Names and styles of the held-out pairs, and how a style it never saw fares."""
    pictures = data.load(64)
    unseen = pictures.take(pictures.unseen)
    found = accuracy(model, pictures.validation()) | {"unseen_style_top5": accuracy(model, unseen)["concept_top5"]}
    return {"score": found["concept_top1"]} | found


@torch.inference_mode()
def accuracy(model: Judge, pictures: data.Pictures) -> dict[str, float]:
    parts = [model(part) for part in pictures.on().split(256)]
    names, styles, groups = (torch.cat(p) for p in zip(*parts))
    concept, style, group = (torch.from_numpy(labels) for labels in (pictures.concept, pictures.style, pictures.group))
    right = names.topk(5).indices == concept[:, None]
    return {
        "concept_top1": right[:, 0].float().mean().item(),
        "concept_top5": right.any(1).float().mean().item(),
        "style": (styles.argmax(1) == style).float().mean().item(),
        "group": (groups.argmax(1) == group).float().mean().item(),
    }


def extras(model: Judge, folder: Path) -> None:
    """features.safetensors: (N, F) of every training picture in the order of the atlas, to find the nearest one."""
    found = features(model, data.load(64).training().on())
    save_file({"features": found.half()}, folder / "features.safetensors")


def report(metrics: dict[str, dict]) -> str:
    """The README's line on the judge."""
    if "judge" not in metrics:
        return ""
    m = metrics["judge"]
    return (
        f"**The judge** names {m['concept_top1']:.0%} of the held-out pairs among 1,914 concepts ({m['concept_top5']:.0%} "
        f"in its top five), {m['style']:.0%} of their styles, {m['group']:.0%} of their groups, and {m['unseen_style_top5']:.0%} in its top five of a style "
        f"it never saw."
    )
