"""DDPM's twin that predicts the velocity v, between noise and picture; its weights are the start that the twins share.

    python -m training ddpm_v --init assets/ddpm_v --pictures=50000       # the start; then 12 k more like its twins

Expect Fréchet distance 216 by 25 steps of DDIM after both.
"""

from models.diffusion import Diffusion, DiffusionConfig
from training.evaluation.diffusion import evaluate, report
from training.families.diffusion import Config, setup, sheet, tiny

MODEL = Diffusion
CONFIG = Config(model=DiffusionConfig(blocks=1, input_skip=True, predicts="v"))
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
