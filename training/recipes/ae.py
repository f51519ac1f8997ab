"""Autoencoder with 128 numbers for a 64×64 picture.

    python -m training ae           # about 45 minutes on two cores with AMX

Expect 21.2 dB on held-out pairs after 270,000 pictures, 2.2 above PCA with as many numbers.
"""

from models.autoencoder import AE, AEConfig
from training.evaluation.autoencoder import evaluate, extras, report
from training.families.autoencoder import Config, setup, sheet, tiny

MODEL = AE
CONFIG = Config(model=AEConfig(), pictures=800_000)
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "extras", "report", "setup", "sheet"]
