"""Vector-quantised autoencoder: a 64×64 picture as 16×16 tokens, each one of 512.

    python -m training vqvae
    python -m training vqvae --init assets/vqvae --optimizer=muon --batch=64 --lr=2e-3 --warmup=1500 --cooldown=0.5

Expect 25.6 dB on held-out pairs after 44 k pictures, the last 7 k by Muon; a picture is 2,304 bits.
"""

from models.vqvae import VQVAE, VQVAEConfig
from training.evaluation.vqvae import evaluate, report
from training.families.autoencoder import sheet
from training.families.vqvae import Config, setup, tiny

MODEL = VQVAE
CONFIG = Config(model=VQVAEConfig(), pictures=800_000)
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
