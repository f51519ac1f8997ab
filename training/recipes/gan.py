"""Generative adversarial network at 32×32: relativistic loss with R1 and R2, DiffAugment, style-based generator.

python -m training gan --minutes 60
"""

from models.gan import GAN, GANConfig
from training.evaluation.gan import evaluate, report
from training.families.gan import Config, setup, sheet, tiny

MODEL = GAN
CONFIG = Config(model=GANConfig())
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
