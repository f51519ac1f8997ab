"""DDPM at 32×32: linear schedule, predicts the noise, fixed variance.

    python -m training ddpm --init assets/ddpm_v --pictures=12000       # four minutes on one core

The twins share their start and see equally many pictures, so they differ in what they are named for. Expect
Fréchet distance 462 by 25 steps of DDIM: ε needs far more training, or far more steps, behind a stem of patches.
"""

from models.diffusion import Diffusion, DiffusionConfig
from training.evaluation.diffusion import evaluate, report
from training.families.diffusion import Config, setup, sheet, tiny

MODEL = Diffusion
CONFIG = Config(model=DiffusionConfig(blocks=1, input_skip=True))
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
