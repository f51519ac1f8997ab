"""The VAE's small twin with two numbers a picture, for the latent map.

python -m training vae_2d       # about 10 minutes on two cores with AMX
"""

from models.autoencoder import VAE, VAEConfig
from training.evaluation.autoencoder import evaluate, extras, report
from training.families.autoencoder import Config, setup, sheet, tiny

MODEL = VAE
CONFIG = Config(model=VAEConfig(latent=2, widths=(64, 128, 128), hidden=512), pictures=400_000)
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "extras", "report", "setup", "sheet"]
