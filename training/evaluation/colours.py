"""Colours and things: whether what is drawn of "a blue house" is blue, and a house to a judge that is blind to colour.

The pairs were never drawn in training: the concept's drawings can be moved, the colour is held out for it by the hash,
and none of its drawings has that colour by itself.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from models.judge import Judge
from training import files
from training.data import colours
from training.data import pictures as data
from training.data.captioned import in_colour
from training.data.captions import article
from training.evaluation.clip import concepts
from training.evaluation.tables import markdown

COUNT = 110  # pairs, as many of each colour
LANGUAGES = {"en": "English", "zh": "Chinese"}


@dataclass(frozen=True)
class Pairs:
    """Concepts (N,) and colours (N,)."""

    concept: Tensor
    colour: Tensor

    def prompts(self, language: str) -> list[str]:
        """ "a blue house", "蓝色的房子"."""
        said = []
        for concept, colour in zip(self.concept.tolist(), self.colour.tolist(), strict=True):
            en, zh = _thing(concept)
            text = in_colour(en if language == "en" else zh, colour, language)
            said.append(f"{article(text)} {text}" if language == "en" else text)
        return said


def never_drawn(count: int = COUNT) -> Pairs:
    """Pairs spread over the list of concepts, as many of each colour."""
    known = colours.load(data.LARGE).training()
    able = np.unique(known.concept[colours.of(known)[2].any(1).numpy()])
    several = torch.bincount(things())[things()] > 1  # a concept for each of some colours, as hearts have
    found = []
    for number, name in enumerate(colours.NAMES):
        by_itself = set(known.concept[known.colour == number].tolist())
        fits = [concept for concept in able.tolist() if concept not in by_itself and not several[concept]]
        held = [concept for concept in fits if colours.is_held_out(_character(concept), name)]
        each = -(-count // len(colours.NAMES))
        found += [(held[int(i)], number) for i in torch.linspace(0, len(held) - 1, min(each, len(held)))]
    return Pairs(*torch.tensor(found[:count]).T)


def _character(concept: int) -> str:
    return _characters()[concept]


def _thing(concept: int) -> tuple[str, str]:
    """The names of a concept as a colour goes before them."""
    names = concepts()["en"][concept], concepts()["zh"][concept]
    return colours.uncoloured(*names) or names


@lru_cache(maxsize=1)
def _characters() -> dict[int, str]:
    known = data.load(data.LARGE)
    characters = [] if known.characters is None else known.characters.tolist()
    return dict(zip(known.concept.tolist(), characters, strict=True))


@lru_cache(maxsize=1)
def things() -> Tensor:
    """(K,): equal numbers for concepts that differ in their colour alone, as red heart and blue heart do."""
    ids: dict[str, int] = {}
    return torch.tensor([ids.setdefault(_thing(concept)[0], len(ids)) for concept in range(len(concepts()["en"]))])


@lru_cache(maxsize=1)
def blind_judge() -> Judge:
    """Raises CheckpointError where there is none."""
    return Judge.from_pretrained(files.ASSETS / "judge_blind")


@torch.inference_mode()
def colour_scores(x: Tensor, pairs: Pairs) -> dict[str, float]:
    """Of pictures (N, 3, S, S) in [-1, 1] of pairs: the shares whose colour is right, whose thing is in the first five
    of the blind judge, and of which both are true."""
    judge = blind_judge()
    parts = [judge(F.interpolate(part, judge.config.image_size))[0].topk(5, 1).indices for part in x.split(256)]
    thing = (things()[torch.cat(parts)] == things()[pairs.concept][:, None]).any(1)
    colour = colours.seen(x) == pairs.colour
    shares = {"colour": colour, "thing": thing, "both": colour & thing}
    return {name: right.float().mean().item() for name, right in shares.items()}


def drawn_by_hand(pairs: Pairs, side: int) -> Tensor:
    """(N, 3, S, S): a real drawing of each concept moved to its colour: what a perfect generator would draw."""
    known = colours.load(side)
    known = known.take(np.isfinite(known.tint[:, 0]) & ~known.unseen & (known.tone <= 0))
    first = {concept: i for i, concept in reversed(list(enumerate(known.concept.tolist())))}
    index = torch.tensor([first[concept] for concept in pairs.concept.tolist()])
    return data.composite(
        colours.recoloured(torch.from_numpy(known.rgba)[index], torch.from_numpy(known.tint)[index], pairs.colour)
    )


def table(rows: dict[str, dict]) -> str:
    """The rows "en", "zh" and "real" as a table."""
    titles = {**LANGUAGES, "real": "drawings moved by hand"}
    lines = [
        [title, *(f"{rows[key][name]:.0%}" for name in ("colour", "thing", "both"))]
        for key, title in titles.items()
        if key in rows
    ]
    head = ["asked in", "the colour is right", "the thing is in the blind judge's first five", "both"]
    return f"**Colours and things that were never drawn together**\n\n{markdown(head, lines)}"
