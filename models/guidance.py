"""Guidance: a condition steers the way from noise to picture. Every kind wraps a `denoise` coroutine, so kinds compose.

    classifier-free (Ho & Salimans 2022)     x̂ = x̂(∅) + Σ_k s_k (x̂(c_k) − x̂(∅)),     s = 1: the condition alone
    by a gradient g (Dhariwal & Nichol 2021) ε̂ − s √(1−ᾱ) g,    g = ∇ log p(y | x)

The gradient may be a classifier's, a CLIP's (GLIDE, §2.4) or that of the likeness to a picture's features: any `Guide`.
A guide that knows noise takes it at x_t, any other at the guess x̂_0 (Crowson 2021), here without the way through the
denoiser. Every guide gets the original step t, so it is right under respacing.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from models.samplers import Denoise, Evaluation, Guess

NEAREST = 1e-4  # the least ᾱ that a gradient is divided by


def classifier_free(
    model, nothing: Any, *told: tuple[Any, float], interval: tuple[float, float] = (0.0, 1.0)
) -> Denoise:
    """Moves away from the prediction under `nothing`, towards each (condition, scale); the variance is the first
    condition's.

    Outside the interval, in shares of the steps (0: least noise), only the first condition is used (Kynkäänniemi et al.
    2024).
    """
    total = len(model.process)

    def denoise(x: Tensor, t: int) -> Guess:
        first, fraction = model.split((yield Evaluation(x, t, told[0][0])))
        guess = first
        if interval[0] * total <= t < interval[1] * total and [scale for _, scale in told] != [1.0]:
            base, _ = model.split((yield Evaluation(x, t, nothing)))
            guess = base + told[0][1] * (first - base)
            for condition, scale in told[1:]:
                other, _ = model.split((yield Evaluation(x, t, condition)))
                guess = guess + scale * (other - base)
        return model.process.predict_x0(x, torch.full((len(x),), t), guess, model.config.predicts), fraction

    return denoise


def by_gradient(denoise: Denoise, process, guide: str, wish: Any, scale: float, at: str = "x_t") -> Denoise:
    """Moves along `scale` times the gradient of the log-likelihood of `wish` that the network named `guide` gives.

    at: "x_t", where the guide must know noise, or "x0", the clipped guess, through which x_t has the slope 1/√ᾱ.
    The shift is that of DDIM, ε̂ − s √(1−ᾱ) g, which is x̂_0 + s (1−ᾱ)/√ᾱ g.
    """

    def guided(x: Tensor, t: int) -> Guess:
        x0, fraction = yield from denoise(x, t)
        if scale:
            point = x if at == "x_t" else x0.clamp(-1, 1)
            gradient = yield Evaluation(point, t, wish, guide)
            kept = max(float(process.alpha_bar[t]), NEAREST)
            shift = (1 - kept) / math.sqrt(kept) / (1 if at == "x_t" else math.sqrt(kept))
            x0 = x0 + scale * shift * gradient.float()
        return x0, fraction

    return guided


def inpainting(denoise: Denoise, picture: Tensor, mask: Tensor) -> Denoise:
    """Keeps the given picture (B, 3, H, W) where mask (B, 1, H, W) is 0; draws something new only where it is 1."""

    def painted(x: Tensor, t: int) -> Guess:
        x0, fraction = yield from denoise(x, t)
        return mask * x0 + (1 - mask) * picture, fraction

    return painted


Guide = Callable[[Tensor, Tensor, list], Tensor]  # x (B, …), t (B,), a wish per row → (B,) log-likelihoods


def gradient_of(guide: Guide) -> Callable[[Tensor, Tensor, list], Tensor]:
    """The network that answers a guide's `Evaluation`: ∇_x of each row's own log-likelihood."""

    def gradient(x: Tensor, t: Tensor, wishes: list) -> Tensor:
        with torch.inference_mode(False), torch.enable_grad():
            x = x.detach().clone().float().requires_grad_()
            return torch.autograd.grad(guide(x, t, wishes).sum(), x)[0]

    return gradient


def of_classes(classifier, head: str) -> Guide:
    """A classifier's log p(y | x_t) of classes y under one of its heads."""
    return lambda x, t, wishes: (
        classifier(x, t)[head].float().log_softmax(1)[torch.arange(len(x)), torch.tensor(wishes)]
    )


def of_vectors(clip) -> Guide:
    """A CLIP's logit of pictures and the unit vectors (E,) that are wished for, of a caption or of another picture."""

    def likeness(x: Tensor, t: Tensor, wishes: list) -> Tensor:
        seen = clip.encode_image(x, t if clip.process else None)
        return clip.scale * (seen * F.normalize(torch.stack(wishes).to(x.device), dim=1)).sum(1)

    return likeness
