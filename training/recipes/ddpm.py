"""DDPM at 32×32: linear schedule, predicts the noise, fixed variance; the twin that the others differ from.

    python -m training ddpm
"""

from models.diffusion import Diffusion, DiffusionConfig
from training.diffusing import Config, setup, sheet, tiny

MODEL = Diffusion
CONFIG = Config(model=DiffusionConfig(blocks=1))
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "setup", "sheet"]
