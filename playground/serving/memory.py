"""How much memory the app takes, and that what it frees goes back to the system: glibc alone keeps most of it, in an
arena for every few threads. PLAYGROUND_MEMORY is the most that it may take, in MB."""

import ctypes
import os
import threading
import time
from pathlib import Path

ARENAS = 2  # heaps that all threads share
PAUSE = 20.0  # seconds between two returns
M_ARENA_MAX = -8  # of malloc.h


def keep_small() -> None:
    """From now on; call it before threads are started. Does nothing where the C library is another."""
    try:
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(M_ARENA_MAX, ARENAS)
    except (OSError, AttributeError):
        return
    threading.Thread(target=_tend, args=(libc,), daemon=True, name="memory").start()


def resident() -> float:
    """MB of this process in memory; none are counted where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def is_short() -> bool:
    """Whether the app takes more than it may."""
    return resident() > float(os.environ.get("PLAYGROUND_MEMORY") or "inf")


def give_back() -> None:
    """Freed memory goes back at once."""
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        return


def _tend(libc: ctypes.CDLL) -> None:
    while True:
        time.sleep(PAUSE)
        libc.malloc_trim(0)
