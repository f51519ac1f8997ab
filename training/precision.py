"""Whether bfloat16 pays on this machine; the app and the training loop ask here."""

import time

import torch
from torch import Tensor, nn

FASTER: dict[str, bool] = {}  # what was measured, by kind of device


def bf16_is_faster(device: torch.device) -> bool:
    """Whether bfloat16 convolutions beat float32 here, timed once in a few milliseconds."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    if device.type not in FASTER:
        x = torch.randn(8, 64, 16, 16).contiguous(memory_format=torch.channels_last)
        conv = nn.Conv2d(64, 64, 3, padding=1)
        conv = conv.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - torch omits the option
        FASTER[device.type] = _seconds(conv, x, True) < _seconds(conv, x, False)
    return FASTER[device.type]


@torch.no_grad()
def _seconds(conv: nn.Module, x: Tensor, bf16: bool) -> float:
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        conv(x)
        times = []
        for _ in range(5):
            start = time.perf_counter()
            conv(x)
            times.append(time.perf_counter() - start)
        return min(times)  # whatever else the machine does
