"""GLIDE at 32×32: draws what a caption says, in English or Chinese; told a CLIP embedding too, it is DALL·E 2's
decoder.

    python -m training glide --init assets/ddpm_x0 --clip-folder=assets/clip    # the longest training of all
    python -m training glide --init assets/glide --clip-folder=assets/clip      # goes on
    python -m training glide --init assets/glide --clip-folder=assets/clip --still=assets/glide --batch=128 \\
        --lr=1.5e-3 --minutes 60                           # its captions alone go on: they learn to imagine

It starts from `ddpm_x0`, which draws already, and from the words that `clip` knows; it learns to draw what it reads.
After 690 k pictures, most of them with embeddings, and 620 k captions with the U-Net held still, expect the judge to
have the name of 51% of what is painted by a name alone in its top five (Chinese 52%), and of 71% of what is painted of
a drawing's embedding.
"""

from dataclasses import dataclass

import torch

from models.glide import GLIDE, GLIDEConfig
from training import reading
from training.imagining import Captions, Imagining
from training.loop import Descent
from training.reading import Read, sheet, tiny
from training.reading_report import evaluate, report


@dataclass(frozen=True)
class Config(reading.Config):
    still: str = ""  # the GLIDE that --init names: its U-Net is held still, and its captions learn to imagine better


def setup(config: Config, device: torch.device) -> tuple[GLIDE, Read, Descent]:
    if not config.still:
        return reading.setup(config, device)
    _, batches = reading.reader(config, device)
    assert isinstance(batches, reading.Pictured), (
        "--still needs --clip-folder: captions imagine that CLIP's embeddings."
    )
    model = GLIDE(config.model, batches.tokenizer).to(device, memory_format=torch.channels_last)
    captions = Captions(batches.views, batches.known, batches.tokenizer, config.batch, config.seed, device)
    return model, captions, Imagining(GLIDE.from_pretrained(config.still).to(device), model, config, device)


MODEL = GLIDE
CONFIG = Config(
    model=GLIDEConfig(
        blocks=1,
        schedule="cosine",
        predicts="x0",
        v_cap=6.0,
        text_dropout=0.7,
        embedding_dropout=0.1,
        imagines=True,
    )
)
TINY = tiny(CONFIG)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
