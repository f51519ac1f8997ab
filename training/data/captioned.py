"""Training pictures with a caption each: a name or a keyword in English or Chinese, and what else is true of the
picture.

A batch is a function of its step alone, captions, colours and backgrounds too.
"""

import hashlib
import random
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from models.clip import CLIP
from models.pretrained import write_tensors
from training import precision
from training.data import colours
from training.data import pictures as data
from training.data.captions import BACKGROUNDS, caption
from training.data.styles import STYLES

ON = list(BACKGROUNDS)
ZH = {style.name: style.zh for style in STYLES}
UNSAID = -1


@dataclass(frozen=True)
class Drawn:
    """How pictures of a table are drawn, all (B,): which one, in which colour (−1: its own), on which background,
    mirrored or not."""

    picture: Tensor
    colour: Tensor
    background: Tensor
    mirrored: Tensor

    def __len__(self) -> int:
        return len(self.picture)

    def rows(self, index: Tensor) -> "Drawn":
        """The rows of an index (N,), or of a mask (B,)."""
        return Drawn(*(getattr(self, field.name)[index] for field in fields(self)))

    @classmethod
    def stack(cls, parts: list["Drawn"]) -> "Drawn":
        """All rows of several, one after the other."""
        return cls(*(torch.cat([getattr(part, field.name) for part in parts]) for field in fields(cls)))


@dataclass(frozen=True)
class Fact:
    """What a caption says of a picture; −1 where it says nothing of it."""

    phrase: str
    style: int = UNSAID
    background: int = UNSAID
    tone: int = UNSAID
    colour: int = UNSAID


class Captioned(data.Batches):
    """Shares: pictures `coloured` stand on a colour, `recolours` are moved to another one where that is possible. A
    caption tells a style, a background, white, a skin tone, a drawing's own colour with the others; a colour that a
    drawing was moved to it always tells."""

    coloured, recolours = 0.3, 0.4
    tells_style, tells_background, tells_white, tells_tone, tells_own = 0.3, 0.6, 0.1, 0.6, 0.15
    names, names_in_colour = 0.6, 0.85

    def __init__(self, pictures: data.Pictures, *args, **kwargs):
        super().__init__(pictures, *args, **kwargs)
        self.known = pictures
        self.style, self.tone = torch.from_numpy(pictures.style), torch.from_numpy(pictures.tone)
        self.tint, self.colour, self.may = colours.of(pictures)
        self.choices = [[colour for colour, may in enumerate(row) if may] for row in self.may.tolist()]
        things = {id(each): each for each in pictures.captions}
        self.things = {key: things_of(each) for key, each in things.items()}

    def __call__(self, step: int) -> tuple:
        return self.make(self.plan(step))

    def plan(self, step: int) -> tuple:
        """All that chance and captions decide of a step, on the CPU and small: another process may do it ahead."""
        raise NotImplementedError

    def make(self, plan: tuple) -> tuple:
        """The batch of a plan, on the device of the pictures."""
        raise NotImplementedError

    def drawn(self, step: int) -> tuple[Drawn, random.Random]:
        """How the pictures of a step are drawn, and the chance that its captions go on with."""
        index, rng = self.indices(step), random.Random(self.seed * 1_000_000_007 + step)
        return self.varied(index, rng), rng

    def varied(self, index: Tensor, rng: random.Random) -> Drawn:
        """Pictures (B,) in colours and on backgrounds by chance, mirrored by chance where that keeps the meaning."""
        background = [rng.randrange(len(ON)) if rng.random() < self.coloured else 0 for _ in index]
        choices = [self.choices[i] for i in index.tolist()]
        chosen = [rng.choice(each) if each and rng.random() < self.recolours else UNSAID for each in choices]
        mirrored = torch.tensor([rng.random() < 0.5 for _ in index]) & self.flip[index].cpu()
        return Drawn(index, torch.tensor(chosen), torch.tensor(background), mirrored)

    def captions(self, drawn: Drawn, rng: random.Random) -> tuple[list[str], list[Fact]]:
        """A caption of each, and what it says."""
        rows = zip(drawn.picture.tolist(), drawn.colour.tolist(), drawn.background.tolist(), strict=True)
        texts, facts = zip(*(self.caption(i, colour, background, rng) for i, colour, background in rows), strict=True)
        return list(texts), list(facts)

    def caption(self, i: int, colour: int, background: int, rng: random.Random) -> tuple[str, Fact]:
        """One caption of picture i in a colour, on a background."""
        captions = self.known.captions[i]
        language = rng.choice(sorted(captions))
        told, things = int(self.colour[i]) if rng.random() < self.tells_own else UNSAID, self.things[id(captions)]
        if colour != UNSAID or told != UNSAID and things:
            told = colour if colour != UNSAID else told
            thing = _phrase(things[language], self.names_in_colour, rng)
            subject, fact = in_colour(thing, told, language, rng), (thing, told)
        else:
            subject = _phrase(captions[language], self.names, rng)
            fact = self._meant(subject, captions, language)
        style = int(self.style[i]) if rng.random() < self.tells_style and len(self.known.styles) > 1 else UNSAID
        said = background if rng.random() < (self.tells_background if background else self.tells_white) else UNSAID
        tone = int(self.tone[i]) if self.tone[i] > 0 and rng.random() < self.tells_tone else UNSAID
        name = "" if style < 0 else self.known.styles[style]
        name = ZH.get(name, name) if language == "zh" else name
        text = caption([subject], rng, language, name, "" if said < 0 else ON[said], max(tone, 0))
        return text, Fact(fact[0], style, said, tone, fact[1])

    def _meant(self, subject: str, captions: dict[str, list[str]], language: str) -> tuple[str, int]:
        """A name that begins with a colour says a thing and a colour."""
        colour, things = colours.named(captions["en"][0]), self.things[id(captions)]
        named = colour >= 0 and things and subject == captions[language][0]
        return (things[language][0], colour) if named else (subject, UNSAID)

    def draw(self, drawn: Drawn, rgba: Tensor | None = None) -> Tensor:
        """Float (B, 3, S, S) in [-1, 1] of the pictures, or those of another table `rgba` (N, S, S, 4)."""
        rgba = (self.rgba if rgba is None else rgba)[drawn.picture]
        device = rgba.device
        rgba = torch.where(drawn.mirrored.to(device)[:, None, None, None], rgba.flip(2), rgba)
        rgba = colours.recoloured(rgba, self.tint[drawn.picture].to(device), drawn.colour.to(device))
        table = torch.tensor([BACKGROUNDS[name][1] for name in ON]) / 127.5 - 1
        return data.composite(rgba, table[drawn.background][..., None, None].to(device))


def _phrase(phrases: list[str], names: float, rng: random.Random) -> str:
    """The name with a chance of `names`, else one of the keywords."""
    return phrases[0] if len(phrases) == 1 or rng.random() < names else rng.choice(phrases[1:])


def things_of(captions: dict[str, list[str]]) -> dict[str, list[str]] | None:
    """What a concept is called where a colour stands before it, the name first; None where none can."""
    names = colours.uncoloured(captions["en"][0], captions.get("zh", [""])[0])
    if names is None:
        return None
    plain: dict[str, str] = dict(zip(("en", "zh"), names, strict=True))
    return {
        language: [plain[language], *(text for text in phrases[1:] if not colours.says_colour(text))]
        for language, phrases in captions.items()
    }


def in_colour(thing: str, colour: int, language: str, rng: random.Random | None = None) -> str:
    """ "blue house", "蓝色的房子", by chance "蓝色房子"."""
    name = colours.NAMES[colour]
    if language == "en":
        return f"{name} {thing}"
    return f"{colours.COLOURS[name][0]}{rng.choice(('的', '的', '')) if rng else '的'}{thing}"


class Views:
    """Pictures as they may be drawn, each way a row, and what a network sees in each: computed once, when first asked
    for.

    Of every picture there are three ways in its own colour, and one in each colour that it may be moved to.
    """

    def __init__(
        self, source: Captioned, network: CLIP | nn.Module, large: data.Pictures | None = None, path: str = ""
    ):
        self.source = source
        self.network = network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - a real option
        self.rgba = source.rgba if large is None else torch.from_numpy(large.rgba).to(source.rgba.device)
        self.drawn, self.weights = self._ways(random.Random(source.seed))
        self.path = path  # of a file that has the table, or is to get it; "": none
        self.table: Tensor | None = None  # (V, …)
        self.known = torch.zeros(len(self), dtype=torch.bool)

    def __len__(self) -> int:
        return len(self.drawn)

    def _ways(self, rng: random.Random) -> tuple[Drawn, Tensor]:
        """All ways (V,), and how often each is to be drawn."""
        source = self.source
        picture, colour = source.may.nonzero().T
        on_white, moved = (1 - source.coloured) / 2, source.recolours * source.may.any(1)
        stays, each = source.weights * (1 - moved), source.weights * moved / source.may.sum(1).clamp_min(1)
        ways = Drawn.stack([*self._in_its_own_colour(rng), self._moved(picture, colour, rng)])
        return ways, torch.cat([stays * on_white, stays * on_white, stays * source.coloured, each[picture]])

    def _in_its_own_colour(self, rng: random.Random) -> list[Drawn]:
        """Each picture on white, mirrored on white where that keeps the meaning, and on a colour."""
        flip = self.source.flip.cpu()
        every, own = torch.arange(len(flip)), torch.full((len(flip),), UNSAID)
        white, still = torch.zeros_like(own), torch.zeros_like(flip)
        on_colour = torch.tensor([rng.randrange(1, len(ON)) for _ in every])
        turned = torch.tensor([rng.random() < 0.5 for _ in every]) & flip
        places = ((white, still), (white, flip), (on_colour, turned))
        return [Drawn(every, own, background, mirrored) for background, mirrored in places]

    def _moved(self, picture: Tensor, colour: Tensor, rng: random.Random) -> Drawn:
        """Pictures (W,) in colours (W,), on backgrounds and mirrored by chance."""
        coloured = [rng.random() < self.source.coloured for _ in picture]
        behind = torch.tensor([rng.randrange(len(ON)) if each else 0 for each in coloured], dtype=torch.long)
        turned = torch.tensor([rng.random() < 0.5 for _ in picture], dtype=torch.bool) & self.source.flip[picture].cpu()
        return Drawn(picture, colour, behind, turned)

    def rows(self, step: int, count: int) -> Tensor:
        """`count` ways (count,) by weight, of the step alone."""
        return torch.multinomial(self.weights, count, True, generator=self.source._generator(step))

    def seen(self, rows: Tensor) -> Tensor:
        """(B, …): what the network makes of these ways."""
        self.opened()
        missing = rows[~self.known[rows]].unique()
        for part in missing.split(256) if len(missing) else ():
            found = self.look(self.drawn.rows(part))
            if self.table is None:
                self.table = found.new_zeros(len(self), *found.shape[1:])
            self.table[part], self.known[part] = found, True
        return self.table[rows].float()

    @torch.no_grad()
    def look(self, drawn: Drawn) -> Tensor:
        """(B, E): what the network itself sees."""
        x = self.source.draw(drawn, self.rgba)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=precision.bf16_is_faster(x.device)):
            return self.network.encode_image(x)

    def captioned(self, step: int, count: int = 0) -> tuple[Tensor, list[str], list[Fact]]:
        """Of a step: numbers of ways (B,), captions, and what each says. A larger `count` adds so many ways that
        nothing is said of."""
        rows, rng = self.rows(step, self.source.batch), random.Random(f"{self.source.seed} {step}")
        texts, facts = self.source.captions(self.drawn.rows(rows), rng)
        if count > len(rows):
            rows = torch.cat([rows, self.rows(step + 3_000_017, count - len(rows))])
        return rows, texts, facts

    def opened(self) -> "Views":
        """With the whole table of its file, which is made where it is not there; without a file as it is.

        Raises:
            DataError: the file is damaged, or another network's.
        """
        path, self.path = self.path, ""
        if path and Path(path).exists():
            self._read(Path(path))
        elif path:
            seen = self.seen(torch.arange(len(self)))
            write_tensors(Path(path), {"table": seen}, {"stamp": self.stamp})
        return self

    def _read(self, path: Path) -> None:
        try:
            with safe_open(path, "pt") as file:
                stamp, table = file.metadata()["stamp"], file.get_tensor("table")
        except (SafetensorError, OSError, LookupError, TypeError) as error:
            raise data.DataError(
                f"{path} is no table of embeddings ({error}): delete it, and it is made anew."
            ) from error
        if stamp != self.stamp:
            raise data.DataError(
                f"{path} was made with another CLIP or of other pictures: delete it or name another file with --table."
            )
        self.table, self.known = table.to(self.rgba.device), torch.ones(len(self), dtype=torch.bool)

    @property
    def stamp(self) -> str:
        """Of the ways, and of the weights that look at pictures: a text tower may learn on."""
        found = hashlib.sha256()
        for name, weight in sorted(self.network.state_dict().items()):
            if name.startswith("visual."):
                found.update((weight.detach().half() + 0).cpu().contiguous().numpy().tobytes())  # 0 for −0
        for field in fields(self.drawn):
            found.update(getattr(self.drawn, field.name).numpy().tobytes())
        return found.hexdigest()[:16]
