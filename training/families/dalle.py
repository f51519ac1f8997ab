"""What the recipes of DALL·E share: captions and the tokens that a vector-quantised autoencoder has of the pictures."""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from models.clip import CLIP
from models.dalle import DALLE, DALLEConfig
from models.vqvae import VQVAE, VQVAEConfig
from training import files
from training.data import colours
from training.data.captioned import Captioned, Drawn, Views
from training.families.clip import tokenizer_for
from training.loop import Descent, TrainConfig

FEW = 4  # codes that may stand for a vector
SPREAD = 0.5  # their distances count in units of so many times the mean error


@dataclass(frozen=True)
class Config(TrainConfig):
    model: DALLEConfig = field(default_factory=DALLEConfig)
    pictures: int = 1_000_000
    batch: int = 64
    lr: float = 2e-3
    optimizer: str = "muon"
    weight_decay: float = 0.05
    ema: int = 10_000
    codebook: str = "vqvae_8"  # the checkpoint whose tokens it writes
    clip_folder: str = ""  # a CLIP whose words and first blocks it starts from, such as assets/clip


def tiny(config: Config) -> Config:
    """The same recipe at a size that learns a batch in seconds on one core."""
    model = replace(config.model, vocab=600, context=8, codes=32, grid=4, width=32, layers=1, heads=2)
    return replace(config, model=model, pictures=512, batch=8, warmup=64, ema=64, codebook="", clip_folder="")


class Tokens(Views):
    """For each of a picture's vectors the `FEW` nearest codes and how likely each stands for it. Training draws a token
    among them, which tells the transformer that near codes mean the same (like the paper's relaxed tokens, §2.2)."""

    @torch.no_grad()
    def look(self, drawn: Drawn) -> Tensor:
        z = self.network._vectors(self.source.draw(drawn)).flatten(1, 2)  # B N D
        codes = self.network.codebook.codes.expand(len(z), -1, -1)
        far, code = torch.cdist(z, codes).square().topk(FEW, largest=False)
        chance = (-far / (SPREAD * far[..., :1].mean()).clamp_min(1e-9)).softmax(-1)
        return torch.stack([code.float(), chance], -1).half()  # codes below 2048 are exact in half precision


class CaptionedTokens(Captioned):
    """Captions as tokens (B, T), and the codes (B, N) of what they say."""

    coloured, tells_style, tells_background, tells_white, tells_tone = 0.2, 0.5, 0.95, 0.1, 0.95

    def __init__(self, codebook: VQVAE, tokenizer, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.tokenizer, self.views = tokenizer, Tokens(self, codebook)

    def plan(self, step: int) -> tuple[int, Tensor, Tensor]:
        rows, texts, _ = self.views.captioned(step)
        return step, rows, self.tokenizer(texts)

    def make(self, plan: tuple[int, Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        step, rows, tokens = plan
        code, chance = self.views.seen(rows).unbind(-1)
        flat = chance.cpu().flatten(0, 1)
        drawn = torch.multinomial(flat, 1, generator=self._generator(step + 2_000_003)).view(*chance.shape[:2], 1)
        return tokens.to(self.rgba.device), code.gather(2, drawn.to(code.device)).squeeze(2).long()


def codebook_of(config: Config) -> VQVAE:
    """The autoencoder whose tokens are written; a small random one if the config names none.

    Raises:
        CheckpointError: it is missing.
    """
    if config.codebook:
        return VQVAE.from_pretrained(files.ASSETS / config.codebook)
    return VQVAE(VQVAEConfig(image_size=16, codes=config.model.codes, width=8, patch=4, widths=(16,), blocks=(1,)))


def setup(config: Config, device: torch.device) -> tuple[DALLE, CaptionedTokens, Descent]:
    codebook = codebook_of(config).to(device).eval().requires_grad_(False)
    pictures = colours.load(codebook.config.image_size, config.data).with_words().training()
    tokenizer = tokenizer_for(config, pictures)
    model = DALLE(config.model, tokenizer).to(device)
    if config.clip_folder:
        model.take_words(CLIP.from_pretrained(config.clip_folder))
    return (
        model,
        CaptionedTokens(codebook, tokenizer, pictures, config.batch, config.seed, device),
        Descent(model, config, device, betas=(0.9, 0.96)),
    )
