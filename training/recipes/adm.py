"""Guided diffusion's network: Improved DDPM scaled up and told the group, which it must do without one time in ten.

    python -m training adm
"""

from models.diffusion import Diffusion, DiffusionConfig
from training.diffusing import Config, setup, sheet, tiny
from training.diffusion_report import evaluate, report

MODEL = Diffusion
CONFIG = Config(model=DiffusionConfig(schedule="cosine", predicts="x0", v_cap=6.0, variance="learned", objective="hybrid", classes=9))
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
