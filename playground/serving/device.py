"""Where networks run, in which precision, and how many at a time.

code = device.run(model.encode, x)                # no gradients, the chosen device and precision, float32 back
"""

import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache

import torch

from models.pretrained import CheckpointError
from training.precision import bf16_is_faster

BATCHES = (1, 2, 4, 8, 16, 32)  # rows a call that are tried
_busy = threading.BoundedSemaphore(2)  # networks that run at the same time beside the engine's


class NotANumber(CheckpointError):
    """A network answered with something that is no number: its weights are damaged, or they overflow."""


@cache
def device() -> torch.device:
    """The first GPU, or the CPU where there is none."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def half_is_faster() -> bool:
    """Whether bfloat16 beats float32 on the device."""
    return bf16_is_faster(device())


def run(function, *tensors, exact: bool = False, waits: bool = True):
    """function(*tensors) without gradients, in the chosen precision (exact: float32); tensors come back as float32.
    It waits for its turn, but for the engine's networks, of which one runs at a time and everybody waits for it.

    Raises:
        NotANumber: there is a NaN among what comes back.
    """
    half = torch.autocast(device().type, torch.bfloat16) if half_is_faster() and not exact else nullcontext()
    with _busy if waits else nullcontext(), torch.inference_mode(), half:
        moved = (t.to(device()) if isinstance(t, torch.Tensor) else t for t in tensors)
        return _back(function(*moved))


def _back(output):
    if isinstance(output, torch.Tensor):
        if output.isnan().any():
            raise NotANumber("A network answered with something that is no number.")
        return output.float().cpu()
    return tuple(_back(part) for part in output) if isinstance(output, (tuple, list)) else output


def best_batch(
    call: Callable[[int], object],
    sizes: tuple[int, ...] = BATCHES,
    patience: float = 0.25,
    clock: Callable[[], float] = time.perf_counter,
) -> int:
    """The smallest batch that reaches nine tenths of the best measured rows a second, none slower than `patience`
    seconds. Where twice the rows bring no twentieth more, larger ones are not tried."""
    rates: dict[int, float] = {}
    for size in sizes:
        call(size)
        start = clock()
        call(size)
        seconds = clock() - start
        if rates and seconds > patience:
            break
        best = max(rates.values(), default=0.0)
        rates[size] = size / seconds
        if rates[size] < 1.05 * best:
            break
    return min(size for size, rate in rates.items() if rate >= 0.9 * max(rates.values()))
