"""Freed memory goes back to the system, in a process of its own."""

import sys

import pytest

from tests.helpers import finish, training

MESSY = """
import threading, time, types
from pathlib import Path
from playground.serving import memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

turn = threading.Semaphore(0)
memory.time = types.SimpleNamespace(sleep=lambda seconds: turn.acquire())  # returns memory when it is told to
memory.keep_small(lambda: None)
kept = []

def work():
    blocks = [bytes(20_000) for _ in range(2_000)]
    kept.extend(blocks[::100])  # a few live on among the many that go

threads = [threading.Thread(target=work) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
before = resident()
turn.release()
time.sleep(1)
print(before, resident())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc; other C libraries are left as they are")
def test_what_many_threads_freed_does_not_stay_resident():
    before, after = map(float, finish(training(start=("-c", MESSY))).split())
    assert after < before - 50  # MB; 8 × 2,000 × 20 kB were taken and nearly all given up
