"""GLIDE at 32×32 draws what a caption says, in English or Chinese; told a CLIP embedding, it is DALL·E 2's decoder.

    python -m training glide --clip-folder=assets/clip --table=runs/table.safetensors    # the longest training of all
    python -m training glide --init assets/glide --clip-folder=assets/clip --table=runs/table.safetensors    # goes on
    python -m training glide --init assets/glide --clip-folder=assets/clip --still=assets/glide --batch=128 --lr=1.5e-3
                                         # the U-Net is held still, and its captions alone learn on to imagine

It starts from the words that `clip` knows. Most pictures come with their embedding alone; from the captions of the
others it learns to imagine one. The embeddings come from a table, which is made once and kept in the file.
"""

from dataclasses import dataclass

import torch

from models.glide import GLIDE, GLIDEConfig
from training.evaluation.glide import evaluate, report
from training.families import glide
from training.families.glide import CaptionedPictures, sheet, tiny
from training.families.glide_text import Captions, TextUpdate
from training.loop import Descent


@dataclass(frozen=True)
class Config(glide.Config):
    still: str = ""  # the GLIDE that --init names: its U-Net is held still, and its captions learn to imagine better


def setup(config: Config, device: torch.device) -> tuple[GLIDE, CaptionedPictures, Descent]:
    if not config.still:
        return glide.setup(config, device)
    _, batches = glide.reader(config, device)
    assert isinstance(batches, glide.EmbeddedPictures), (
        "--still needs --clip-folder: captions imagine that CLIP's embeddings."
    )
    model = GLIDE(config.model, batches.tokenizer).to(device, memory_format=torch.channels_last)
    captions = Captions(batches.views, batches.known, batches.tokenizer, config.batch, config.seed, device)
    return model, captions, TextUpdate(GLIDE.from_pretrained(config.still).to(device), model, config, device)


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
