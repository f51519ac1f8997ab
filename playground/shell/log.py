"""The log tells that something failed and where, never with which values: what visitors write and send is theirs."""

import logging
import traceback
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEEPEST = 6  # places that a line names, the last ones
_log = logging.getLogger("playground")


def failed(error: BaseException) -> None:
    """One line: the kind of error and the places it came through, without its message."""
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    places = " > ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)
    _log.error("failed: %s at %s", type(error).__name__, places or "?")


def told(sentence: str) -> None:
    """One line about a file of this server, which is not a visitor's."""
    _log.warning(sentence)


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else "/".join(path.parts[-2:])
