"""Where networks run, in which precision, and how many at a time.

code = device.run(model.encode, x)                # no gradients, the chosen device and precision, float32 back
"""

import threading
from contextlib import nullcontext
from functools import cache

import torch

from training.precision import bf16_is_faster

_busy = threading.BoundedSemaphore(2)  # networks that run at the same time


@cache
def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def half_is_faster() -> bool:
    """Whether bfloat16 beats float32 on the device."""
    return bf16_is_faster(device())


def run(function, *tensors, exact: bool = False):
    """function(*tensors) without gradients, in the chosen precision (exact: float32); tensors come back as float32."""
    half = torch.autocast(device().type, torch.bfloat16) if half_is_faster() and not exact else nullcontext()
    with _busy, torch.inference_mode(), half:
        moved = (t.to(device()) if isinstance(t, torch.Tensor) else t for t in tensors)
        return _back(function(*moved))


def _back(output):
    if isinstance(output, torch.Tensor):
        return output.float().cpu()
    return tuple(_back(part) for part in output) if isinstance(output, (tuple, list)) else output
