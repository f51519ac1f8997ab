"""DDPM's twin that predicts the picture instead of the noise.

    python -m training ddpm_x0 --init assets/ddpm_v       # the twins share their start, and so differ in one thing only
"""

from models.diffusion import Diffusion, DiffusionConfig
from training.diffusing import Config, setup, sheet, tiny
from training.diffusion_report import evaluate, report

MODEL = Diffusion
CONFIG = Config(model=DiffusionConfig(blocks=1, predicts="x0"))
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
