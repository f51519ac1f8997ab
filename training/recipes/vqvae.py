"""Vector-quantised autoencoder: a 64×64 picture as 16×16 tokens, each one of 512.

    python -m training vqvae

The goal on held-out pairs is 24 dB with four codes in five in use; a picture is 2,304 bits.
"""

from models.vqvae import VQVAE, VQVAEConfig
from training.evaluation.vqvae import evaluate, report
from training.families.autoencoder import sheet
from training.families.vqvae import Config, setup, tiny

MODEL = VQVAE
CONFIG = Config(model=VQVAEConfig(), pictures=800_000)
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
