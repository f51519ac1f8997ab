"""The codebooks by name, a picture's tokens, a picture of tokens, and what is to be known of every code."""

from functools import lru_cache

import torch
from torch import Tensor

from models.pretrained import CheckpointError
from models.vqvae import VQVAE, perplexity
from playground.images import pictures
from playground.serving import checkpoints, device, validation
from playground.serving.validation import Refused

MODELS = ("vqvae", "vqvae_8")
NEAR = 8  # codes told as near to one
COLUMNS = 32  # codes in a row of the sprite
PART = 64  # pictures drawn at once


def network(name: str) -> VQVAE:
    """The loaded checkpoint.

    Raises:
        CheckpointError: it cannot be loaded.
    """
    return checkpoints.load(name)


def encode(name: str, x: Tensor) -> Tensor:
    """(B, 3, S, S) → tokens (B, h, w), not to be changed: those of the last pictures are remembered."""
    return _encode(name, checkpoints.stamp(name), tuple(x.shape), x.numpy().tobytes())


@lru_cache(maxsize=16)
def _encode(name: str, _stamp: str, shape: tuple[int, ...], values: bytes) -> Tensor:
    return device.run(
        network(name).encode, torch.frombuffer(bytearray(values), dtype=torch.float32).view(shape), exact=True
    ).long()


def decode(name: str, tokens: Tensor) -> Tensor:
    """(B, h, w) → (B, 3, 64, 64)."""
    return device.run(network(name).decode, tokens)


def book(name: str) -> dict:
    """The codebook: {"grid": cells a side, "codes": K, "sprite": every code drawn alone, `COLUMNS` in a row, "cell":
    pixels a side of each there, "near": [[codes]] by distance, "shares": [how often each occurs], "places": [[x, y]] on
    the two main directions, from −1 to 1, "colours": [[r, g, b]], "perplexity", "used": share of the codes that are not
    dead}."""
    return _book(name, checkpoints.stamp(name), network(name))


@lru_cache(maxsize=4)
def _book(name: str, _stamp: str, model: VQVAE) -> dict:
    codes, shares = model.codebook.codes.float().cpu(), model.codebook.frequencies.float().cpu()
    shares = shares / shares.sum().clamp_min(1e-9)
    patches = _alone(name, model)
    distances = torch.cdist(codes, codes).fill_diagonal_(torch.inf)
    centred = codes - codes.mean(0)
    plane = centred @ torch.linalg.eigh(centred.T @ centred)[1][:, [-1, -2]]
    return {
        "model": name,
        "grid": model.side,
        "codes": len(codes),
        "cell": patches.shape[-1],
        "sprite": pictures.data_url(_sheet(patches)),
        "near": distances.topk(min(NEAR, len(codes) - 1), largest=False).indices.tolist(),
        "shares": [round(v, 6) for v in shares.tolist()],
        "places": (plane / plane.abs().amax(0).clamp_min(1e-9)).round(decimals=3).tolist(),
        "colours": ((patches.mean((2, 3)) + 1) * 127.5).round().int().tolist(),
        "perplexity": float(perplexity(shares)),
        "used": float((shares > model.config.restart / len(shares)).float().mean()),
    }


def _alone(name: str, model: VQVAE) -> Tensor:
    """(K, 3, p, p): the middle cell of a picture that has nothing but one code."""
    cell, middle = model.config.image_size // model.side, model.side // 2
    grids = torch.arange(model.config.codes).view(-1, 1, 1).expand(-1, model.side, model.side)
    drawn = torch.cat([decode(name, part) for part in grids.split(PART)])
    return drawn[:, :, middle * cell : (middle + 1) * cell, middle * cell : (middle + 1) * cell]


def _sheet(patches: Tensor) -> Tensor:
    """(K, 3, p, p) → one picture (3, H, W), row by row."""
    rows = -(-len(patches) // COLUMNS)
    blank = patches.new_ones(rows * COLUMNS - len(patches), *patches.shape[1:])
    cells = torch.cat([patches, blank]).unflatten(0, (rows, COLUMNS))  # R C 3 p p
    return cells.permute(2, 0, 3, 1, 4).flatten(3).flatten(1, 2)


def warm() -> None:
    """Draws the codes of the first codebook."""
    if checkpoints.stamp(MODELS[0]):
        book(MODELS[0])


def offered(model) -> dict | None:
    """The codebook of a model for the page, or None where there is none."""
    try:
        return book(validation.choice(model, MODELS, "model"))
    except (Refused, CheckpointError):
        return None
