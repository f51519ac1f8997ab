"""Samplers as coroutines: they never call a network, they ask for it.

A sampler yields `Evaluation`s and is sent the network's output; it yields `Frame`s for whoever watches; it returns the
picture. `denoise(x, t)` is itself a coroutine that returns (x̂_0, variance fraction), so guidance composes by wrapping.
`run` drives a sampler with one network; a server may drive many at once and batch what they ask for.

Sources: DDPM (Ho et al. 2020), DDIM (Song et al. 2021), DPM-Solver++ (Lu et al. 2022). A process is respaced before it
is handed over, so every sampler simply walks all of its steps.
"""

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Evaluation:
    """A question to the network: x (B, C, H, W) at the original step t, under a condition; `of` names another
    network."""

    x: Tensor
    t: int
    condition: Any = None
    of: str = ""


@dataclass(frozen=True)
class Frame:
    """A moment of the way: x_t before step number `i` of the process, and what the network makes of it."""

    i: int
    t: int
    x: Tensor
    x0: Tensor
    eps: Tensor


# What a coroutine is sent is the network's output for an Evaluation, nothing for a Frame.
Sampler = Generator[Evaluation | Frame, Any, Tensor]
Guess = Generator[Evaluation | Frame, Any, tuple[Tensor, Any]]  # x̂_0 and the variance fraction, if there is one
Look = Generator[Evaluation | Frame, Any, tuple[Tensor, Tensor, Any]]  # x̂_0, ε̂ and the variance fraction
Denoise = Callable[[Tensor, int], Guess]
Clip = Callable[[Tensor], Tensor]


class Noise:
    """Standard normal noise, row i from its own seed: a picture does not depend on who else is in the batch."""

    def __init__(self, seeds: list[int]):
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self, *shape: int) -> Tensor:
        """(rows, *shape) on the CPU."""
        return torch.stack([torch.randn(shape, generator=generator) for generator in self.generators])

    def like(self, x: Tensor) -> Tensor:
        return self(*x.shape[1:]).to(x.device)


def spacing(total: int, steps: int, kind: str = "trailing") -> Tensor:
    """`steps` of `total` timesteps, ascending. "trailing" and "linspace" end at T−1; "linspace" and "leading" (DDIM's)
    begin at 0, where nothing is left to take away and a network that predicts x_0 only adds its own error.

    Raises:
        ValueError: steps is not a whole number from 1 to `total`.
    """
    if isinstance(steps, bool) or not 1 <= steps <= total or steps != int(steps):
        raise ValueError(f"steps must be a whole number from 1 to {total}, not {steps}.")
    steps = int(steps)
    if kind == "linspace":
        ends = torch.linspace(0, total - 1, steps, dtype=torch.float64) if steps > 1 else torch.tensor([total - 1.0])
        return ends.round().long()
    if kind == "trailing":
        return (total - torch.arange(steps, dtype=torch.float64) * total / steps).round().long().flip(0) - 1
    if kind == "leading":
        return torch.arange(steps) * (total // steps)
    raise ValueError(f"{kind!r} is no spacing: choose linspace, trailing or leading.")


def stacked(conditions: list) -> Any:
    """A batch's conditions, one per row of x, as one condition; one of n rows stands n times in a row, for as many rows
    of x."""
    rows, k = [], 0
    while k < len(conditions):
        rows.append(conditions[k])
        k += len(conditions[k])
    return torch.cat(rows) if isinstance(rows[0], Tensor) else type(rows[0]).stack(rows)


def denoiser(model, condition: Any = None) -> Denoise:
    """A diffusion model's prediction in terms of x̂_0, without guidance."""

    def denoise(x: Tensor, t: int) -> Guess:
        prediction, fraction = model.split((yield Evaluation(x, t, condition)))
        return model.process.predict_x0(x, torch.full((len(x),), t), prediction, model.config.predicts), fraction

    return denoise


def clip(x0: Tensor) -> Tensor:
    """Clamps to the range of pictures."""
    return x0.clamp(-1, 1)


def unclipped(x0: Tensor) -> Tensor:
    return x0


def asking(network: str, sampler: Sampler) -> Generator[Evaluation | Frame, Tensor | None, Tensor]:
    """The same sampler, with all its questions addressed to the network of that name."""
    answer = None
    try:
        while True:
            item = sampler.send(answer)
            answer = yield replace(item, of=network) if isinstance(item, Evaluation) else item
    except StopIteration as end:
        return end.value


def run(
    sampler: Sampler, network: Callable, watch: Callable[[Frame], None] = lambda frame: None, **others: Callable | None
) -> Tensor:
    """Drives a sampler with `network(x, t, condition)`, t an integer tensor (B,); an `Evaluation` that names a network
    is answered by the one of that name among `others`."""
    answer = None
    try:
        while True:
            asked = sampler.send(answer)
            answer = None
            if isinstance(asked, Evaluation):
                answers, t = (
                    others[asked.of] if asked.of else network,
                    torch.full((len(asked.x),), asked.t, device=asked.x.device),
                )
                answer = answers(asked.x, t, asked.condition)
            else:
                watch(asked)
    except StopIteration as end:
        return end.value


def _look(denoise: Denoise, process, x: Tensor, i: int, clip: Clip) -> Look:
    """Asks at step i; returns x̂_0 clipped, ε̂ derived from it again, and the variance fraction."""
    t = int(process.timesteps[i])
    x0, fraction = yield from denoise(x, t)
    x0 = clip(x0)
    eps = process.predict_eps(x, _row(x, i), x0)
    yield Frame(i, t, x, x0, eps)
    return x0, eps, fraction


def _row(x: Tensor, i: int) -> Tensor:
    return torch.full((len(x),), i)


def ancestral(
    denoise: Denoise,
    process,
    x: Tensor,
    noise: Noise,
    variance: str = "fixed_small",
    clip: Clip = clip,
    start: int | None = None,
) -> Sampler:
    """DDPM: a draw of p(x_{t−1} | x_t) at each step (algorithm 2, x̂_0 clipped). `start` is the first step's number.

    A learned variance is held between β̃ and β: beyond them it compensates for errors of the mean, which noise cannot
    correct.
    """
    for i in reversed(range(len(process) if start is None else start + 1)):
        x0, _, fraction = yield from _look(denoise, process, x, i, clip)
        mean = process.posterior_mean(x0, x, _row(x, i))
        deviation = (0.5 * process.log_variance(variance, _row(x, i), fraction.clamp(-1, 1))).exp()
        x = mean + deviation * noise.like(x) if i else mean
    return x


def interpolation(
    denoise: Denoise,
    process,
    a: Tensor,
    b: Tensor,
    share: float,
    i: int,
    noise: Noise,
    variance: str = "fixed_small",
    clip: Clip = clip,
) -> Sampler:
    """Interpolates pictures a and b in x_t (DDPM, §4.4): noises both to step number i, mixes them, and walks back from
    that very step.

    The mixed noise has unit variance again; that of the paper's plain mean of two x_t is smaller.
    """
    eps = [noise.like(a), noise.like(b)]
    mixed = ((1 - share) * eps[0] + share * eps[1]) / math.hypot(1 - share, share)
    x = process.noised(torch.lerp(a, b, share), _row(a, i), mixed)
    return (yield from ancestral(denoise, process, x, noise, variance, clip, i))


def ddim(
    denoise: Denoise,
    process,
    x: Tensor,
    eta: float = 0.0,
    noise: Noise | None = None,
    clip: Clip = clip,
    start: int | None = None,
) -> Sampler:
    """DDIM: deterministic at η = 0, as noisy as DDPM at η = 1 (eq. 12 and 16)."""
    for i in reversed(range(len(process) if start is None else start + 1)):
        x0, eps, _ = yield from _look(denoise, process, x, i, clip)
        now, before = process.alpha_bar[i], process.alpha_bar_prev[i]
        sigma = eta * ((1 - before) / (1 - now)).sqrt() * (1 - now / before).sqrt()
        x = float(before.sqrt()) * x0 + float((1 - before - sigma**2).clamp_min(0).sqrt()) * eps
        if eta and i:
            x = x + float(sigma) * noise.like(x)
    return x


def ddim_inversion(denoise: Denoise, process, x: Tensor, iterations: int = 0) -> Sampler:
    """The x_T from which `ddim` (η = 0, unclipped) returns to x; each iteration solves a step more exactly for one more
    call."""
    for i in range(len(process)):
        base = x
        for _ in range(iterations + 1):
            x0, eps, _ = yield from _towards(denoise, process, base, x, i)
            x = float(process.alpha_bar[i].sqrt()) * x0 + float((1 - process.alpha_bar[i]).sqrt()) * eps
    return x


def _towards(denoise: Denoise, process, base: Tensor, x: Tensor, i: int) -> Look:
    """ε̂ at step i of the present guess x, and the x̂_0 that it implies for `base`, one step before."""
    t = int(process.timesteps[i])
    x0, fraction = yield from denoise(x, t)
    eps = process.predict_eps(x, _row(x, i), x0)
    before = process.alpha_bar_prev[i]
    x0 = (base - float((1 - before).sqrt()) * eps) / float(before.sqrt())
    yield Frame(i, t, x, x0, eps)
    return x0, eps, fraction


def jumps(denoise: Denoise, process, x: Tensor, noise: Noise, clip: Clip = clip) -> Sampler:
    """Jumps to x̂_0 at once, then adds the noise of the next step, as consistency models do (Song et al. 2023,
    algorithm 1)."""
    for i in reversed(range(len(process))):
        x0, _, _ = yield from _look(denoise, process, x, i, clip)
        x = process.noised(x0, _row(x, i - 1), noise.like(x)) if i else x0
    return x


def dpm_solver(denoise: Denoise, process, x: Tensor, clip: Clip = clip, start: int | None = None) -> Sampler:
    """DPM-Solver++(2M): second order in the log signal-to-noise ratio, one call a step; the ends are of first order."""
    alpha, sigma = process.alpha_bar.sqrt(), (1 - process.alpha_bar).sqrt()
    lam = (alpha / sigma).log()
    last = None
    for i in reversed(range(len(process) if start is None else start + 1)):
        x0, _, _ = yield from _look(denoise, process, x, i, clip)
        if i == 0:
            return x0
        h = lam[i - 1] - lam[i]
        guess = x0
        if last is not None:
            guess = x0 + float(h / (2 * (lam[i] - lam[i + 1]))) * (x0 - last)
        x = float(sigma[i - 1] / sigma[i]) * x - float(alpha[i - 1] * torch.expm1(-h)) * guess
        last = x0
    return x
