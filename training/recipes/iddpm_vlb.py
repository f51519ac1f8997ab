"""Improved DDPM's twin trained on the bound alone, with steps drawn by their loss.

    python -m training iddpm_vlb --init assets/ddpm_v --pictures=45000       # ten minutes on one core

The twins share their start and see equally many pictures, so they differ in what they are named for. Expect Fréchet
distance 170 by 25 steps of DDIM and 3.80 bits/dim: the best bound, and pictures far behind the hybrid's, as in the
paper.
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
