"""The pictures that everything trains on: the emoji set, or any folder of pictures with captions in metadata.jsonl.

A picture is uint8 RGBA; a network sees float RGB in [-1, 1] on a background. See `training.data.emoji` for the split.
"""

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from training.data import atlas, emoji
from training.data.folder import read_rows, read_square
from training.data.styles import STYLES
from training.files import DATA, DataError, read_text

LARGE = 64  # pixels a side at which drawings are looked at


@dataclass(frozen=True)
class Pictures:
    """N pictures and what is known of each.

    `rgba` is uint8 (N, S, S, 4). `concept`, `style`, `tone`, `group` are integer arrays (N,), -1 where unknown;
    `held_out` (N,) marks what no model trains on. `captions[i]` maps a language to names and phrases, the name first.
    """

    rgba: np.ndarray
    concept: np.ndarray
    style: np.ndarray
    tone: np.ndarray
    group: np.ndarray
    held_out: np.ndarray
    captions: list[dict[str, list[str]]]
    styles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    flip: np.ndarray | None = None
    characters: np.ndarray | None = None  # (N,) the emoji, of a folder the file's name
    tint: np.ndarray | None = None  # (N, 4), (N,) and (N, 11): see `training.data.colours`, which fills them
    colour: np.ndarray | None = None
    may: np.ndarray | None = None
    listing: Path | None = None  # of a folder its metadata.jsonl, and the line (N,) there
    line: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.rgba)

    def take(self, which: np.ndarray | slice | list[int]) -> "Pictures":
        """The pictures at the given indices (M,) or True flags (N,)."""
        index = np.arange(len(self))[which]
        arrays = {k: v[index] for k, v in vars(self).items() if isinstance(v, np.ndarray)}
        return replace(self, **arrays, captions=[self.captions[i] for i in index])

    def training(self) -> "Pictures":
        """What models may train on: neither held out nor of an unseen style."""
        return self.take(~self.held_out & ~self.unseen)

    def validation(self) -> "Pictures":
        """Held-out pairs of the training styles, without skin tones: what every table is measured on."""
        return self.take(self.held_out & ~self.unseen & (self.tone <= 0))

    @property
    def unseen(self) -> np.ndarray:
        """(N,) whether a picture is of a style that is shown and never trained on."""
        hidden = [i for i, name in enumerate(self.styles) if name in {s.name for s in STYLES if s.unseen}]
        return np.isin(self.style, hidden)

    def with_words(self) -> "Pictures":
        """The same, for a model that reads.

        Raises:
            DataError: nothing is said of a picture.
        """
        for i, captions in enumerate(self.captions):
            if self.listing is not None and not any(captions["en"]):
                raise DataError(
                    f"Line {self.line[i]} of {self.listing} says nothing of {self.characters[i]}: a model that reads "
                    "needs words under text, caption or prompt."
                )
        return self

    def weights(self) -> np.ndarray:
        """(N,) how often to draw each: a pair counts once however many skin tones it has, groups by the root of their
        size."""
        pair = self.concept.astype(np.int64) * 64 + self.style
        _, which, tones = np.unique(pair, return_inverse=True, return_counts=True)
        pairs = np.zeros(self.group.max() + 2)
        np.add.at(pairs, self.group, 1 / tones[which])
        weight = 1 / tones[which] / np.sqrt(pairs[self.group])
        return weight / weight.sum()

    def on(self, background: float | torch.Tensor = 1.0) -> torch.Tensor:
        """Float (N, 3, S, S) in [-1, 1] on a background in [-1, 1] (white: 1)."""
        return composite(torch.from_numpy(self.rgba), background)


def composite(rgba: torch.Tensor, background: float | torch.Tensor = 1.0) -> torch.Tensor:
    """uint8 (B, S, S, 4) over a background (a number, or (B, 3, 1, 1)) → float (B, 3, S, S) in [-1, 1]."""
    planes = rgba.permute(0, 3, 1, 2).float()
    alpha = planes[:, 3:] / 255
    return (planes[:, :3] / 127.5 - 1) * alpha + background * (1 - alpha)


@lru_cache(maxsize=2)
def load(size: int = 64, folder: str | Path | None = None) -> Pictures:
    """The emoji set at `size` pixels, or any folder of pictures with metadata.jsonl.

    The emoji set is read from data/ where `python -m training.data` built it; at 64 pixels otherwise from the shipped
    atlas.

    Raises:
        DataError: the pictures are not there or cannot be read.
    """
    if folder:
        return load_folder(Path(folder), size)
    if (DATA / "table.json").exists():
        return _from_data(size)
    if size <= atlas.TILE and (atlas.FOLDER / "table.json").exists():
        return _from_atlas(size)
    raise DataError(f"There are no pictures of {size} pixels yet: run python -m training.data.")


def _from_data(size: int) -> Pictures:
    table = json.loads(read_text(DATA / "table.json"))
    paths = [DATA / str(size) / f"{style['file']}.npy" for style in table["styles"].values()]
    missing = [str(p) for p in paths if not p.exists()]
    if missing:
        raise DataError(f"{missing[0]} is missing: run python -m training.data again, it goes on where it stopped.")
    return _assemble(table, np.concatenate([np.load(p) for p in paths]))


def _from_atlas(size: int) -> Pictures:
    table = json.loads(read_text(atlas.FOLDER / "table.json"))
    pictures = _assemble(
        table, np.concatenate([tiles for name in table["pictures"] for tiles in atlas.pages(table, name)])
    )
    if size == atlas.TILE:
        return pictures
    small = [Image.fromarray(p).resize((size, size), Image.Resampling.BOX) for p in pictures.rgba]
    return replace(pictures, rgba=np.stack([np.asarray(p) for p in small]))


def _assemble(table: dict, rgba: np.ndarray) -> Pictures:
    styles, groups = tuple(table["pictures"]), tuple(g["en"] for g in table["groups"])
    rows = np.array([(c, s, tone, out) for s, name in enumerate(styles) for c, tone, out in table["pictures"][name]])
    concept, style, tone, held_out = rows.T
    known = table["concepts"]  # emoji, en, zh, group, keywords en, keywords zh, may be mirrored
    phrases = [{"en": [c[1], *c[4]], "zh": [c[2], *c[5]]} for c in known]
    return Pictures(
        rgba,
        concept,
        style,
        tone,
        np.array([c[3] for c in known])[concept],
        held_out.astype(bool),
        [phrases[c] for c in concept],
        styles,
        groups,
        np.array([c[6] for c in known], bool)[concept],
        np.array([c[0] for c in known])[concept],
    )


def load_folder(folder: Path, size: int) -> Pictures:
    """The pictures that a folder's metadata.jsonl names, one in twenty held out.

    Raises:
        DataError: the list or a picture cannot be read; the message names the line or the file.
    """
    listing = folder.expanduser() / "metadata.jsonl"
    rows = read_rows(listing)
    rgba = np.stack([read_square(listing.parent / row.file_name, size) for row in rows])
    held_out = np.array([emoji.is_held_out(row.file_name, "folder") for row in rows])
    held_out &= not held_out.all()  # a picture or two: train on them
    zeros = np.zeros(len(rows), np.int64)
    return Pictures(
        rgba,
        np.arange(len(rows)),
        zeros,
        zeros,
        zeros,
        held_out,
        [{"en": row.texts or [""]} for row in rows],
        ("folder",),
        ("folder",),
        np.ones(len(rows), bool),
        np.array([row.file_name for row in rows]),
        listing=listing,
        line=np.array([row.number for row in rows]),
    )


class Batches:
    """Random training batches; a batch depends on the step alone, so a resumed run sees the same ones.

    `batches(step)` → float (B, 3, S, S) in [-1, 1]: drawn by weight, on white or (one in five) on a random light
    background, shifted by up to two pixels, mirrored where that keeps the meaning.
    """

    def __init__(
        self, pictures: Pictures, batch: int, seed: int = 0, device: torch.device | str = "cpu", plain: float = 0.8
    ):
        self.rgba = torch.from_numpy(pictures.rgba).to(device)
        self.weights = torch.from_numpy(pictures.weights())
        self.flip = torch.from_numpy(pictures.flip).to(device)
        self.batch, self.seed, self.plain = batch, seed, plain

    def __call__(self, step: int) -> torch.Tensor:
        return self.pictures(self.indices(step), step)

    def indices(self, step: int) -> torch.Tensor:
        """(B,) pictures of a step, drawn by their weights."""
        return torch.multinomial(self.weights, self.batch, replacement=True, generator=self._generator(step))

    def pictures(self, index: torch.Tensor, step: int) -> torch.Tensor:
        """(B, 3, S, S) in [-1, 1]: pictures on a background, some mirrored, shifted by up to two pixels."""
        rng, rgba = self._generator(step + 1_000_003), self.tiles(index, step)
        mirror = (torch.rand(len(index), generator=rng) < 0.5).to(rgba.device) & self.flip[index]
        rgba = torch.where(mirror[:, None, None, None], rgba.flip(2), rgba)
        dy, dx = torch.randint(-2, 3, (2,), generator=rng).tolist()
        light = 1 - 0.8 * torch.rand(len(index), 3, 1, 1, generator=rng)
        light[torch.rand(len(index), generator=rng) < self.plain] = 1
        return shift(composite(rgba, light.to(rgba.device)), dy, dx)

    def tiles(self, index: torch.Tensor, step: int) -> torch.Tensor:
        """uint8 (B, S, S, 4) of the pictures (B,)."""
        return self.rgba[index]

    def _generator(self, step: int) -> torch.Generator:
        return torch.Generator().manual_seed(self.seed * 1_000_000_007 + step)


def shift(x: torch.Tensor, dy: int, dx: int) -> torch.Tensor:
    """Moves (B, C, H, W) by whole pixels; the border repeats the picture's own edge."""
    pad = torch.nn.functional.pad(x, (2, 2, 2, 2), mode="replicate")
    return pad[..., 2 - dy : pad.shape[-2] - 2 - dy, 2 - dx : pad.shape[-1] - 2 - dx]
