"""Blocks that two or more models share."""

from collections.abc import Iterable
from functools import reduce
from operator import add

import torch
import torch.nn.functional as F
from torch import nn

LOW = (torch.float16, torch.bfloat16)  # precisions in which only layers calculate
LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d)


class ResBlock(nn.Module):
    """x + conv(relu(conv(relu(x)))), the last convolution from zero: an identity at the start, so no norm is needed."""

    def __init__(self, width: int):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        for parameter in self.conv2.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv2(F.relu(self.conv1(F.relu(x))))


class Upsample(nn.Module):
    """Nearest neighbour ×2, then a 3×3 convolution."""

    def __init__(self, width: int, out: int):
        super().__init__()
        self.conv = nn.Conv2d(width, out, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


def conv_encoder(widths: tuple[int, ...], blocks: tuple[int, ...], patch: int) -> nn.Sequential:
    """(B, 3, H, W) → (B, widths[-1], h, w): patches to channels, then a level per width, each half the size."""
    layers: list[nn.Module] = [nn.PixelUnshuffle(patch), nn.Conv2d(3 * patch**2, widths[0], 3, padding=1)]
    for i, (width, count) in enumerate(zip(widths, blocks, strict=True)):
        if i:
            layers.append(nn.Conv2d(widths[i - 1], width, 3, stride=2, padding=1))
        layers += [ResBlock(width) for _ in range(count)]
    return nn.Sequential(*layers)


def conv_decoder(widths: tuple[int, ...], blocks: tuple[int, ...], patch: int) -> nn.Sequential:
    """(B, widths[-1], h, w) → (B, 3, H, W): `conv_encoder` backwards."""
    layers: list[nn.Module] = []
    for i in reversed(range(len(widths))):
        layers += [ResBlock(widths[i]) for _ in range(blocks[i])]
        if i:
            layers.append(Upsample(widths[i], widths[i - 1]))
    return nn.Sequential(*layers, nn.ReLU(), nn.Conv2d(widths[0], 3 * patch**2, 3, padding=1), nn.PixelShuffle(patch))


def normal_rows(count: int, width: int, generator: torch.Generator | None = None) -> torch.Tensor:
    """(count, width) of standard normal numbers; row i is the same however many rows follow.

    PyTorch fills normals in blocks of 16 and draws an incomplete last block anew, so rows are drawn as whole blocks.
    """
    return torch.randn(count, -(-width // 16) * 16, generator=generator)[:, :width]


def total(losses: Iterable[torch.Tensor]) -> torch.Tensor:
    """The sum of tensors of one shape, of which there is at least one."""
    return reduce(add, losses)


def runs_in_its_own_precision(network: nn.Module) -> None:
    """Makes a network that was told `.half()` or `.bfloat16()` run: its linear layers and convolutions calculate in
    that precision. What goes in and out is float32, as are norms, tables and all else that a network has of its own."""
    for module in network.modules():
        if type(module) not in LAYERS:
            nn.Module._apply(module, lambda value: value.float() if value.dtype in LOW else value, recurse=False)
        elif module.weight.dtype in LOW and _into not in module._forward_pre_hooks.values():
            module.register_forward_pre_hook(_into)
            module.register_forward_hook(_out_of)


def _into(layer: nn.Module, inputs: tuple) -> tuple:
    """Takes what a layer is given to its own precision."""
    return tuple(x.to(layer.weight.dtype) for x in inputs) if layer.weight.dtype in LOW else inputs


def _out_of(layer: nn.Module, _: tuple, output: torch.Tensor) -> torch.Tensor:
    return output.float() if layer.weight.dtype in LOW else output
