"""The nearest training picture of what a model drew, by the features of the judge, a network that no generator was
trained with."""

from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from models.pretrained import CheckpointError
from models.upsampler import quantised
from playground.images import atlas, pictures
from playground.serving import checkpoints, device
from playground.serving.validation import checkpoint_note
from playground.shell.languages import key_of


@lru_cache(maxsize=1)
def _features(path: Path, _stamp: int) -> Tensor:
    return load_file(path)["features"].float().clone()  # not of the file, which may be written anew


def _table() -> Tensor:
    """(N, F): the judge's features of every drawing that models train on.

    Raises:
        CheckpointError: they are missing, damaged or of other drawings.
    """
    path = checkpoints.assets() / "judge" / "features.safetensors"
    try:
        found = _features(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        raise CheckpointError("The checkpoint judge is missing: train it or fetch the assets folder.") from None
    except Exception as error:  # what is no safetensors file, and one of something else
        raise CheckpointError("The checkpoint judge is damaged: fetch it again.") from error
    if found.ndim != 2 or len(found) != len(atlas.trained(checkpoints.assets())):
        raise CheckpointError(
            "The checkpoint judge does not fit the atlas: features.safetensors has another number of pictures."
        )
    return found


def nearest(y: Tensor) -> list[dict | None]:
    """For each picture (B, 3, 64, 64), seen in 8 bits as it is shown, the training picture with the nearest judge
    features: {"src", "label"}; without a judge None, and where it cannot be used its error as the label."""
    try:
        table = _table()
        seen = device.run(checkpoints.load("judge").features, quantised(y), exact=True)
        best = torch.cdist(seen, table).argmin(1).tolist()
    except CheckpointError as error:
        note = checkpoint_note(error)
        return [None if "missing" in str(error) else {"src": None, "label": note}] * len(y)
    places = atlas.trained(checkpoints.assets())
    return [as_nearest(*places[index]) for index in best]


def as_nearest(style: str, tile: int) -> dict:
    """A drawing of the atlas as exhibits show what is near: {"src", "label"}."""
    name = atlas.names(atlas.drawing(style, tile))
    label = ["draws.near", {"en": name["en"], "zh": name["zh"], "style": key_of("style.", style)}]
    return {"src": pictures.data_url(pictures.on_white(atlas.cut(style, tile))), "label": label}
