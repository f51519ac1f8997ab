"""CLIP at 64×64: which caption, in English or Chinese, belongs to which picture.

    python -m training clip

The goal on held-out pairs is 60% of names among 1,914 concepts, and 85% in the top five.
"""

from models.clip import CLIP, CLIPConfig
from training.clip_report import evaluate, extras, report
from training.pairing import Config, setup, tiny

MODEL = CLIP
CONFIG = Config(model=CLIPConfig(labels=(1914, 9)))
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "extras", "report", "setup"]
