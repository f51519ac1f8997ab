"""How much memory the app takes, and that what it frees goes back to the system: glibc alone keeps most of it, in an
arena for every few threads. PLAYGROUND_MEMORY is the most that it may take at rest, in MB."""

import ctypes
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

ARENAS = 2  # heaps that all threads share
LIMIT = 1100.0  # MB that it may take at rest, where PLAYGROUND_MEMORY says nothing
PAUSE = 20.0  # seconds between two returns
M_ARENA_MAX = -8  # of malloc.h


def keep_small(relieve: Callable[[], None]) -> None:
    """From now on; call it before threads are started. Every few seconds `relieve` lets go of what may go, and freed
    memory goes back where the C library is glibc."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(M_ARENA_MAX, ARENAS)
    threading.Thread(target=_tend, args=(relieve,), daemon=True, name="memory").start()


def resident() -> float:
    """MB of this process in memory; none are counted where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def is_short() -> bool:
    """Whether the app takes more than it may."""
    return resident() > float(os.environ.get("PLAYGROUND_MEMORY") or LIMIT)


def give_back() -> None:
    """Freed memory goes back at once."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _tend(relieve: Callable[[], None]) -> None:
    while True:
        time.sleep(PAUSE)
        relieve()
        give_back()
