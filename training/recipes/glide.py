"""GLIDE at 32×32: draws what a caption says, in English or Chinese; told a CLIP embedding too, it is DALL·E 2's decoder.

    python -m training glide --init assets/ddpm_x0 --words=assets/clip      # the longest training of all
    python -m training glide --init assets/glide                            # goes on

It starts from `ddpm_x0`, which draws already, and from the words that `clip` knows; it learns to draw what it reads.
After 190 k pictures expect faces and colours, Fréchet distance 69 under guidance of 3, and hardly a thing that the judge names.
"""

from models.glide import GLIDE, GLIDEConfig
from training.reading import Config, setup, sheet, tiny
from training.reading_report import evaluate, report

MODEL = GLIDE
CONFIG = Config(model=GLIDEConfig(blocks=1, schedule="cosine", predicts="x0", v_cap=6.0, variance="learned", objective="hybrid"))
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
