"""Gaussian diffusion: noise a picture step by step, learn to take the noise away.

    q(x_t | x_0) = N(√ᾱ_t x_0, (1 − ᾱ_t) I),    p(x_{t−1} | x_t) = N(μ_θ(x_t, t), Σ_θ(x_t, t))

DDPM (Ho et al. 2020) predicts the noise ε with a fixed variance and the plain squared error; Improved DDPM (Nichol &
Dhariwal 2021) adds the cosine schedule, a learned variance between β̃ and β, the hybrid loss, and importance sampling
of t for the bound itself. The process is in `models.process`. Left out: continuous time.
"""

import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from models.inference import for_inference
from models.pretrained import Pretrained, local_folder, read_config
from models.process import Process, at
from models.samplers import Noise, ddim, denoiser, run, spacing
from models.unet import UNet, UNetConfig

PREDICTS = ("eps", "x0", "v", "mean")
VARIANCES = ("fixed_small", "fixed_large", "learned")
OBJECTIVES = ("simple", "hybrid", "vlb")


@dataclass(frozen=True)
class DiffusionConfig(UNetConfig):
    schedule: str = "linear"  # "linear" or "cosine"
    steps: int = 1000  # T
    predicts: str = "eps"  # what the network gives: "eps", "x0", "v" or "mean" (of the posterior)
    variance: str = "fixed_small"  # "fixed_small" (β̃), "fixed_large" (β) or "learned" (between them)
    objective: str = "simple"  # "simple", "hybrid" (simple + bound for the variance) or "vlb" (the bound)
    snr_cap: float = 0.0  # min-SNR weighting (Hang et al. 2023) with this γ; 0: none
    v_cap: float = 0.0  # the loss of v, its weight on x̂_0 (SNR + 1) capped at this; 0: none
    label_dropout: float = 0.1  # share of class labels withheld in training


def normal_kl(mean1: Tensor, logvar1: Tensor, mean2: Tensor, logvar2: Tensor) -> Tensor:
    """KL(N(mean1, e^logvar1) ‖ N(mean2, e^logvar2)) in nats, elementwise."""
    return 0.5 * (logvar2 - logvar1 - 1 + (logvar1 - logvar2).exp() + (mean1 - mean2).square() * (-logvar2).exp())


def pixel_log_likelihood(x: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
    """log of an 8-bit pixel's bin under N(mean, e^(2 log_scale)), elementwise, the outer bins open (DDPM, eq. 13)."""
    inverse = (-log_scale).exp()
    upper = torch.where(x > 0.999, torch.ones_like(x), normal_cdf((x - mean + 1 / 255) * inverse))
    lower = torch.where(x < -0.999, torch.zeros_like(x), normal_cdf((x - mean - 1 / 255) * inverse))
    return (upper - lower).clamp_min(1e-12).log()


def normal_cdf(x: Tensor) -> Tensor:
    """The tanh approximation that published likelihoods are computed with (Page 1977)."""
    return 0.5 * (1 + (math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)).tanh())


class LossAwareSteps(nn.Module):
    """Draws t in proportion to the root of its mean squared recent loss (Improved DDPM, §3.3); the weights keep the
    expectation."""

    losses: Tensor  # (T, history), the latest last
    counts: Tensor  # (T,), how many of them have come

    def __init__(self, steps: int, history: int = 10, uniform: float = 0.001):
        super().__init__()
        self.register_buffer("losses", torch.zeros(steps, history))
        self.register_buffer("counts", torch.zeros(steps, dtype=torch.long))
        self.uniform = uniform

    def probabilities(self) -> Tensor:
        """(T,): uniform until every step has a full history."""
        if (self.counts < self.losses.shape[1]).any():
            return torch.full((len(self.counts),), 1 / len(self.counts), dtype=torch.float64)
        p = self.losses.double().square().mean(1).sqrt().cpu()
        return p / p.sum() * (1 - self.uniform) + self.uniform / len(p)

    def draw(self, count: int, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Steps (count,) and the weights (count,) of their losses, 1/(T p)."""
        p = self.probabilities()
        t = torch.multinomial(p, count, replacement=True, generator=generator)
        return t, (1 / (len(p) * p[t])).float()

    def record(self, t: Tensor, losses: Tensor) -> None:
        """Remembers the last losses (B,) of steps t (B,)."""
        for step, loss in zip(t.tolist(), losses.detach().float(), strict=True):
            self.losses[step] = torch.cat([self.losses[step, 1:], loss[None]])
            self.counts[step] += 1


class Diffusion(Pretrained):
    """The U-Net, the process it was trained for, and how."""

    boundary = ("network.stem", "network.time", "network.label", "network.input_skip", "network.out")

    def __init__(self, config: DiffusionConfig, context_width: int = 0):
        super().__init__(config)
        for name, allowed in (("predicts", PREDICTS), ("variance", VARIANCES), ("objective", OBJECTIVES)):
            if getattr(config, name) not in allowed:
                raise ValueError(f"{name} = {getattr(config, name)!r}: choose one of {', '.join(allowed)}.")
        self.process = Process.named(config.schedule, config.steps)
        self.network = UNet(config, outputs=6 if config.variance == "learned" else 3, context=context_width)
        self.drawn = LossAwareSteps(config.steps) if config.objective == "vlb" else None

    @classmethod
    def read_start(cls, folder: str | Path) -> "Diffusion":
        """A twin, or the network of a model that reads captions, without what reads them."""
        config = read_config(folder)
        if "vocab" not in config:
            return cls.from_pretrained(folder)
        known = {field.name for field in fields(DiffusionConfig)}
        wordless = Diffusion(DiffusionConfig(**{name: value for name, value in config.items() if name in known}))
        weights = load_file((local_folder(folder) or Path(folder)) / "model.safetensors")
        wordless.load_state_dict({name: weights[name].float() for name in wordless.state_dict()})
        return wordless

    def start_from(self, other: "Diffusion") -> None:
        """Takes a twin's weights; what the two do not share (a learned variance, a caption) starts as in a new
        model."""
        self.load_state_dict(self.state_dict() | self._shared(other))

    def _shared(self, other: "Diffusion") -> dict[str, Tensor]:
        """Another's weights as far as they mean the same here: the last layer's only where both predict the same."""
        weights = {name: value for name, value in other.state_dict().items() if not name.startswith("drawn.")}
        for name in ("network.out.weight", "network.out.bias"):
            theirs, weights[name] = weights[name], torch.zeros_like(self.state_dict()[name])
            if self.config.predicts == other.config.predicts and theirs.shape[1:] == weights[name].shape[1:]:
                rows = min(len(theirs), len(weights[name]))
                weights[name][:rows] = theirs[:rows]
        return weights

    def forward(self, x: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, 3, S, S) at original steps t (B,) → (B, 3 or 6, S, S): the prediction, then the variance's fraction."""
        return self.network(x, t, label)

    def collate(self, conditions: list) -> Any:
        """A batch's conditions as `forward` takes them: labels, None for none, one per row."""
        none = self.config.classes
        return torch.tensor([none if one is None else one for one in conditions]) if none else None

    def longest(self) -> Any:
        """A condition of one row that costs as much as any."""
        return None

    def probe(self, count: int) -> tuple[Tensor, Tensor, Any]:
        """x (count, 3, S, S), t (count,) and conditions to time `forward` with."""
        side = self.config.image_size
        x, t = torch.zeros(count, 3, side, side), torch.zeros(count, dtype=torch.long)
        return x, t, self.collate([self.longest()] * count)

    def packed(self, dtype: torch.dtype) -> "Diffusion":
        """The same with its U-Net packed, see `for_inference`; it cannot be trained any more."""
        self.network = for_inference(self.network, dtype)
        return self

    def split(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """The network's output → prediction and fraction (−1 where the variance is fixed), float32."""
        output = output.float()
        if self.config.variance == "learned":
            return output.chunk(2, dim=1)[0], output.chunk(2, dim=1)[1]
        return output, -torch.ones_like(output)

    def loss(self, x0: Tensor, label: Any = None) -> dict[str, Tensor]:
        """The objective of the config at random steps, averaged over pictures; `label` is as in `forward`."""
        t, weight = self._draw_steps(len(x0))
        noise = torch.randn_like(x0)
        x = self.process.noised(x0, t, noise)
        output, fraction = self.split(self(x, t.to(x0.device), self._withheld(label)))
        losses = self._losses(x0, x, t, noise, output, fraction)
        if self.drawn is not None and self.training:
            self.drawn.record(t, losses["each"])
        return {"loss": (losses["each"] * weight.to(x0.device)).mean()} | {
            k: v.detach().mean() for k, v in losses.items() if k != "each"
        }

    def _draw_steps(self, count: int) -> tuple[Tensor, Tensor]:
        if self.drawn is not None and self.training:
            return self.drawn.draw(count)
        return torch.randint(len(self.process), (count,)), torch.ones(count)

    def _withheld(self, label: Tensor | None) -> Tensor | None:
        if label is None:
            return None
        kept = torch.rand(len(label)) >= self.config.label_dropout * self.training
        return torch.where(kept.to(label.device), label, torch.full_like(label, self.config.classes))

    def _losses(
        self, x0: Tensor, x: Tensor, t: Tensor, noise: Tensor, output: Tensor, fraction: Tensor
    ) -> dict[str, Tensor]:
        """Per picture (B,): "each" is the objective. The bound is in bits, for the whole chain (T terms)."""
        if self.config.objective == "vlb":
            bound = self.bound_term(x0, x, t, output, fraction) * len(self.process)
            return {"each": bound, "vlb": bound}
        target = {
            "eps": noise,
            "x0": x0,
            "v": self.process.velocity(x0, t, noise),
            "mean": self.process.posterior_mean(x0, x, t),
        }[self.config.predicts]
        simple = (output - target).square().flatten(1).mean(1) * self.snr_weight(t).to(x0.device)
        if self.config.objective == "simple":
            return {"each": simple, "simple": simple}
        bound = self.bound_term(x0, x, t, output.detach(), fraction) * len(self.process) / 1000  # λ = 0.001 T
        return {"each": simple + bound, "simple": simple, "vlb": bound}

    def snr_weight(self, t: Tensor) -> Tensor:
        """(B,): the capped weight on x̂_0 over what the target's own loss already weighs; ones without a cap."""
        snr, config = self.process.snr[t].float(), self.config
        if not config.snr_cap and not config.v_cap:
            return torch.ones_like(snr)
        own = {"eps": snr, "x0": torch.ones_like(snr), "v": snr + 1, "mean": torch.ones_like(snr)}[config.predicts]
        return (snr.clamp_max(config.snr_cap) if config.snr_cap else (snr + 1).clamp_max(config.v_cap)) / own

    def bound_term(self, x0: Tensor, x: Tensor, t: Tensor, output: Tensor, fraction: Tensor) -> Tensor:
        """(B,): the term of step t in bits a dimension, KL to the posterior or, at t = 0, the pixels' likelihood."""
        guess = self.process.predict_x0(x, t, output, self.config.predicts)
        mean, logvar = (
            self.process.posterior_mean(guess, x, t),
            self.process.log_variance(self.config.variance, t, fraction),
        )
        true_mean = self.process.posterior_mean(x0, x, t)
        true_logvar = at(self.process.posterior_log_variance, t, x)
        kl = normal_kl(true_mean, true_logvar, mean, logvar).flatten(1).mean(1)
        first = -pixel_log_likelihood(x0, mean, 0.5 * logvar).flatten(1).mean(1)
        return torch.where(t.to(kl.device) == 0, first, kl) / math.log(2)

    @torch.no_grad()
    def bits_per_dim(
        self,
        x0: Tensor,
        steps: Tensor | None = None,
        label: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        """The bound of pictures (B, 3, S, S) term by term: "prior" (B,), "terms" (B, N) for the given steps (all by
        default, least noise first), "total" (B,) with the terms' mean standing for all T."""
        steps = torch.arange(len(self.process)) if steps is None else steps
        terms = []
        for step in steps.tolist():
            t = torch.full((len(x0),), step)
            noise = torch.randn(x0.shape, generator=generator).to(x0.device)
            x = self.process.noised(x0, t, noise)
            terms.append(self.bound_term(x0, x, t, *self.split(self(x, t.to(x0.device), label))))
        table = torch.stack(terms, 1)
        prior = self._prior_bits(x0)
        return {"prior": prior, "terms": table, "total": prior + table.mean(1) * len(self.process)}

    def _prior_bits(self, x0: Tensor) -> Tensor:
        last = self.process.alpha_bar[-1]
        mean, logvar = last.sqrt().float() * x0, (1 - last).log().float()
        return normal_kl(mean, logvar, torch.zeros(()), torch.zeros(())).flatten(1).mean(1) / math.log(2)

    def sample(self, count: int, generator: torch.Generator | None = None, steps: int = 50) -> Tensor:
        """(count, 3, S, S) in [-1, 1] by DDIM; see `models.samplers` for every other way."""
        noise = Noise(torch.randint(2**31, (count,), generator=generator).tolist())
        process = self.process.respaced(spacing(len(self.process), min(steps, len(self.process))))
        x = noise(3, self.config.image_size, self.config.image_size).to(self.device)
        return run(ddim(denoiser(self), process, x), self).clamp(-1, 1)
