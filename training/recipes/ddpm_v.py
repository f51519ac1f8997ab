"""DDPM's twin that predicts the velocity v, between noise and picture; its weights are the start that the twins share.

    python -m training ddpm_v
"""

from models.diffusion import Diffusion, DiffusionConfig
from training.diffusing import Config, setup, sheet, tiny
from training.diffusion_report import evaluate, report

MODEL = Diffusion
CONFIG = Config(model=DiffusionConfig(blocks=1, predicts="v"))
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
