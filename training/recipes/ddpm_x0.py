"""DDPM's twin that predicts the picture instead of the noise.

    python -m training ddpm_x0 --init assets/ddpm_v --pictures=12000       # four minutes on one core

The twins share their start and see equally many pictures, so they differ in what they are named for. Expect
Fréchet distance 360 by 25 steps of DDIM.
"""

from models.diffusion import Diffusion, DiffusionConfig
from training.evaluation.diffusion import evaluate, report
from training.families.diffusion import Config, setup, sheet, tiny

MODEL = Diffusion
CONFIG = Config(model=DiffusionConfig(blocks=1, input_skip=True, predicts="x0"))
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
