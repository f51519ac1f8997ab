"""Where the repository keeps what training reads and writes, and how a text file is written and locked."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: one process at a time, then
    fcntl = None

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data"  # the fetched packages and the rendered pictures
ASSETS = ROOT / "assets"  # what ships: checkpoints, the atlas, measured tables


class DataError(RuntimeError):
    """What a run learns from cannot be had; the message says what to do."""


def read_text(path: Path) -> str:
    """A text file in UTF-8, whatever the system's own code page, without the mark that some editors put before it."""
    return path.read_text(encoding="utf-8-sig")


def write_atomically(path: Path, text: str) -> None:
    """Writes a file so that a kill at any moment leaves the old one or the new one, whole."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """A context that holds one process at a time in a folder, where the system knows file locks."""
    folder.mkdir(parents=True, exist_ok=True)
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)  # which unlocks
