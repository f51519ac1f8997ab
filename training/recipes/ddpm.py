"""DDPM at 32×32: linear schedule, predicts the noise, fixed variance.

    python -m training ddpm --init assets/ddpm_v       # the twins share their start, and so differ in one thing only
"""

from models.diffusion import Diffusion, DiffusionConfig
from training.diffusing import Config, setup, sheet, tiny
from training.diffusion_report import evaluate, report

MODEL = Diffusion
CONFIG = Config(model=DiffusionConfig(blocks=1))
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
