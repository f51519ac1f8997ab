"""CLIP at 64×64: which caption, in English or Chinese, belongs to which picture.

    python -m training clip --minutes 110      # 740 k pictures on one core without AMX

Expect it to find the names of held-out pairs among 1,914 for 46% at first and for 77% in the first five, after so many; the
goal is 60% and 85%.
"""

from models.clip import CLIP, CLIPConfig
from training.clip_report import evaluate, extras, report
from training.pairing import Config, setup, tiny

MODEL = CLIP
CONFIG = Config(model=CLIPConfig(labels=(1914, 9)))
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "extras", "report", "setup"]
