"""CLIP at 64×64: which caption, in English or Chinese, belongs to which picture.

    python -m training clip --minutes 110      # 740 k pictures on one core without AMX

Expect it to find the names of held-out pairs among 1,914 for 46% at first and for 77% in the first five, after so many;
for 62% and 86% after lessons of the names, for which its image tower stands still (about 20 minutes in all):

    python -m training.teacher runs/clip/model --names
    python -m training clip --init runs/clip/model --locked=8192 --batch=512 --lr=1.5e-3 --ema=40000 \\
        --teacher=5 --words=1024 --minutes 8 --runs runs/named
    python -m training clip --init runs/named/clip/model --locked=4096 --batch=256 --lr=1e-3 --ema=40000 \\
        --teacher=40 --words=1914 --minutes 4.5 --runs runs/named2
    and the last once more from runs/named2/clip/model, 5 minutes

and 54% of held-out English keywords (filtered; 31% before), and 70% of names in a sentence (54% before), after lessons
of words and names together, an hour:

    python -m training.teacher runs/named2/clip/model
    python -m training clip --init runs/named2/clip/model --locked=4096 --batch=128 --lr=1.5e-3 --ema=15000 \\
        --teacher=40 --words=1914 --minutes 44 --runs runs/taught
    and the last once more from runs/taught/clip/model, 15 minutes
"""

from models.clip import CLIP, CLIPConfig
from training.clip_report import evaluate, extras, report
from training.pairing import Config, setup, tiny

MODEL = CLIP
CONFIG = Config(model=CLIPConfig(labels=(1914, 9)))
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "extras", "report", "setup"]
