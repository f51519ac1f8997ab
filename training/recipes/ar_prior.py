"""DALL·E 2's autoregressive prior: writes the embedding that `clip` might have of a captioned picture, number after
number.

    python -m training ar_prior --minutes 20

It needs assets/clip, whose embeddings it learns, and must be trained again when that changes.
"""

from dataclasses import dataclass, field

import torch

from models.ar_prior import ARPrior, ARPriorConfig
from training.evaluation.prior import evaluate, report
from training.families import prior

FITTED = 20  # batches over whose captions the dot products are spread
VIEWS = 8_192  # ways of drawing whose embeddings the components are fitted to


@dataclass(frozen=True)
class Config(prior.Config):
    model: ARPriorConfig = field(default_factory=ARPriorConfig)


def setup(config: Config, device: torch.device):
    model, batches, descent = prior.setup(config, device, ARPrior(config.model))
    dots = [(z * vector).sum(1) for z, _, vector in map(batches, range(FITTED))]
    model.components.fit(batches.views.seen(batches.views.rows(0, VIEWS)), torch.cat(dots))
    return model, batches, descent


MODEL = ARPrior
CONFIG = Config()
TINY = prior.tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup"]
