"""Checkpoints loaded once, when first asked for; one clear error when one is missing.

model = checkpoints.load("ae")                    # cached, behind a lock; raises CheckpointError

Where memory is short (see `memory`), those that were not asked for longest are let go, but none that a run of now asks
for step by step. What somebody still holds is not loaded a second time.
"""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from weakref import WeakValueDictionary

import torch

from models.pretrained import CheckpointError, Pretrained
from playground.serving import device, memory
from playground.shell.share import is_number
from training import recipes

ROOT = Path(__file__).parents[2]
RECENT = 10.0  # seconds since it was asked for, within which a checkpoint stays
_models: dict[
    str, tuple[tuple[str, bool], Pretrained, float]
] = {}  # in the order in which they were asked for, and when
_held: WeakValueDictionary[tuple[str, tuple[str, bool]], Pretrained] = WeakValueDictionary()
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
        known, model, _ = _models.pop(name, (None, None, 0.0))
        if known != now or model is None:
            model = _held.get((name, now)) or _loaded(name, prepare)
        _models[name] = now, model, time.monotonic()
        _held[name, now] = model
        return model


def _loaded(name: str, prepare: Callable[[Pretrained], Pretrained]) -> Pretrained:
    _let_go()
    model = _from_file(name).eval().requires_grad_(False)
    model = prepare(model.to(device=device.device(), dtype=torch.float32, memory_format=torch.channels_last))
    memory.give_back()  # what it was read into and packed from
    return model


def relieve() -> None:
    """Lets go of what may go where memory is short."""
    with _lock:
        _let_go()


def _let_go() -> None:
    while _models and memory.is_short():
        name = next(iter(_models))
        if time.monotonic() - _models[name][2] < RECENT:
            return
        del _models[name]
        memory.give_back()


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


@lru_cache(maxsize=64)
def _read(path: Path, _stamp: float) -> dict:
    return _numbers(json.loads(path.read_text(encoding="utf-8")))


def _numbers(found) -> dict:
    """The fields that hold numbers as they were measured: one, a list of them, rows in their order, or rows by name."""
    if not isinstance(found, dict):
        return {}
    return _row(found) | {key: of(found[key]) for key, of in PARTS.items() if isinstance(found.get(key), (list, dict))}


def _row(found) -> dict:
    """A row without what is no number; empty where it is no row."""
    return {key: one for key, one in found.items() if is_number(one)} if isinstance(found, dict) else {}


def _list(found) -> list:
    """All of the numbers, each of which has its place, or none."""
    return found if isinstance(found, list) and all(map(is_number, found)) else []


def _ordered(found) -> list[dict]:
    return [_row(one) for one in found] if isinstance(found, list) else []


def _named(found) -> dict[str, dict]:
    """Rows by name, without those that hold no number."""
    return {key: row for key, one in found.items() if (row := _row(one))} if isinstance(found, dict) else {}


PARTS = {  # fields that hold more than a number
    "kl": _list,
    "stages": _ordered,
    "rungs": _ordered,
    "rows": _named,
    "cells": _named,
    "floor": _row,
}


def metrics(name: str, file: str = "metrics.json") -> dict:
    """The numbers that were measured of a checkpoint (assets/NAME/metrics.json); what is none of them counts as not
    measured."""
    path = assets() / name / file
    try:
        return _read(path, path.stat().st_mtime)
    except (OSError, ValueError, RecursionError):
        return {}
