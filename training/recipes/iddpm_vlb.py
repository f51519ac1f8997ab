"""Improved DDPM's twin trained on the bound alone, with steps drawn by their loss.

    python -m training iddpm_vlb --init assets/ddpm_v       # the twins share their start, and so differ in one thing only
"""

from models.diffusion import Diffusion, DiffusionConfig
from training.diffusing import Config, setup, sheet, tiny
from training.diffusion_report import evaluate, report

MODEL = Diffusion
CONFIG = Config(model=DiffusionConfig(blocks=1, predicts="v", schedule="cosine", variance="learned", objective="vlb"))
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
