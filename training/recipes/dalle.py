"""DALL·E: a caption and 8×8 tokens of `vqvae_8` as one sentence, written on by a causal transformer.

    python -m training dalle --minutes 60

Its words and its first blocks begin as those of assets/clip. It needs assets/vqvae_8, whose tokens it writes, and must
be trained again when that changes. With 16×16 tokens (--codebook=vqvae --grid=16) a picture costs four times as much.
"""

from models.dalle import DALLE, DALLEConfig
from training.evaluation.dalle import evaluate, report, sheet
from training.families.dalle import Config, setup, tiny

MODEL = DALLE
CONFIG = Config(model=DALLEConfig(grid=8, width=192, layers=9, heads=3), clip_folder="assets/clip")
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
