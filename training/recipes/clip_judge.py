"""CLIP for measuring only, never guided with: another seed, and both towers narrower and shallower than those of
`clip`.

    python -m training clip_judge

Expect it to find the names of held-out pairs among 1,914 for 46% at first and for 77% in the first five, after the
million pictures of a run (50 minutes on one core with AMX beside other work); the goal is that of `clip`, 60% and 85%.
"""

from models.clip import CLIP, CLIPConfig
from training.evaluation.clip import evaluate, report
from training.families.clip import Config, setup, tiny

MODEL = CLIP
CONFIG = Config(
    model=CLIPConfig(
        width=192, layers=1, heads=3, text_width=128, text_layers=2, text_heads=2, embedding=192, labels=(1914, 9)
    ),
    seed=1,
)
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup"]
