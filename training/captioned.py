"""Training pictures with a caption each: a name or a keyword in English or Chinese, and what else is true of the picture.

A batch is a function of its step alone, captions and backgrounds too.
"""

import random
from functools import cached_property

import torch
from torch import Tensor

from models.clip import CLIP
from training import data, emoji
from training.captions import BACKGROUNDS, caption

COLOURS = list(BACKGROUNDS)
ZH = {style.name: style.zh for style in emoji.STYLES}


class Captioned(data.Batches):
    """`coloured` pictures stand on a colour; a caption tells a style, a colour, white and a skin tone with these shares."""

    coloured, tells_style, tells_colour, tells_white, tells_tone, names = 0.3, 0.3, 0.6, 0.1, 0.6, 0.6

    def __init__(self, pictures: data.Pictures, *args, **kwargs):
        super().__init__(pictures, *args, **kwargs)
        self.known = pictures
        self.style, self.tone = torch.from_numpy(pictures.style), torch.from_numpy(pictures.tone)

    def captioned(self, step: int) -> tuple[Tensor, Tensor, list[str], list[tuple]]:
        """Of a step: pictures (B,), colours (B,), captions, and what each says: phrase, style, colour, tone (-1: nothing of it)."""
        index, rng = self.indices(step), random.Random(self.seed * 1_000_000_007 + step)
        colours = [rng.randrange(len(COLOURS)) if rng.random() < self.coloured else 0 for _ in index]
        texts, said = zip(*(self._caption(i, colour, rng) for i, colour in zip(index.tolist(), colours)))
        return index, torch.tensor(colours), list(texts), list(said)

    def _caption(self, i: int, colour: int, rng: random.Random) -> tuple[str, tuple]:
        captions = self.known.captions[i]
        language = rng.choice(sorted(captions))
        phrases = captions[language]
        subject = phrases[0] if len(phrases) == 1 or rng.random() < self.names else rng.choice(phrases[1:])
        style = int(self.style[i]) if rng.random() < self.tells_style and len(self.known.styles) > 1 else -1
        background = colour if rng.random() < (self.tells_colour if colour else self.tells_white) else -1
        tone = int(self.tone[i]) if self.tone[i] > 0 and rng.random() < self.tells_tone else -1
        name = "" if style < 0 else self.known.styles[style]
        text = caption([subject], rng, language, ZH.get(name, name) if language == "zh" else name,
                       "" if background < 0 else COLOURS[background], max(tone, 0))
        return text, (subject, style, background, tone)

    def on_colours(self, index: Tensor, colours: Tensor, step: int, rgba: Tensor | None = None) -> Tensor:
        """The pictures, or those of another table `rgba`, on their backgrounds, mirrored where that keeps the meaning."""
        rgba = (self.rgba if rgba is None else rgba)[index]
        mirror = (torch.rand(len(index), generator=self._generator(step + 1_000_003)) < 0.5).to(rgba.device) & self.flip[index]
        rgba = torch.where(mirror[:, None, None, None], rgba.flip(2), rgba)
        table = torch.tensor([BACKGROUNDS[name][1] for name in COLOURS]) / 127.5 - 1
        return data.composite(rgba, table[colours][..., None, None].to(rgba.device))


class Seen:
    """What a CLIP sees in all pictures of `captioned`, computed once, when first asked for: `PASSES` times, each time on other
    colours."""

    PASSES = 2

    def __init__(self, captioned: Captioned, clip: CLIP):
        self.captioned, self.clip = captioned, clip
        rng, count = random.Random(captioned.seed), len(captioned.known)
        self.colours = torch.tensor([[rng.randrange(len(COLOURS)) if rng.random() < captioned.coloured else 0 for _ in range(count)]
                                     for _ in range(self.PASSES)])

    @cached_property
    def table(self) -> Tensor:
        """(PASSES, N, E), of length 1."""
        return torch.stack([torch.cat([self._part(part, step) for part in torch.arange(len(self.captioned.known)).split(256)])
                            for step in range(self.PASSES)])

    @torch.no_grad()
    def _part(self, index: Tensor, step: int) -> Tensor:
        first = step * len(self.captioned.known) + int(index[0])
        return self.clip.encode_image(self.captioned.on_colours(index, self.colours[step, index], first)).clone()

    def draw(self, step: int, count: int = 0) -> tuple[Tensor, Tensor, Tensor, list[str], list[tuple]]:
        """Of a step: pictures (B,), colours (B,), embeddings (B, E), captions, and what each says. A larger `count` adds so
        many pictures that nothing is said of."""
        captioned, rng = self.captioned, random.Random(self.captioned.seed * 1_000_000_007 + step)
        index = captioned.indices(step)
        turn = torch.tensor([rng.randrange(self.PASSES) for _ in index])
        colours = self.colours[turn, index].tolist()
        texts, said = zip(*(captioned._caption(i, colour, rng) for i, colour in zip(index.tolist(), colours)))
        if count > len(index):
            more = torch.multinomial(captioned.weights, count - len(index), True, generator=captioned._generator(step + 3_000_017))
            index, turn = torch.cat([index, more]), torch.cat([turn, more % self.PASSES])
        return index, self.colours[turn, index], self.table[turn, index], list(texts), list(said)
