"""A look inside a network while it answers: who attends to what, and what each level of a U-Net makes of a picture.

    shares = softmax(q kᵀ / √c),    one row for each place that looks, one column for each token that is looked at

What a layer is given is taken down by a hook that is there only while somebody watches: nobody else pays for it, and
no answer changes. Attention as a picture was the figure of Vaswani et al. 2017 (§A); what it says of the words of a
caption, Hertz et al. 2022 (Prompt-to-Prompt, §3). Attention is not explanation (Jain & Wallace 2019): it tells what a
place looked at in one layer, not what decided its colour. Left out: heads one by one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from models import transformer, unet
from models.dalle import DALLE
from models.diffusion import Diffusion

Seen = TypeVar("Seen")
WAYS = ("down", "middle", "up")  # through a U-Net


@contextmanager
def watched(network: nn.Module, kind: type[nn.Module], look: Callable[..., Seen]) -> Iterator[list[Seen]]:
    """What look(layer, output, *inputs) makes of every call of the layers of a kind, in their order, until the end;
    calls by other threads do not count."""
    seen, me = [], get_ident()

    def hear(layer: nn.Module, inputs: tuple, output: Any) -> None:
        if get_ident() == me:
            seen.append(look(layer, output, *inputs))

    hooks = [layer.register_forward_hook(hear) for layer in network.modules() if isinstance(layer, kind)]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def attention_of_places(model: Diffusion, x: Tensor, t: Tensor, condition: Any = None) -> Tensor:
    """Pictures (B, 3, S, S) at steps t (B,) under a condition → (B, layers, n, T + n): the share of its attention that
    each of the n places gives to each token of the condition and then to each place, in every layer of the level with
    the fewest places that has attention. Means over the heads; rows add up to 1.

    Raises:
        ValueError: the network has no attention.
    """
    with watched(model, unet.Attention, lambda layer, _, *given: layer.weights(*given).mean(1)) as seen:
        model(x, t, condition)
    if not seen:
        raise ValueError("This network has no attention: its config's `attention` is empty.")
    fewest = min(one.shape[1] for one in seen)
    return torch.stack([one for one in seen if one.shape[1] == fewest], 1)


def attention_of_tokens(model: DALLE, tokens: Tensor, codes: Tensor) -> Tensor:
    """Captions (B, T) and whole pictures of codes (B, N) → (B, layers, N, T + N): the share of its attention that went
    to each token of the caption and then of the picture when token number i of the picture was chosen. No token could
    look at itself or at a later one. Means over the heads; rows add up to 1.
    """
    with watched(model, transformer.Attention, lambda layer, _, x, causal, *__: layer.weights(x, causal)) as seen:
        model(tokens, codes)
    rows = torch.stack([one.mean(1) for one in seen], 1)[:, :, tokens.shape[1] - 1 :]  # the first by the caption's last
    return nn.functional.pad(rows, (0, 1))  # at the last code nobody has looked


def feature_maps(model: Diffusion, x: Tensor, t: Tensor, condition: Any = None) -> list[tuple[str, Tensor]]:
    """Pictures (B, 3, S, S) at steps t (B,) → [(way, (B, C, s, s))]: what leaves each level of the U-Net, on the way
    "down", in the "middle" and on the way "up"."""
    with watched(model, unet.Level, lambda _, output, *__: output) as seen:
        model(x, t, condition)
    ways = [way for way in WAYS for _ in getattr(model.network, way)]
    levels = {(way, h.shape[-1]): h for way, h in zip(ways, seen, strict=True)}  # of each the last block's
    return [(way, h) for (way, _), h in levels.items()]
