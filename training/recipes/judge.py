"""The judge that measures every generator: names, groups and styles of drawings, at 64 pixels and at 32 shown at 64.

    python -m training judge --minutes 90        # one core with AVX-512 bf16

It has seen the drawings that are held out from all other networks too. Expect it to name 89% of those at first among
1,914 concepts, and 98% in its first five.
"""

from pathlib import Path

from models.judge import Judge
from models.pretrained import write_tensors
from training.data import pictures as data
from training.evaluation.judge import evaluate, report
from training.evaluation.measure import features
from training.families.judge import Config, setup, tiny

MODEL = Judge
CONFIG = Config()
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "extras", "report", "setup"]


def extras(model: Judge, folder: Path) -> None:
    """features.safetensors: (N, F) of every training picture in the order of the atlas, to find the nearest one."""
    found = features(model, data.load(64).training().on())
    write_tensors(folder / "features.safetensors", {"features": found.half()})
