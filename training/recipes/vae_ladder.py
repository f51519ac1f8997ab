"""Five small VAEs that differ in β alone (0, ¼, 1, 4, 16), trained side by side on the same batches; β = 4 draws best.

python -m training vae_ladder   # about 40 minutes on two cores with AMX
"""

from models.autoencoder import BetaLadder, BetaLadderConfig
from training.evaluation.autoencoder import evaluate, extras, report
from training.families.autoencoder import Config, setup, sheet, tiny

MODEL = BetaLadder
CONFIG = Config(model=BetaLadderConfig(latent=64, widths=(64, 96, 96)), pictures=400_000)
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "extras", "report", "setup", "sheet"]
