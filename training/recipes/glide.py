"""GLIDE at 32×32: draws what a caption says, in English or Chinese; told a CLIP embedding too, it is DALL·E 2's decoder.

    python -m training glide --init assets/ddpm_x0 --clip-folder=assets/clip    # the longest training of all
    python -m training glide --init assets/glide --clip-folder=assets/clip      # goes on

It starts from `ddpm_x0`, which draws already, and from the words that `clip` knows; it learns to draw what it reads.
After 500 k pictures, the last 310 k with embeddings, expect the judge to have the name of 76% of what is painted of a drawing's
embedding in its top five, but of 3% of what is painted by a name alone; after 130 k more, which teach captions to imagine, of 18%.
"""

from models.glide import GLIDE, GLIDEConfig
from training.reading import Config, setup, sheet, tiny
from training.reading_report import evaluate, report

MODEL = GLIDE
CONFIG = Config(model=GLIDEConfig(blocks=1, schedule="cosine", predicts="x0", v_cap=6.0, variance="learned", objective="hybrid",
                                  imagines=True))
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
