"""The nearest training picture of what a model drew, by the features of the judge, a network that no generator was
trained with."""

from functools import lru_cache

import torch
from safetensors.torch import load_file
from torch import Tensor

from models.pretrained import CheckpointError
from models.upsampler import quantised
from playground.images import atlas, pictures
from playground.serving import checkpoints, device


@lru_cache(maxsize=1)
def _features(folder) -> Tensor:
    return load_file(folder / "judge" / "features.safetensors")["features"].float()


def nearest(y: Tensor) -> list[dict | None]:
    """For each picture (B, 3, 64, 64), seen in 8 bits as it is shown, the training picture with the nearest judge
    features: {"src", "label"}; None without a judge."""
    try:
        table = _features(checkpoints.assets())
        seen = device.run(checkpoints.load("judge").features, quantised(y), exact=True)
    except (CheckpointError, OSError):
        return [None] * len(y)
    best = torch.cdist(seen, table).argmin(1).tolist()
    return [as_nearest(*_place(index, len(table))) for index in best]


def _place(index: int, count: int) -> tuple[str, int]:
    """(style, tile) of a row of the feature table."""
    found = atlas.trained(checkpoints.assets())
    if count != len(found):
        raise CheckpointError(
            "The checkpoint judge does not fit the atlas: features.safetensors has another number of pictures."
        )
    return found[index]


def as_nearest(style: str, tile: int) -> dict:
    """A drawing of the atlas as exhibits show what is near: {"src", "label"}."""
    name = atlas.names(atlas.drawing(style, tile))
    label = ["draws.near", {"en": name["en"], "zh": name["zh"], "style": style}]
    return {"src": pictures.data_url(pictures.on_white(atlas.cut(style, tile))), "label": label}
