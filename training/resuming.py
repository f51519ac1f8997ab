"""A run goes on with the options that it was begun with, and in one process at a time."""

import dataclasses
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from models.pretrained import CheckpointError
from training.files import fcntl

FREE = {"pictures"}  # what may change: a run may be made longer
BEFORE = {"optimizer": "adamw"}  # of runs from the time when there was no such option


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """A context in which no other process trains in a folder, which is made where it is not there. The system itself
    gives the folder free when this process ends, however it ends.

    Raises:
        CheckpointError: another process has it, or it cannot be made.
    """
    new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be made ({error}): name another folder with --runs.") from error
    try:
        _lock(handle, folder)
        yield
    finally:
        os.close(handle)
        if new:
            with suppress(OSError):  # it holds a run now
                folder.rmdir()


def _lock(handle: int, folder: Path) -> None:
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CheckpointError(
            f"Another process trains in {folder} now: wait for it or stop it, or name another folder with --runs."
        ) from error
    except OSError:
        pass  # some network file systems know no locks


def check_options(path: Path, config: Any, init: Path | None) -> None:
    """Compares a checkpoint's options, where there is one, with the present ones.

    Raises:
        CheckpointError: it is damaged, or the options differ; the message names them and both ways out.
    """
    if not path.exists():
        return
    try:
        with safe_open(path, "pt") as file:
            about = file.metadata() or {}
        then, now = flat(json.loads(about["config"])), flat(json.loads(json.dumps(dataclasses.asdict(config))))
        begun_from = json.loads(about["state"]).get("init")
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is damaged ({error}): delete it to start again.") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path} is no checkpoint of a run: delete it to start again.") from error
    if begun_from is not None:  # runs from before do not tell
        then, now = then | {"init": begun_from}, now | {"init": str(init or "")}
    differ = [name for name in now if name not in FREE and not _same((BEFORE | then).get(name, now[name]), now[name])]
    if differ:
        began, called = (
            ", ".join(_option(name, given.get(name, "")) for name in differ) for given in (BEFORE | then, now)
        )
        raise CheckpointError(
            f"{path} was begun {began}, and this call is {called}: give the same options to go on, or delete it or "
            "name another folder with --runs to start anew."
        )


def flat(config: dict[str, Any]) -> dict[str, Any]:
    """All options by name, those of the dataclasses inside too; an outer one hides an inner one of its name."""
    inner = [flat(value) for value in config.values() if isinstance(value, dict)]
    found: dict[str, Any] = {}
    for options in (*reversed(inner), {k: v for k, v in config.items() if not isinstance(v, dict)}):
        found |= options
    return found


def _same(then: object, now: object) -> bool:
    """Whether two values mean the same; two paths do when they lead to one place."""
    if isinstance(then, str) and isinstance(now, str) and then and now:
        return then == now or os.path.realpath(then) == os.path.realpath(now)
    return then == now


def _option(name: str, value: object) -> str:
    if value == "":
        return f"without --{name}"
    return f"with --{name}={','.join(map(str, value)) if isinstance(value, list) else value}"
