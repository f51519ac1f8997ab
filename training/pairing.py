"""What the recipes of CLIP share: pictures with captions in English and Chinese, and which caption is true of which picture.

A caption names a concept or one of its keywords, sometimes the style, the background, the skin tone. It is true of every
picture in the batch that has all that it says, so none of those is its negative.
"""

import random
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from models.clip import CLIP, CLIPConfig, Tokenizer
from training import data, emoji
from training.augment import moved
from training.captioned import COLOURS, Captioned, Seen
from training.captions import caption
from training.loop import Descent, TrainConfig
from training.measure import ASSETS
from training.teacher import Taught, teach


@dataclass(frozen=True)
class Config(TrainConfig):
    model: CLIPConfig = field(default_factory=CLIPConfig)
    pictures: int = 1_000_000
    batch: int = 64
    lr: float = 5e-4
    weight_decay: float = 0.2
    ema: int = 50_000
    teacher: float = 0.0  # weight of the words of python -m training.teacher; 0: none are taught
    words: int = 256  # of these in a step
    locked: int = 0  # pictures that a batch of captions is told apart by while only the text tower learns; 0: both towers learn


def tiny(config: Config) -> Config:
    """The same recipe at a size that learns a batch in seconds on one core."""
    model = replace(config.model, image_size=16, patch=4, width=32, layers=2, heads=2, vocab=600, context=16, text_width=32,
                    text_layers=1, text_heads=2, embedding=16, labels=(), noise_size=8, steps=min(config.model.steps, 50))
    return replace(config, model=model, pictures=512, batch=8, warmup=64, ema=64)


class Paired(Captioned):
    """Moved pictures, their captions as tokens (B, T), the table (B, B) of which pictures each is true of, and the pictures'
    concepts and groups (B, 2)."""

    def __init__(self, pictures: data.Pictures, tokenizer: Tokenizer, *args, **kwargs):
        super().__init__(pictures, *args, **kwargs)
        self.tokenizer, self.phrases = tokenizer, Phrases(pictures)
        self.labels = torch.from_numpy(np.stack([pictures.concept, pictures.group], 1)).long()

    def __call__(self, step: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        index, colours, texts, said = self.captioned(step)
        x = moved(self.on_colours(index, colours, step), self._generator(step + 2_000_003), share=0.5)
        facts = torch.tensor([(self.phrases.ids[subject], *others) for subject, *others in said])
        given = self.tokenizer(texts), self._true(index, colours, facts), self.labels[index]
        return x, *(part.to(x.device) for part in given)

    def _true(self, index: Tensor, colours: Tensor, said: Tensor) -> Tensor:
        """(M, B): whether a picture (row) has all that a caption (column) says."""
        phrase, *others = said.T
        true = self.phrases.of(index, phrase)
        for has, says in zip((self.style[index], colours, self.tone[index]), others):
            true &= (says == -1) | (has[:, None] == says)
        return true


class Locked(Paired):
    """What the image tower sees instead of the pictures (LiT, Zhai et al. 2022): steps are many times cheaper, and the pictures'
    embeddings stay what they are. Each caption is told apart by `against` of them (M, E), its own among them; table (M, B)."""

    names, tells_style, coloured = 0.8, 0.15, 0.15  # nearer to what it is asked for

    def __init__(self, model: CLIP, against: int, *args, **kwargs):
        super().__init__(*args, **kwargs)
        model.visual.requires_grad_(False)
        self.seen, self.against = Seen(self, model), max(against, self.batch)

    def __call__(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        index, colours, z, texts, said = self.seen.draw(step, self.against)
        facts = torch.tensor([(self.phrases.ids[subject], *others) for subject, *others in said])
        return z, self.tokenizer(texts).to(z.device), self._true(index, colours, facts).to(z.device)


class Phrases:
    """Every name and keyword as a number, and which of them each picture has."""

    def __init__(self, pictures: data.Pictures):
        self.ids: dict[str, int] = {}
        has = [[self.ids.setdefault(text, len(self.ids)) for texts in each.values() for text in texts] for each in pictures.captions]
        self.has = torch.zeros(len(self.ids), len(has), dtype=torch.bool)  # P N
        for i, phrases in enumerate(has):
            self.has[phrases, i] = True

    def of(self, index: Tensor, phrase: Tensor) -> Tensor:
        """Pictures (M,) and phrases (B,) → (M, B) bool."""
        return self.has[phrase][:, index].T


def tokenizer_for(config: Config, pictures: data.Pictures) -> Tokenizer:
    """The shipped one where it fits, so that all models of the emoji set share it; else one trained on these captions."""
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
            style, colour = rng.choice(emoji.STYLES), rng.choice(COLOURS)
            name = style.zh if language == "zh" else style.name
            texts += [caption([text], rng, language, name, colour, rng.randrange(len(emoji.TONES))) for text in phrases]
    return texts


def setup(config: Config, device: torch.device) -> tuple[CLIP, Paired | Taught, Descent]:
    pictures = data.load(config.model.image_size, config.data).training()
    tokenizer = tokenizer_for(config, pictures)
    known = replace(config.model, labels=()) if config.data else config.model  # of the emoji set: no other has its classes
    model = CLIP(known, tokenizer).to(device, memory_format=torch.channels_last)
    batch = pictures, tokenizer, config.batch, config.seed, device
    batches = Locked(model, config.locked, *batch) if config.locked else Paired(*batch)
    if config.teacher:
        return model, *teach(config, batches, model, device)
    return model, batches, Descent(model, config, device, betas=(0.9, 0.98))
