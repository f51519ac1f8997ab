"""What the recipes of CLIP share: pictures with captions in English and Chinese, and which caption is true of which
picture.

A caption names a concept or one of its keywords, sometimes the style, the background, the skin tone. It is true of
every picture in the batch that has all that it says, so none of those is its negative.
"""

import random
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from models.clip import CLIP, CLIPConfig, Tokenizer
from training.data import colours, emoji
from training.data import pictures as data
from training.data.augment import moved
from training.data.captioned import ON, UNSAID, Captioned, Drawn, Fact, Views
from training.data.captions import caption
from training.data.styles import STYLES
from training.families.lessons import LessonBatches, teach
from training.files import ASSETS
from training.loop import Descent, TrainConfig


@dataclass(frozen=True)
class Config(TrainConfig):
    model: CLIPConfig = field(default_factory=CLIPConfig)
    pictures: int = 1_000_000
    batch: int = 128
    lr: float = 1e-3
    weight_decay: float = 0.1
    warmup: int = 5_000
    cooldown: float = 0.4
    optimizer: str = "muon"
    ema: int = 20_000
    teacher: float = 0.0  # weight of the words of python -m training.teacher; 0: none are taught
    words: int = 256  # of these in a step
    locked: int = 0  # pictures that captions are told apart by while only the text tower learns; 0: both towers learn
    table: str = ""  # a file of the embeddings that a locked image tower has, made where it is not there


def tiny(config: Config) -> Config:
    """The same recipe at a size that learns a batch in seconds on one core."""
    model = replace(
        config.model,
        image_size=16,
        patch=4,
        width=32,
        layers=2,
        heads=2,
        vocab=600,
        context=16,
        text_width=32,
        text_layers=1,
        text_heads=2,
        embedding=16,
        labels=(),
        noise_size=8,
        steps=min(config.model.steps, 50),
    )
    return replace(config, model=model, pictures=512, batch=8, warmup=64, ema=64)


class Paired(Captioned):
    """Moved pictures, their captions as tokens (B, T), the table (B, B) of which pictures each is true of, and the
    pictures' concepts and groups (B, 2)."""

    def __init__(self, pictures: data.Pictures, tokenizer: Tokenizer, *args, **kwargs):
        super().__init__(pictures, *args, **kwargs)
        self.tokenizer, self.phrases = tokenizer, Phrases(pictures, self.things)
        self.labels = torch.from_numpy(np.stack([pictures.concept, pictures.group], 1)).long()

    def plan(self, step: int) -> tuple[int, Drawn, Tensor, Tensor]:
        drawn, rng = self.drawn(step)
        texts, facts = self.captions(drawn, rng)
        return step, drawn, self.tokenizer(texts), self.true(drawn, facts)

    def make(self, plan: tuple[int, Drawn, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        step, drawn, tokens, true = plan
        x = moved(self.draw(drawn), self._generator(step + 2_000_003), share=0.5)
        return x, tokens.to(x.device), true.to(x.device), self.labels[drawn.picture].to(x.device)

    def true(self, drawn: Drawn, facts: list[Fact]) -> Tensor:
        """(M, B): whether a picture (row) has all that a caption (column) says."""
        phrase = torch.tensor([self.phrases.ids[fact.phrase] for fact in facts])
        moved_away, no_colour = drawn.colour != UNSAID, torch.tensor([fact.colour == UNSAID for fact in facts])
        true = self.phrases.of(drawn.picture, phrase) & ~(
            moved_away[:, None] & (self.phrases.coloured[phrase] & no_colour)
        )
        colour = torch.where(moved_away, drawn.colour, self.colour[drawn.picture])
        has = {
            "style": self.style[drawn.picture],
            "background": drawn.background,
            "tone": self.tone[drawn.picture],
            "colour": colour,
        }
        for name, value in has.items():
            says = torch.tensor([getattr(fact, name) for fact in facts])
            true &= (says == UNSAID) | (value[:, None] == says)
        return true


class Locked(Paired):
    """What the image tower sees instead of the pictures (LiT, Zhai et al. 2022): steps are many times cheaper, and the
    pictures' embeddings stay what they are. Each caption is told apart by `against` of them (M, E), its own among them;
    table (M, B)."""

    names, tells_style, coloured = 0.8, 0.15, 0.2  # nearer to what it is asked for

    def __init__(self, model: CLIP, against: int, table: str, *args, **kwargs):
        super().__init__(*args, **kwargs)
        model.visual.requires_grad_(False)
        self.views, self.against = Views(self, model, path=table), max(against, self.batch)

    def plan(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        rows, texts, facts = self.views.captioned(step, self.against)
        return rows, self.tokenizer(texts), self.true(self.views.drawn.rows(rows), facts)

    def make(self, plan: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        rows, tokens, true = plan
        z = self.views.seen(rows)
        return z, tokens.to(z.device), true.to(z.device)


class Phrases:
    """Every name and keyword as a number, which of them each picture has, and which say a colour: a drawing that was
    moved to another one has those no longer."""

    def __init__(self, pictures: data.Pictures, things: dict[int, dict[str, list[str]] | None]):
        self.ids: dict[str, int] = {}
        has = [self._of(each, things[id(each)]) for each in pictures.captions]
        self.has = torch.zeros(len(self.ids), len(has), dtype=torch.bool)  # P N
        for i, phrases in enumerate(has):
            self.has[phrases, i] = True
        self.coloured = torch.tensor([colours.says_colour(text) for text in self.ids])

    def _of(self, captions: dict[str, list[str]], things: dict[str, list[str]] | None) -> list[int]:
        names = {phrases[0]: None for phrases in (things or {}).values()}
        texts = [*(text for phrases in captions.values() for text in phrases), *names]
        return [self.ids.setdefault(text, len(self.ids)) for text in texts]

    def of(self, index: Tensor, phrase: Tensor) -> Tensor:
        """Pictures (M,) and phrases (B,) → (M, B) bool."""
        return self.has[phrase][:, index].T


def tokenizer_for(config, pictures: data.Pictures) -> Tokenizer:
    """The shipped one where it fits, so that all models of the emoji set share it; else one trained on these captions.

    `config` is a TrainConfig whose model has `vocab` and `context`.
    """
    if not config.data and (ASSETS / "clip" / "tokenizer.json").exists():
        shipped = Tokenizer.from_pretrained(ASSETS / "clip")
        if (shipped.size, shipped.context) == (config.model.vocab, config.model.context):
            return shipped
    return Tokenizer.train(corpus(pictures), config.model.vocab, config.model.context)


def corpus(pictures: data.Pictures) -> list[str]:
    """One caption of every phrase of every concept: nothing that is held out of them."""
    rng, texts = random.Random(0), []
    for each in {str(captions): captions for captions in pictures.captions}.values():
        for language, phrases in sorted(each.items()):
            style, colour = rng.choice(STYLES), rng.choice(ON)
            name = style.zh if language == "zh" else style.name
            texts += [caption([text], rng, language, name, colour, rng.randrange(len(emoji.TONES))) for text in phrases]
    return texts


def setup(config: Config, device: torch.device) -> tuple[CLIP, Paired | LessonBatches, Descent]:
    pictures = colours.load(config.model.image_size, config.data).with_words().training()
    tokenizer = tokenizer_for(config, pictures)
    known = (
        replace(config.model, labels=()) if config.data else config.model
    )  # of the emoji set: no other has its classes
    model = CLIP(known, tokenizer).to(device, memory_format=torch.channels_last)
    batch = pictures, tokenizer, config.batch, config.seed, device
    batches = Locked(model, config.locked, config.table, *batch) if config.locked else Paired(*batch)
    if config.teacher:
        return model, *teach(config, batches, model, device)
    return model, batches, Descent(model, config, device, betas=(0.9, 0.98))
