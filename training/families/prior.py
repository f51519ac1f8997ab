"""What the recipes of DALL·E 2's priors share: embeddings that a CLIP has of the pictures, and what it reads in their
captions."""

import random
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from torch import Tensor

from models.clip import CLIP
from models.pretrained import Pretrained
from models.prior import TextFeatures
from training import files
from training.data import colours
from training.data.captioned import Captioned, Views
from training.loop import Descent, TrainConfig


@dataclass(frozen=True)
class Config(TrainConfig):
    pictures: int = 1_000_000
    batch: int = 256
    lr: float = 1.5e-3
    weight_decay: float = 0.06
    warmup: int = 5_000
    cooldown: float = 0.4
    optimizer: str = "muon"
    ema: int = 20_000
    model: ClassVar[Any]  # every recipe has a field of its own
    clip_folder: str = ""  # the CLIP; by default assets/clip
    table: str = ""  # a file of its embeddings, made where it is not there


def tiny(config: Config) -> Config:
    """The same recipe at a size that learns a batch in seconds on one core."""
    return replace(
        config, model=replace(config.model, width=32, layers=1, heads=2), pictures=512, batch=8, warmup=64, ema=64
    )


class Embedded(Captioned):
    """Embeddings (B, E), what is said of them, with an empty caption now and then, and z_t (B, E) of the captions
    before any was replaced.

    A background other than white is nearly always told, so that a caption that tells none means white.
    """

    coloured, tells_style, tells_background, tells_white, tells_tone = 0.2, 0.4, 0.95, 0.1, 0.9

    def __init__(self, clip: CLIP, withheld: float, table: str, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.clip, self.withheld, self.views = clip, withheld, Views(self, clip, path=table).opened()

    def plan(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        rows, texts, _ = self.views.captioned(step)
        rng = random.Random(f"{self.seed} {step}")
        heard = [len(texts) if rng.random() < self.withheld else i for i in range(len(texts))]
        return rows, self.clip.tokenizer([*texts, ""]), torch.tensor(heard)

    @torch.no_grad()
    def make(self, plan: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, TextFeatures, Tensor]:
        rows, ids, heard = plan
        said = TextFeatures.read(self.clip, ids)
        return self.views.seen(rows), said.rows(heard.to(self.clip.device)), said.vector[:-1]


def embedded(config: Config, device: torch.device) -> Embedded:
    clip = CLIP.from_pretrained(config.clip_folder or files.ASSETS / "clip").to(device).requires_grad_(False)
    pictures = colours.load(clip.config.image_size, config.data).with_words().training()
    return Embedded(clip, config.model.text_dropout, config.table, pictures, config.batch, config.seed, device)


def setup(config: Config, device: torch.device, network: Pretrained, descent=Descent) -> tuple[Any, Embedded, Descent]:
    """What the loop needs to train a new prior."""
    network = network.to(device)
    return network, embedded(config, device), descent(network, config, device, betas=(0.9, 0.96))
