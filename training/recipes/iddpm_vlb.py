"""Improved DDPM's twin trained on the bound alone, with steps drawn by their loss.

    python -m training iddpm_vlb --init assets/ddpm_v --pictures=12000       # four minutes on one core

The twins share their start and see equally many pictures, so they differ in what they are named for. Expect Fréchet
distance 342 by 25 steps of DDIM and 4.00 bits/dim: pictures far behind the hybrid's, as in the paper, and, so early,
no better bound.
"""

from models.diffusion import Diffusion, DiffusionConfig
from training.evaluation.diffusion import evaluate, report
from training.families.diffusion import Config, setup, sheet, tiny

MODEL = Diffusion
CONFIG = Config(
    model=DiffusionConfig(
        blocks=1, input_skip=True, predicts="v", schedule="cosine", variance="learned", objective="vlb"
    )
)
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
