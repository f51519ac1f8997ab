"""Checkpoints loaded once, when first asked for; one clear error when one is missing.

model = checkpoints.load("ae")                    # cached, behind a lock; raises CheckpointError
"""

import hashlib
import json
import os
import threading
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path

import torch

from models.pretrained import CheckpointError, Pretrained
from playground.serving import device
from training import recipes

ROOT = Path(__file__).parents[2]
_models: dict[str, tuple[tuple[str, bool], Pretrained]] = {}
_lock = threading.Lock()


def assets() -> Path:
    """Where the checkpoints and the atlas lie; PLAYGROUND_ASSETS names another folder."""
    return _resolved(os.environ.get("PLAYGROUND_ASSETS", ROOT / "assets"))


@cache
def _resolved(folder: str | Path) -> Path:
    return Path(folder).resolve()


def load(name: str, prepare: Callable[[Pretrained], Pretrained] = lambda model: model) -> Pretrained:
    """The checkpoint assets/NAME as a model of its recipe's class, ready to run. A failure is not remembered, and a new
    file is read; so is the same file where the precision is another one, for which the model was prepared.

    prepare: what is done to it once, before anybody uses it.

    Raises:
        CheckpointError: it is missing, damaged or of another class.
    """
    with _lock:
        now = stamp(name), device.half_is_faster()
        if name not in _models or _models[name][0] != now:
            model = _from_file(name).eval().requires_grad_(False)
            model = model.to(device=device.device(), dtype=torch.float32, memory_format=torch.channels_last)
            _models[name] = now, prepare(model)
        return _models[name][1]


def _from_file(name: str) -> Pretrained:
    try:
        return recipes.get(name).MODEL.from_pretrained(str(assets() / name))
    except CheckpointError:
        raise
    except Exception as error:  # what a damaged file beside the weights makes of its reader
        raise CheckpointError(f"The checkpoint {name} is damaged: fetch it again.") from error


def stamp(name: str) -> str:
    """Eight characters that change with the weights of a checkpoint; empty where it is missing."""
    path = assets() / name / "model.safetensors"
    try:
        return _hashed(path, path.stat().st_mtime_ns)
    except OSError:
        return ""


@lru_cache(maxsize=64)
def _hashed(path: Path, _stamp: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:8]


def forget():
    """Drop every loaded checkpoint (tests change the folder)."""
    with _lock:
        _models.clear()


@lru_cache(maxsize=64)
def _read(path: Path, _stamp: float) -> dict:
    found = json.loads(path.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}


def metrics(name: str, file: str = "metrics.json") -> dict:
    """What was measured of a checkpoint (assets/NAME/metrics.json); empty where there is nothing."""
    path = assets() / name / file
    try:
        return _read(path, path.stat().st_mtime)
    except (OSError, ValueError):
        return {}
