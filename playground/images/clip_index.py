"""The drawings of the atlas as vectors, to search among: shipped beside the weights, or computed while the app is
used."""

import threading
from collections import defaultdict
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from playground.images import atlas, pictures
from playground.serving.clip import NAME, Backend, Ours, backend
from playground.serving.validation import Refused

FILE = "features.safetensors"
_indices: dict[str, tuple[object, "ClipIndex"]] = {}  # of each backend: the stamp of its weights, and what they see
_locks: dict[str, threading.Lock] = defaultdict(threading.Lock)


class ClipIndex:
    """Unit vectors (N, E) of the drawings without skin tone, of which the first `ready` are there."""

    def __init__(self, places: list[tuple[str, int]], vectors: Tensor, ready: int):
        self.places, self.vectors, self.ready = places, vectors, ready

    @property
    def missing(self) -> int:
        return len(self.places) - self.ready

    def remarks(self) -> list[list]:
        """What to tell as long as not all drawings are encoded."""
        return [["clip.partly", {"n": self.ready, "all": len(self.places)}]] if self.missing else []

    def cosines(self, vectors: Tensor) -> Tensor:
        """(N, E) → (N, drawings that are ready)."""
        return vectors @ self.vectors[: self.ready].T

    def fill(self, model: Backend):
        """Encodes what is missing, part by part."""
        while self.missing:
            self.fill_part(model)

    def fill_part(self, model: Backend):
        part = self.places[self.ready : self.ready + model.most]
        self.vectors[self.ready : self.ready + len(part)] = model.pictures(picture_tensors(part))
        self.ready += len(part)


def picture_tensors(places: list[tuple[str, int]]) -> Tensor:
    """(B, 3, 64, 64) in [-1, 1], on white."""
    return torch.cat([pictures.to_tensor(pictures.on_white(atlas.cut(style, tile))) for style, tile in places])


def places() -> list[tuple[str, int]]:
    """(style, tile) of every drawing without skin tone, in the order of the table."""
    return [
        (style, tile)
        for style, tiles in atlas.table()["pictures"].items()
        for tile, (_, tone, _) in enumerate(tiles)
        if not tone
    ]


def load_index(model: Backend | None = None) -> ClipIndex:
    """The vectors of all drawings by a backend's present weights; those that do not ship are computed behind the
    visitors' backs.

    Raises:
        Refused: there is no table of drawings.
    """
    model = model or backend()
    with _locks[model.foreign]:
        stamp, found = _indices.get(model.foreign, (None, None))
        if stamp != model.stamp:
            found = (_shipped(*model.stamp) if isinstance(model, Ours) else None) or _begun(model)
            _indices[model.foreign] = model.stamp, found
        return found


def _shipped(folder: Path, stamp: str) -> ClipIndex | None:
    """What lies beside the weights, if it was made with them from these drawings."""
    try:
        with safe_open(folder / NAME / FILE, "pt") as file:
            if (file.metadata() or {}).get("weights") != stamp:
                return None
            vectors = file.get_tensor("features").float()
    except (OSError, SafetensorError):
        return None
    found = places()
    return (
        ClipIndex(found, torch.nn.functional.normalize(vectors, dim=1), len(found))
        if len(found) == len(vectors)
        else None
    )


def _begun(model: Backend) -> ClipIndex:
    found = places()
    if not found:
        raise Refused("panel.damaged")
    first = model.pictures(picture_tensors(found[: model.most]))
    made = ClipIndex(found, torch.zeros(len(found), first.shape[1]), len(first))
    made.vectors[: len(first)] = first
    if made.missing:
        threading.Thread(target=made.fill, args=(model,), daemon=True, name="gallery").start()
    return made
