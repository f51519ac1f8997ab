"""What the recipes of CLIP share: pictures with captions in English and Chinese, and which caption is true of which picture.

A caption names a concept or one of its keywords, sometimes the style, the background, the skin tone. It is true of every
picture in the batch that has all that it says, so none of those is its negative.
"""

import random
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from models.clip import CLIP, CLIPConfig, Tokenizer
from training import data, emoji
from training.augment import augment
from training.captions import BACKGROUNDS, caption
from training.loop import Descent, TrainConfig
from training.measure import ASSETS

COLOURS = list(BACKGROUNDS)
ZH = {style.name: style.zh for style in emoji.STYLES}


@dataclass(frozen=True)
class Config(TrainConfig):
    model: CLIPConfig = field(default_factory=CLIPConfig)
    pictures: int = 1_000_000
    batch: int = 256  # the more, the more captions to tell apart
    weight_decay: float = 0.2
    warmup: int = 50_000
    ema: int = 50_000


def tiny(config: Config) -> Config:
    """The same recipe at a size that learns a batch in seconds on one core."""
    model = replace(config.model, image_size=16, patch=4, width=32, layers=2, heads=2, vocab=600, context=16, text_width=32,
                    text_layers=1, text_heads=2, embedding=16, noise_size=8, steps=min(config.model.steps, 50))
    return replace(config, model=model, pictures=512, batch=8, warmup=64, ema=64)


class Paired(data.Batches):
    """Augmented pictures, their captions as tokens (B, T), and the table (B, B) of which pictures each is true of."""

    def __init__(self, pictures: data.Pictures, tokenizer: Tokenizer, *args, **kwargs):
        super().__init__(pictures, *args, **kwargs)
        self.known, self.tokenizer, self.phrases = pictures, tokenizer, Phrases(pictures)
        self.style, self.tone = torch.from_numpy(pictures.style), torch.from_numpy(pictures.tone)

    def __call__(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        index, rng = self.indices(step), random.Random(self.seed * 1_000_000_007 + step)
        colours = [rng.randrange(len(COLOURS)) if rng.random() < 0.3 else 0 for _ in index]
        texts, said = zip(*(self._caption(i, colour, rng) for i, colour in zip(index.tolist(), colours)))
        x = augment(self._on(index, torch.tensor(colours), step), self._generator(step + 2_000_003))
        true = self._true(index, torch.tensor(colours), torch.tensor(said))
        return x, self.tokenizer(list(texts)).to(x.device), true.to(x.device)

    def _caption(self, i: int, colour: int, rng: random.Random) -> tuple[str, tuple[int, ...]]:
        """The caption of a picture, and what it says: phrase, style, background, skin tone (-1: nothing of it)."""
        captions = self.known.captions[i]
        language = rng.choice(sorted(captions))
        phrases = captions[language]
        subject = phrases[0] if len(phrases) == 1 or rng.random() < 0.6 else rng.choice(phrases[1:])
        style = int(self.style[i]) if rng.random() < 0.3 and len(self.known.styles) > 1 else -1
        background = colour if rng.random() < (0.6 if colour else 0.1) else -1
        tone = int(self.tone[i]) if self.tone[i] > 0 and rng.random() < 0.6 else -1
        name = "" if style < 0 else self.known.styles[style]
        text = caption([subject], rng, language, ZH.get(name, name) if language == "zh" else name,
                       "" if background < 0 else COLOURS[background], max(tone, 0))
        return text, (self.phrases.ids[subject], style, background, tone)

    def _on(self, index: Tensor, colours: Tensor, step: int) -> Tensor:
        """The pictures on their backgrounds, mirrored where that keeps the meaning."""
        rgba = self.rgba[index]
        mirror = (torch.rand(len(index), generator=self._generator(step + 1_000_003)) < 0.5).to(rgba.device) & self.flip[index]
        rgba = torch.where(mirror[:, None, None, None], rgba.flip(2), rgba)
        table = torch.tensor([BACKGROUNDS[name][1] for name in COLOURS]) / 127.5 - 1
        return data.composite(rgba, table[colours][..., None, None].to(rgba.device))

    def _true(self, index: Tensor, colours: Tensor, said: Tensor) -> Tensor:
        """(B, B): whether a picture (row) has all that a caption (column) says."""
        phrase, *others = said.T
        true = self.phrases.of(index)[:, phrase]
        for has, says in zip((self.style[index], colours, self.tone[index]), others):
            true &= (says == -1) | (has[:, None] == says)
        return true


class Phrases:
    """Every name and keyword as a number, and which of them each picture has."""

    def __init__(self, pictures: data.Pictures):
        self.ids: dict[str, int] = {}
        has = [[self.ids.setdefault(text, len(self.ids)) for texts in each.values() for text in texts]
               for each in pictures.captions]
        longest = max(map(len, has))
        self.has = torch.tensor([row + row[:1] * (longest - len(row)) for row in has])  # N P, the first repeated

    def of(self, index: Tensor) -> Tensor:
        """(B,) pictures → (B, phrases) bool."""
        return torch.zeros(len(index), len(self.ids), dtype=torch.bool).scatter_(1, self.has[index], True)


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


def setup(config: Config, device: torch.device) -> tuple[CLIP, Paired, Descent]:
    pictures = data.load(config.model.image_size, config.data).training()
    tokenizer = tokenizer_for(config, pictures)
    model = CLIP(config.model, tokenizer).to(device, memory_format=torch.channels_last)
    batches = Paired(pictures, tokenizer, config.batch, config.seed, device)
    return model, batches, Descent(model, config, device, betas=(0.9, 0.98))
