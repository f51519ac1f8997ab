"""A row of pictures of random codes, which two tabs show."""

import torch

from models.pretrained import CheckpointError
from playground.images import pictures
from playground.images.nearest import nearest
from playground.serving import checkpoints
from playground.serving.autoencoder import decode
from playground.serving.checkpoints import load
from playground.serving.validation import checkpoint_note
from playground.widgets.exhibit.exhibit import figure, row


def random_row(name: str, seed: int, count: int) -> dict:
    """A row of draws of one model."""
    try:
        z = torch.cat([load(name).sample_codes(1, torch.Generator().manual_seed(seed + i)).cpu() for i in range(count)])
        y = decode(name, z)
    except CheckpointError as error:
        note = checkpoint_note(error)
        return row([figure(None, ["draws.one", {"n": seed + i}], note=note) for i in range(count)], row_title(name))
    near = nearest(y)
    return row(
        [
            figure(pictures.data_url(y[i]), ["draws.one", {"n": seed + i}], alt=f"model.{name}", near=near[i])
            for i in range(count)
        ],
        row_title(name),
    )


def row_title(name: str):
    """A model's name, with the measured distance of its random draws from real drawings."""
    measured = checkpoints.metrics(name)
    if not {"samples_frechet", "floor_frechet"} <= measured.keys():
        return f"model.{name}"
    numbers = {"n": f"{measured['samples_frechet']:.1f}", "floor": f"{measured['floor_frechet']:.1f}"}
    return ["draws.measured", {"name": f"model.{name}", **numbers}]
