"""Freed memory goes back to the system: glibc alone keeps most of it, in an arena for every few threads."""

import ctypes
import threading
import time

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


def _tend(libc: ctypes.CDLL) -> None:
    while True:
        time.sleep(PAUSE)
        libc.malloc_trim(0)
