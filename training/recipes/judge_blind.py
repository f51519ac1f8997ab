"""The judge that is blind to colour: it names a thing in whatever colour it comes.

    python -m training judge_blind --minutes 60        # one core with AVX-512 bf16

It sees grey pictures, of drawings moved to other colours too, so that it goes by shape, and as the other judge it sees
those that are held out from all other networks. Expect it to name 88% of these at first.
"""

from models.judge import Judge, JudgeConfig
from training.evaluation.judge import evaluate, report
from training.families.judge import Config, setup, tiny

MODEL = Judge
CONFIG = Config(model=JudgeConfig(blind=True), seed=1)
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup"]
