"""Vector-quantised autoencoder with a coarse grid: a 64×64 picture as 8×8 tokens, each one of 512.

    python -m training vqvae_8

A picture is 576 bits, a quarter of what the 16×16 grid takes: expect it to be less sharp.
"""

from models.vqvae import VQVAE, VQVAEConfig
from training.evaluation.vqvae import evaluate, report
from training.families.autoencoder import sheet
from training.families.vqvae import Config, setup, tiny

MODEL = VQVAE
CONFIG = Config(model=VQVAEConfig(widths=(128, 192), blocks=(2, 3)), pictures=800_000)
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
