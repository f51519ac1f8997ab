"""The forward process of Gaussian diffusion, its schedules, and the exact posterior of a step back.

    q(x_t | x_0) = N(√ᾱ_t x_0, (1 − ᾱ_t) I),    q(x_{t−1} | x_t, x_0) = N(μ̃_t(x_t, x_0), β̃_t I)

Schedules: linear (Ho et al. 2020) and cosine (Nichol & Dhariwal 2021). Tables are float64; a step t runs from 0 (least
noise) to T−1. Left out: continuous time.
"""

import math

import torch
from torch import Tensor


def linear_betas(steps: int) -> Tensor:
    """(T,) from 1e-4 to 0.02 at T = 1000, scaled by 1000/T otherwise."""
    scale = 1000 / steps
    return torch.linspace(scale * 1e-4, scale * 0.02, steps, dtype=torch.float64)


def cosine_betas(steps: int) -> Tensor:
    """(T,) from ᾱ(t) = cos²((t/T + 0.008)/1.008 · π/2), each at most 0.999 (Improved DDPM, eq. 17)."""
    at = torch.arange(steps + 1, dtype=torch.float64) / steps
    alpha_bar = ((at + 0.008) / 1.008 * math.pi / 2).cos().square()
    return (1 - alpha_bar[1:] / alpha_bar[:-1]).clamp_max(0.999)


SCHEDULES = {"linear": linear_betas, "cosine": cosine_betas}


class Process:
    """The forward process of given betas (T,) and its exact posterior.

    `timesteps[t]` is the step that the network was trained with: of a respaced process, the original one.
    """

    def __init__(self, betas: Tensor, timesteps: Tensor | None = None):
        if betas.ndim != 1 or len(betas) < 1 or not ((betas > 0) & (betas <= 1)).all():
            raise ValueError(f"betas must be a row of numbers in (0, 1], not {betas}.")
        self.betas = betas.double()
        self.timesteps = torch.arange(len(betas)) if timesteps is None else timesteps
        self.alpha_bar = (1 - self.betas).cumprod(0)
        self.alpha_bar_prev = torch.cat([torch.ones(1, dtype=torch.float64), self.alpha_bar[:-1]])
        self.posterior_variance = self.betas * (1 - self.alpha_bar_prev) / (1 - self.alpha_bar)
        first = (
            self.posterior_variance[1:2] if len(betas) > 1 else self.betas[:1]
        )  # β̃ of the first step is 0: no logarithm
        self.posterior_log_variance = torch.cat([first, self.posterior_variance[1:]]).log()
        self.large_log_variance = torch.cat([first, self.betas[1:]]).log()
        self.x0_weight = self.betas * self.alpha_bar_prev.sqrt() / (1 - self.alpha_bar)
        self.xt_weight = (1 - self.alpha_bar_prev) * (1 - self.betas).sqrt() / (1 - self.alpha_bar)

    @classmethod
    def named(cls, schedule: str, steps: int) -> "Process":
        """The linear or the cosine schedule with T steps."""
        if schedule not in SCHEDULES:
            raise ValueError(f"{schedule!r} is no schedule: choose one of {', '.join(SCHEDULES)}.")
        return cls(SCHEDULES[schedule](steps))

    def __len__(self) -> int:
        return len(self.betas)

    def respaced(self, timesteps: Tensor) -> "Process":
        """The same process seen only at the given steps (ascending): new betas 1 − ᾱ_i/ᾱ_before."""
        kept = self.alpha_bar[timesteps]
        before = torch.cat([torch.ones(1, dtype=torch.float64), kept[:-1]])
        return Process(1 - kept / before, self.timesteps[timesteps])

    @property
    def snr(self) -> Tensor:
        """(T,) signal-to-noise ratio ᾱ/(1 − ᾱ)."""
        return self.alpha_bar / (1 - self.alpha_bar)

    def noised(self, x0: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """A draw of q(x_t | x_0)."""
        return at(self.alpha_bar.sqrt(), t, x0) * x0 + at((1 - self.alpha_bar).sqrt(), t, x0) * noise

    def posterior_mean(self, x0: Tensor, x: Tensor, t: Tensor) -> Tensor:
        """Mean of q(x_{t−1} | x_t, x_0)."""
        return at(self.x0_weight, t, x) * x0 + at(self.xt_weight, t, x) * x

    def velocity(self, x0: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """v = √ᾱ ε − √(1−ᾱ) x_0 (Salimans & Ho 2022)."""
        return at(self.alpha_bar.sqrt(), t, x0) * noise - at((1 - self.alpha_bar).sqrt(), t, x0) * x0

    def predict_x0(self, x: Tensor, t: Tensor, output: Tensor, predicts: str) -> Tensor:
        """x̂_0 from what the network predicts, in float32."""
        x, output = x.float(), output.float()
        signal, noise = at(self.alpha_bar.sqrt(), t, x), at((1 - self.alpha_bar).sqrt(), t, x)
        if predicts == "eps":
            return (x - noise * output) / signal
        if predicts == "v":
            return signal * x - noise * output
        if predicts == "mean":
            return (output - at(self.xt_weight, t, x) * x) / at(self.x0_weight, t, x)
        return output

    def predict_eps(self, x: Tensor, t: Tensor, x0: Tensor) -> Tensor:
        """The noise that makes x_t of x_0."""
        return (x - at(self.alpha_bar.sqrt(), t, x) * x0) / at((1 - self.alpha_bar).sqrt(), t, x)

    def log_variance(self, kind: str, t: Tensor, fraction: Tensor) -> Tensor:
        """log Σ of a step back; "learned" lies between β̃ (fraction −1) and β (1), unbounded (Improved DDPM, eq.
        15)."""
        small, large = (at(table, t, fraction) for table in (self.posterior_log_variance, self.large_log_variance))
        if kind == "learned":
            share = (fraction.float() + 1) / 2
            return share * at(self.betas.log(), t, fraction) + (1 - share) * small
        return (small if kind == "fixed_small" else large).expand_as(fraction)


def at(table: Tensor, t: Tensor, like: Tensor) -> Tensor:
    """table[t] as float32 (B, 1, 1, 1), on the device of `like`."""
    return table[t.cpu()].float().view(-1, *[1] * (like.ndim - 1)).to(like.device)
