"""A network made fast for sampling: weights in the precision and the order that a processor wants, all blocks of a
U-Net steered at once.

What it answers is what the network answers in that precision; the numbers of its layers are only laid out anew. On a
CPU a row's answer is the same to the bit, however many rows are asked about with it: oneDNN adds in the order of the
layout, other libraries in one that depends on the number of rows.
"""

from copy import deepcopy
from operator import itemgetter
from typing import TypeVar

import torch
from torch import Tensor, nn

from models.transformer import Attention
from models.unet import Block, UNet, norm

Network = TypeVar("Network", bound=nn.Module)


class Packed(nn.Module):
    """A linear layer or convolution in one precision. Its weights lie in the order that oneDNN computes in, so a call
    converts nothing. A 1×1 convolution becomes a linear layer."""

    def __init__(self, layer: nn.Linear | nn.Conv1d | nn.Conv2d, dtype: torch.dtype):
        super().__init__()
        ops, weight = torch.ops.mkldnn, layer.weight.detach().to(dtype)
        self.dtype, self.bias = dtype, layer.bias.detach().to(dtype)
        if isinstance(layer, nn.Conv2d):
            self.call, self.sizes = (
                ops._convolution_pointwise.default,
                (layer.padding, layer.stride, layer.dilation, layer.groups),
            )
            self.weight = ops._reorder_convolution_weight(weight, *self.sizes)
        else:
            self.call, self.sizes, self.weight = (
                ops._linear_pointwise.default,
                (),
                ops._reorder_linear_weight(weight.flatten(1)),
            )

    def forward(self, x: Tensor) -> Tensor:
        return self.call(x.to(self.dtype), self.weight, self.bias, *self.sizes, "none", [], "")


class Steering(nn.Module):
    """Steers all blocks at once: the vector (B, steer) becomes the weight and the bias (B, C) of each block's second
    norm."""

    def __init__(self, blocks: list[Block]):
        super().__init__()
        scales, shifts = zip(*(block.steer.weight.chunk(2) for block in blocks), strict=True)
        more, on = zip(*(block.steer.bias.chunk(2) for block in blocks), strict=True)
        self.layer, self.sizes = nn.Linear(1, 1), [block.norm2.num_channels for block in blocks]
        self.layer.weight, self.layer.bias = (
            nn.Parameter(torch.cat(scales + shifts)),
            nn.Parameter(torch.cat(more + on)),
        )
        self.norm = norm(sum(self.sizes))
        self.norm.weight, self.norm.bias = (
            nn.Parameter(torch.cat([getattr(block.norm2, name) for block in blocks])) for name in ("weight", "bias")
        )

    def forward(self, steer: Tensor) -> list[tuple[Tensor, Tensor]]:
        weight, bias = self.norm.modulation(*self.layer(steer).chunk(2, dim=1))
        return list(zip(weight.split(self.sizes, 1), bias.split(self.sizes, 1), strict=True))


def steer_at_once(network: UNet) -> None:
    """Replaces every block's own layer by one `Steering`."""
    blocks = [module for module in network.modules() if isinstance(module, Block)]
    network.steering = Steering(blocks)
    for i, block in enumerate(blocks):
        block.modulation = itemgetter(i)  # pyright: ignore[reportAttributeAccessIssue] - takes the place of its method
        del block.steer


def for_inference(network: Network, dtype: torch.dtype = torch.bfloat16) -> Network:
    """A copy that answers as `network` does in that precision, but faster: its weights are of it already, and packed on
    a CPU.

    Call it without gradients, and under autocast where the precision is bfloat16. Norms, embeddings and softmax keep
    their precision; the copy shares nothing with the network, and follows none of its later changes.
    """
    network = deepcopy(network).eval().requires_grad_(False)
    for module in list(network.modules()):
        if isinstance(module, UNet):
            steer_at_once(module)
        if isinstance(module, Attention):
            vars(module)["project"] = packed(linear(module.in_proj_weight, module.in_proj_bias), dtype)
            del module.in_proj_weight, module.in_proj_bias
    for module in list(network.modules()):
        for name, layer in module.named_children():
            if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d):
                module.add_module(name, packed(layer, dtype))
    return network


def packed(layer: nn.Linear | nn.Conv1d | nn.Conv2d, dtype: torch.dtype) -> nn.Module:
    """The layer in that precision, packed on a CPU."""
    return Packed(layer, dtype) if layer.weight.device.type == "cpu" and _packs(dtype) else layer.to(dtype)


def linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    """A layer of these numbers."""
    layer = nn.Linear(weight.shape[1], weight.shape[0], device="meta")
    layer.weight, layer.bias = nn.Parameter(weight, False), nn.Parameter(bias, False)
    return layer


def _packs(dtype: torch.dtype) -> bool:
    if not torch.backends.mkldnn.is_available():
        return False
    return dtype == torch.float32 or torch.ops.mkldnn._is_mkldnn_bf16_supported()
