"""What is measured of the diffusion models: how well they denoise, their likelihood, their pictures; tables and curves.

Every number is taken on the held-out pairs with the averaged weights. Sampling runs in the machine's faster precision,
errors and likelihoods in float32: in bfloat16 alone the white of a predicted picture may be off by half a grey level.
"""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.diffusion import Diffusion
from models.samplers import Noise, ancestral, ddim, denoiser, dpm_solver, run, spacing
from training import files, precision
from training.data import pictures as data
from training.evaluation.measure import Evaluator, evaluator

WAYS = {
    "ddim": lambda denoise, process, x, noise: ddim(denoise, process, x),
    "dpm_solver": lambda denoise, process, x, noise: dpm_solver(denoise, process, x),
    "fixed_small": partial(ancestral, variance="fixed_small"),
    "fixed_large": partial(ancestral, variance="fixed_large"),
    "learned": partial(ancestral, variance="learned"),
}
FIGURES = {  # the claim's name → label, checkpoint, way
    "predicts": (
        ("ε", "ddpm", "ddim"),
        ("x₀", "ddpm_x0", "ddim"),
        ("v", "ddpm_v", "ddim"),
        ("mean", "ddpm_mean", "ddim"),
    ),
    "variance": (
        ("learned", "iddpm", "learned"),
        ("fixed small, β̃", "iddpm", "fixed_small"),
        ("fixed large, β", "iddpm", "fixed_large"),
    ),
    "schedule": (("linear (ddpm_v)", "ddpm_v", "ddim"), ("cosine (iddpm)", "iddpm", "ddim")),
    "scale": (
        ("ddpm_v", "ddpm_v", "ddim"),
        ("ddpm_x0", "ddpm_x0", "ddim"),
        ("iddpm", "iddpm", "ddim"),
        ("adm", "adm", "ddim"),
    ),
}
BATCH = 128
STEPS = 25  # of DDIM, for metrics.json
PASSES = 2  # over the held-out pictures, in each quarter of the steps
BOUND_PICTURES = 64


def evaluate(model: Diffusion) -> dict:
    """Everything in metrics.json of a diffusion model; `score` (the nearer to the drawings, the higher) decides which
    weights are better, as long as there is no judge by the likelihood."""
    model = model.to(memory_format=torch.channels_last)
    pictures = data.load(model.config.image_size).validation()
    some = pictures.take(np.unique(np.linspace(0, len(pictures) - 1, BOUND_PICTURES).round().astype(int)))
    found: dict[str, Any] = bound(model, some.on(), labels(model, some))
    found["quartiles"] = quartiles(model, pictures.on(), labels(model, pictures))
    if seen := evaluator(model.config.image_size):
        found |= quality(model, seen)
    return {"score": -found.get("frechet", found["bits_per_dim"])} | found


def labels(model: Diffusion, pictures: data.Pictures) -> Tensor | None:
    """The groups of pictures (N,), for a model that is conditioned on them."""
    return torch.from_numpy(pictures.group) if model.config.classes else None


def quality(model: Diffusion, seen: Evaluator) -> dict[str, float]:
    """Fréchet distance, precision and recall of DDIM's pictures over the seeds, the floor, and how near they are to
    copies."""
    drawn = []

    def kept(count: int, generator: torch.Generator) -> Tensor:
        drawn.append(draw(model, "ddim", STEPS, count, generator))
        return drawn[-1]

    return seen.quality(kept) | {"floor_frechet": seen.floor} | seen.copies(torch.cat(drawn))


@torch.inference_mode()
def draw(model: Diffusion, way: str, steps: int, count: int, generator: torch.Generator) -> Tensor:
    """(count, 3, S, S) in [-1, 1] by one of WAYS. A model conditioned on groups gets them as often as it saw them,
    unguided, so that it draws the same mixture as an unconditional model."""
    seeds, side = torch.randint(2**31, (count,), generator=generator).tolist(), model.config.image_size
    groups = torch.multinomial(group_shares(model), count, True, generator=generator) if model.config.classes else None
    process = model.process.respaced(spacing(len(model.process), min(steps, len(model.process))))
    parts = []
    with torch.autocast(model.device.type, torch.bfloat16, enabled=precision.bf16_is_faster(model.device)):
        for i in range(0, count, BATCH):
            noise = Noise(seeds[i : i + BATCH])
            denoise = denoiser(model, None if groups is None else groups[i : i + BATCH])
            parts.append(run(WAYS[way](denoise, process, noise(3, side, side), noise), model))
    return torch.cat(parts).clamp(-1, 1)


def group_shares(model: Diffusion) -> Tensor:
    """(classes,): how often training draws each group."""
    pictures = data.load(model.config.image_size).training()
    return torch.from_numpy(np.bincount(pictures.group, pictures.weights(), model.config.classes))


@torch.inference_mode()
def quartiles(model: Diffusion, x0: Tensor, label: Tensor | None = None) -> dict[str, list[float]]:
    """Mean squared errors of ε̂ ("eps") and of the clipped x̂_0 ("x0") in each quarter of the steps, least noise first.

    Steps spread evenly over a quarter; the noise of a picture is the same for every model.
    """
    rng, total = torch.Generator().manual_seed(0), len(model.process)
    x0 = x0.repeat(PASSES, 1, 1, 1)
    label = None if label is None else label.repeat(PASSES)
    table = []
    for quarter in range(4):
        t = ((quarter + torch.randperm(len(x0), generator=rng) / len(x0)) / 4 * total).long()
        noise = torch.randn(x0.shape, generator=rng)
        parts = [
            errors(model, x0[i], t[i], noise[i], None if label is None else label[i])
            for i in torch.arange(len(x0)).split(BATCH)
        ]
        table.append(torch.cat(parts, 1).mean(1))
    eps, guess = torch.stack(table, 1).tolist()
    return {"eps": eps, "x0": guess}


def errors(model: Diffusion, x0: Tensor, t: Tensor, noise: Tensor, label: Tensor | None = None) -> Tensor:
    """(2, B): squared errors of the ε̂ that x̂_0 implies, whatever the network predicts, and of x̂_0 clipped."""
    x = model.process.noised(x0, t, noise)
    prediction, _ = model.split(model(x, t, label))
    guess = model.process.predict_x0(x, t, prediction, model.config.predicts)
    wrong = torch.stack([model.process.predict_eps(x, t, guess) - noise, guess.clamp(-1, 1) - x0])
    return wrong.square().flatten(2).mean(2)


class Clipped(Diffusion):
    """A model as its samplers use it: it predicts x̂_0, clipped to the range of pictures."""

    def __init__(self, model: Diffusion):
        nn.Module.__init__(self)
        self.model, self.process, self.config = model, model.process, replace(model.config, predicts="x0")

    def forward(self, x: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        """x̂_0 (B, C, H, W) in [-1, 1], behind it the fraction of a learned variance."""
        prediction, fraction = self.model.split(self.model(x, t, label))
        guess = self.process.predict_x0(x, t, prediction, self.model.config.predicts).clamp(-1, 1)
        return torch.cat([guess, fraction], 1) if self.config.variance == "learned" else guess


def bound(model: Diffusion, x0: Tensor, label: Tensor | None = None) -> dict[str, float]:
    """Bits per dimension of pictures (N, C, H, W) and their three parts, x̂_0 clipped as in published likelihoods.

    The first term stands for itself alone: it is the decoder, not one KL of many. The KLs are measured at some steps
    and interpolated between them; evenly spaced ones times T would let the steep ends stand for their neighbours.
    """
    steps = dense_ends(len(model.process))
    found = Clipped(model).bits_per_dim(x0, steps, label, torch.Generator().manual_seed(0))
    decoder, *kl = found["terms"].mean(0).tolist()
    rate = float(np.interp(np.arange(1, len(model.process)), steps[1:], kl).sum())
    prior = found["prior"].mean().item()
    return {"bits_per_dim": prior + rate + decoder, "bits_prior": prior, "bits_rate": rate, "bits_decoder": decoder}


def dense_ends(total: int) -> Tensor:
    """(K,) about 50 of the steps 0 … T−1, ascending, close together at both ends, where the bound's terms change
    fastest."""
    near, far = np.geomspace(1, total - 1, 44), total - np.geomspace(1, total - 1, 22)
    return torch.from_numpy(np.unique(np.r_[0, near.round(), far.round()].astype(np.int64)))


def study_path() -> Path:
    """Where the study of sampling keeps what it measured."""
    return files.ASSETS / "diffusion" / "study.json"


def read_study() -> dict:
    """What `training.studies.sampling` has measured so far: "cells" by checkpoint/way/steps, "floor"."""
    return json.loads(study_path().read_text(encoding="utf-8")) if study_path().exists() else {"cells": {}}


def comparable(study: dict) -> dict[tuple[str, str, int], dict]:
    """(checkpoint, way, steps) → cell, of those with as many pictures as the floor."""
    split = {key: key.split("/") for key, cell in study["cells"].items() if cell["count"] == study["floor"]["count"]}
    rows = {(name, way, int(steps)): study["cells"][key] for key, (name, way, steps) in split.items()}
    return dict(sorted(rows.items(), key=lambda row: (row[0][0], list(WAYS).index(row[0][1]), row[0][2])))


def curves(study: dict) -> dict[str, list[dict]]:
    """Per figure its curves, {"label": …, "points": [(steps, Fréchet distance), …]}; one without a point is left
    out."""
    cells = comparable(study)

    def points(name: str, way: str) -> list[tuple[int, float]]:
        return [(steps, cell["frechet"]) for (n, w, steps), cell in cells.items() if (n, w) == (name, way)]

    return {
        figure: [{"label": label, "points": found} for label, *which in wanted if (found := points(*which))]
        for figure, wanted in FIGURES.items()
    }


def report(metrics: dict[str, dict]) -> str:
    """The tables of the diffusion models."""
    found = {name: m for name, m in metrics.items() if "quartiles" in m}
    found = dict(sorted(found.items(), key=lambda item: (item[1]["parameters"], item[0])))
    return "\n\n".join([_twins(found), _denoising(found), *_best(found)]) if found else ""


def _twins(metrics: dict[str, dict]) -> str:
    rows = [
        "| model | parameters | pictures seen | bits/dim | rate + decoder | Fréchet, DDIM 25 | precision | recall | "
        "memorised | nearest |",
        "|---" * 10 + "|",
    ]
    for name, m in metrics.items():
        judged = (
            [
                f"{m['frechet']:.2f} ± {m['frechet_std']:.2f}",
                *(f"{m[k]:.2f}" for k in ("precision", "recall")),
                f"{m['memorised']:.1%}",
                f"{m['nearest_ratio']:.2f}",
            ]
            if "frechet" in m
            else [""] * 5
        )
        rows.append(
            "| "
            + " | ".join(
                [
                    name,
                    f"{m['parameters']:,}",
                    f"{m['pictures']:,}",
                    f"{m['bits_per_dim']:.3f}",
                    f"{m['bits_rate']:.2f} + {m['bits_decoder']:.2f}",
                    *judged,
                ]
            )
            + " |"
        )
    floor = next(
        (
            f" Real held-out drawings measure {m['floor_frechet']:.2f} at this size."
            for m in metrics.values()
            if "floor_frechet" in m
        ),
        "",
    )
    note = (
        f"Bits are an upper bound.{floor} Memorised: pictures nearer to a training picture than the nearest 5% of real "
        "held-out ones are. Nearest: median distance to the nearest training picture over that of real held-out ones."
    )
    return "**Diffusion at 32×32: likelihood and pictures**\n\n" + "\n".join(rows) + f"\n\n{note}"


def _denoising(metrics: dict[str, dict]) -> str:
    heads = [f"{what} {q}/4" for what in ("ε̂", "x̂₀") for q in range(1, 5)]
    rows = ["| model | " + " | ".join(heads) + " |", "|---" * 9 + "|"]
    rows += [
        "| " + " | ".join([name, *(f"{v:.4f}" for k in ("eps", "x0") for v in m["quartiles"][k])]) + " |"
        for name, m in metrics.items()
    ]
    return (
        "**Denoising held-out pictures: squared error by quarter of the steps, least noise first**\n\n"
        + "\n".join(rows)
        + "\n\nε̂ is derived from whatever the network predicts; x̂₀ is clipped."
    )


def _best(metrics: dict[str, dict]) -> list[str]:
    study = read_study()
    cells = comparable(study) if "floor" in study else {}
    names = [name for name in metrics if any(name == which[0] for which in cells)]
    if not names:
        return []
    rows = ["| model | up to 10 steps | up to 50 | up to 1,000 |", "|---" * 4 + "|"]
    rows += [
        "| " + " | ".join([name, *(_least(cells, name, most) for most in (10, 50, 1000))]) + " |" for name in names
    ]
    title = f"**The best way for the steps allowed: Fréchet distance of {study['floor']['count']} pictures**"
    return [title + "\n\n" + "\n".join(rows)]


def _least(cells: dict, name: str, most: int) -> str:
    found = [(cell["frechet"], way, steps) for (n, way, steps), cell in cells.items() if n == name and steps <= most]
    return "{:.1f} ({} {})".format(*min(found)).replace("_", " ") if found else ""
