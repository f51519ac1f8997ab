"""A U-Net made fast for sampling: bf16 weights in the order that a processor wants, all blocks steered at once.

What it answers is what the network answers under bf16 autocast; the numbers of its layers are only laid out anew.
"""

from copy import deepcopy
from operator import itemgetter

import torch
from torch import Tensor, nn

from models.unet import Block, UNet, norm


class Packed(nn.Module):
    """A linear layer or convolution in bf16. Its weights lie in the order that oneDNN computes in, so a call converts
    nothing. A 1×1 convolution becomes a linear layer."""

    def __init__(self, layer: nn.Linear | nn.Conv1d | nn.Conv2d):
        super().__init__()
        ops, weight = torch.ops.mkldnn, layer.weight.detach().bfloat16()
        self.bias = layer.bias.detach().bfloat16()
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
        return self.call(x.bfloat16(), self.weight, self.bias, *self.sizes, "none", [], "")


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


def for_inference(network: nn.Module) -> nn.Module:
    """A copy that answers as `network` does under bf16 autocast, but faster: its weights are bf16 already, and packed
    on a CPU.

    Call it under bf16 autocast and without gradients. Norms, embeddings and softmax keep their precision; the copy
    shares nothing with the network, and follows none of its later changes.
    """
    network = deepcopy(network).eval().requires_grad_(False)
    for module in [module for module in network.modules() if isinstance(module, UNet)]:
        steer_at_once(module)
    for module in network.modules():
        for name, layer in module.named_children():
            if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d):
                packs = layer.weight.device.type == "cpu" and _packs()
                module.add_module(name, Packed(layer) if packs else layer.bfloat16())
    return network


def _packs() -> bool:
    return torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
