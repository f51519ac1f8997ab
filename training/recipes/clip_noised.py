"""CLIP that sees noised pictures x_t of 32×32 and the step t: the guide of GLIDE's CLIP guidance.

    python -m training clip_noised --init assets/clip

Expect it to name pictures with little noise nearly as well as `clip`, and hardly any in the last quarter of the steps.
"""

from models.clip import CLIP, CLIPConfig
from training.evaluation.clip import evaluate, report
from training.families.clip import Config, setup, tiny

MODEL = CLIP
CONFIG = Config(model=CLIPConfig(labels=(1914, 9), steps=1000), lr=3e-4)
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup"]
