"""GLIDE's pictures in one to four steps: distilled from the decoder that ships.

    python -m training glide_fast --init assets/glide --table=runs/table.safetensors --minutes 90

It must be distilled again when assets/glide changes. Expect the teacher's quality in one step after 35 k pictures.
"""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from models.consistency import Consistency, ConsistencyConfig
from models.glide import GLIDE
from training.evaluation.consistency import evaluate, report, sheet
from training.families import glide
from training.loop import Descent


@dataclass(frozen=True)
class Config(glide.Config):
    model: ConsistencyConfig = field(default_factory=lambda: ConsistencyConfig(blocks=1, imagines=True))
    pictures: int = 400_000
    optimizer: str = "adamw"
    batch: int = 32
    lr: float = 1e-4
    warmup: int = 1_000
    ema: int = 5_000
    clip_folder: str = "assets/clip"  # the CLIP whose embeddings of the pictures it is told
    teacher: str = "assets/glide"  # the model that is distilled; none: the pictures teach


class Distilled(Descent):
    """One AdamW on the loss under a teacher."""

    def __init__(self, teacher: GLIDE | None, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.teacher = teacher

    def losses(self, batch: tuple[Tensor, ...]) -> dict[str, Tensor]:
        return self.model.loss(*batch[:3], self.teacher)


def setup(config: Config, device: torch.device) -> tuple[Consistency, glide.CaptionedPictures, Distilled]:
    _, batches = glide.reader(config, device)
    model = Consistency(config.model, batches.tokenizer).to(device, memory_format=torch.channels_last)
    teacher = (
        GLIDE.from_pretrained(config.teacher).to(device, memory_format=torch.channels_last).requires_grad_(False)
        if config.teacher
        else None
    )
    return model, batches, Distilled(teacher, model, config, device)


MODEL = Consistency
CONFIG = Config()
TINY = glide.tiny(replace(CONFIG, teacher=""))
TINY = replace(TINY, model=replace(TINY.model, embedding=256, skip=50))
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
