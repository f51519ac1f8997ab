"""What the recipes of the diffusion models that read captions share: 32×32 pictures, captions, a sheet drawn of
held-out ones."""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from models.clip import CLIP
from models.glide import GLIDE, GLIDEConfig
from models.guidance import classifier_free
from models.samplers import Noise, ddim, run, spacing
from models.tokenizer import Tokenizer
from training.data import colours
from training.data import pictures as data
from training.data.captioned import Captioned, Drawn, Views
from training.families.clip import tokenizer_for
from training.loop import Descent, TrainConfig

SCALE, SHOWN, STEPS = 3.0, 32, 25  # of the sheet


@dataclass(frozen=True)
class Config(TrainConfig):
    model: GLIDEConfig = field(default_factory=GLIDEConfig)
    pictures: int = 5_000_000
    batch: int = 128
    lr: float = 3e-3
    warmup: int = 5_000
    cooldown: float = 0.4
    optimizer: str = "muon"
    ema: int = 20_000
    clip_folder: str = ""  # a CLIP whose words it starts from and whose embeddings it is told, such as assets/clip
    table: str = ""  # a file of those embeddings, made where it is not there


def tiny(config: Config) -> Config:
    """The same recipe at a size that learns a batch in seconds on one core."""
    model = replace(
        config.model,
        image_size=16,
        width=16,
        multipliers=(1, 2),
        blocks=1,
        head=8,
        steps=50,
        vocab=600,
        context=16,
        text_width=32,
        text_layers=1,
        text_heads=2,
        text_dropout=0.5,
        embedding=16,
    )
    return replace(config, model=model, pictures=512, batch=8, warmup=64, ema=64)


class CaptionedPictures(Captioned):
    """Pictures, mostly on white, with their captions as tokens (B, T); a colour or a skin tone is nearly always
    told."""

    coloured, tells_style, tells_background, tells_white, tells_tone = 0.2, 0.5, 0.95, 0.1, 0.95

    def __init__(self, pictures: data.Pictures, tokenizer: Tokenizer, *args, **kwargs):
        super().__init__(pictures, *args, **kwargs)
        self.tokenizer = tokenizer

    def plan(self, step: int) -> tuple[Drawn, Tensor]:
        drawn, rng = self.drawn(step)
        return drawn, self.tokenizer(self.captions(drawn, rng)[0])

    def make(self, plan: tuple[Drawn, Tensor]) -> tuple[Tensor, ...]:
        drawn, tokens = plan
        return self.draw(drawn), tokens.to(self.rgba.device)


class EmbeddedPictures(CaptionedPictures):
    """With them the embeddings (B, E) that a CLIP has of the same pictures at its own size."""

    def __init__(self, clip: CLIP, large: data.Pictures, table: str, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.views = Views(self, clip.to(self.rgba.device), large, table).opened()

    def plan(self, step: int) -> tuple[Tensor, Tensor]:
        rows, texts, _ = self.views.captioned(step)
        return rows, self.tokenizer(texts)

    def make(self, plan: tuple[Tensor, Tensor]) -> tuple[Tensor, ...]:
        rows, tokens = plan
        return self.draw(self.views.drawn.rows(rows)), tokens.to(self.rgba.device), self.views.seen(rows)


def setup(config: Config, device: torch.device) -> tuple[GLIDE, CaptionedPictures, Descent]:
    clip, batches = reader(config, device)
    model = GLIDE(config.model, batches.tokenizer).to(device, memory_format=torch.channels_last)
    if clip is not None:
        model.take_words(clip)
    return model, batches, Descent(model, config, device)


def reader(config: Config, device: torch.device) -> tuple[CLIP | None, CaptionedPictures]:
    """The batches of a config, and the CLIP that it names."""
    pictures = colours.load(config.model.image_size, config.data).with_words().training()
    batches = pictures, tokenizer_for(config, pictures), config.batch, config.seed, device
    if not config.clip_folder:
        return None, CaptionedPictures(*batches)
    clip = CLIP.from_pretrained(config.clip_folder).requires_grad_(False)
    return clip, EmbeddedPictures(
        clip, colours.load(clip.config.image_size, config.data).with_words().training(), config.table, *batches
    )


def sheet(config: Config, model: GLIDE) -> Tensor:
    """Of captions that belong to held-out pairs, 25 steps of DDIM with classifier-free guidance."""
    known = data.load(config.model.image_size, config.data)
    pictures = known.take(known.held_out) if known.held_out.any() else known
    index = torch.linspace(0, len(pictures) - 1, SHOWN).round().long().tolist()
    texts = [
        pictures.captions[i]["en"][0] + ("" if config.data else f" in {pictures.styles[pictures.style[i]]} style")
        for i in index
    ]
    return draw(model, texts, SCALE, list(range(SHOWN)))


@torch.inference_mode()
def draw(
    model: GLIDE, texts: list[str], scale: float, seeds: list[int], steps: int = STEPS, z: Tensor | None = None
) -> Tensor:
    """(B, 3, S, S) in [-1, 1] of B captions and, where they are given, embeddings (B, E)."""
    side = model.config.image_size
    told, nothing = model.encode(model.tokenizer(texts).to(model.device), z), model.encode(model.empty(len(texts)))
    process = model.process.respaced(spacing(len(model.process), min(steps, len(model.process))))
    x = Noise(seeds)(3, side, side).to(model.device)
    return run(ddim(classifier_free(model, nothing, (told, scale)), process, x), model).clamp(-1, 1)
