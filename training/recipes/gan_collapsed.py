"""The same network as `gan` without what keeps it in balance: original loss, no penalties, no augmentation, fast steps.

    python -m training gan_collapsed --pictures=32000      # six minutes on one core

It is kept because it fails: soon all noise becomes one picture, or a few.
"""

from models.gan import GAN, GANConfig
from training.evaluation.gan import evaluate, report
from training.families.gan import Config, setup, sheet, tiny

MODEL = GAN
CONFIG = Config(
    model=GANConfig(loss="original", gamma=0.0, augment=0.0, memories=(2_000, 8_000, 16_000)),
    pictures=32_000,
    lr=2e-3,
    ema=500,
)
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
