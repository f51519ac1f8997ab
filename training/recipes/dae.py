"""Denoising autoencoder: the same network, given noisy, masked and salted pictures.

    python -m training dae          # about 55 minutes on two cores with AMX

Expect it above the plain autoencoder at every amount of corruption, by up to ten decibels at the strong ones.
"""

from models.autoencoder import DAE, DAEConfig
from training.evaluation.autoencoder import evaluate, extras, report
from training.families.autoencoder import Config, setup, sheet, tiny

MODEL = DAE
CONFIG = Config(model=DAEConfig(), pictures=800_000)
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "extras", "report", "setup", "sheet"]
