"""Five VAEs that differ in β only: the same specimen through each, and the same random codes."""

import gradio as gr
import torch
from torch import Tensor

from models.autoencoder import VAE
from models.pretrained import CheckpointError
from playground.images import pictures
from playground.panels import App
from playground.requests.fields import seed_field
from playground.serving import checkpoints, device, validation
from playground.serving.autoencoder import posterior
from playground.serving.checkpoints import load
from playground.serving.validation import checkpoint_note
from playground.shell.languages import word
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

BETAS = (0.0, 0.25, 1.0, 4.0, 16.0)
DRAWS = 2  # rows of random codes


def beta_ladder(x: Tensor, seed: int) -> dict:
    """The specimen rebuilt by each rung with its PSNR, and random draws of each from the seeds `seed` and `seed +
    1`."""
    seed = validation.seed(seed)
    try:
        model = load("vae_ladder")
    except CheckpointError as error:
        note = checkpoint_note(error)
        return {"rows": [row([figure(None, _beta(beta), note=note) for beta in BETAS]) for _ in range(1 + DRAWS)]}
    rungs, betas = list(model.rungs), list(model.config.betas)
    measured = checkpoints.metrics("vae_ladder").get("rungs", [])
    measured = measured if len(measured) == len(betas) else [{}] * len(betas)
    rebuilt = [_rebuilt(rung, x, beta, numbers) for rung, beta, numbers in zip(rungs, betas, measured, strict=True)]
    rows = [row(rebuilt, "ladder.rebuilt"), *(_drawn(rungs, betas, measured, seed + i) for i in range(DRAWS))]
    return {"rows": rows, "right": _best_end([one.get("frechet_samples") for one in measured])}


def _best_end(distances: list[float | None]) -> int | None:
    """Where on the ladder the smallest distance is: 1 at its foot, 3 at its top, 2 between; None where one lacks."""
    if None in distances:
        return None
    best = distances.index(min(distances))
    return 1 if best == 0 else 3 if best == len(distances) - 1 else 2


def _rebuilt(rung, x: Tensor, beta: float, measured: dict) -> dict:
    y = device.run(rung.decode, posterior(rung, x)[0])[0]
    numbers = [["number.psnr", f"{pictures.psnr(x[0], y):.1f} dB"]]
    numbers += [[f"number.{key}", measured[key]] for key in ("kl", "active") if key in measured]
    return figure(pictures.data_url(y), _beta(beta), numbers=numbers)


def _drawn(rungs: list, betas: list[float], measured: list[dict], seed: int) -> dict:
    z = torch.randn(1, rungs[0].config.latent, generator=torch.Generator().manual_seed(seed))
    shown = [
        figure(pictures.data_url(device.run(rung.decode, z)[0]), _beta(beta), numbers=_distance(numbers))
        for rung, beta, numbers in zip(rungs, betas, measured, strict=True)
    ]
    return row(shown, ["ladder.drawn", {"n": seed}])


def _distance(measured: dict) -> list:
    return [["number.frechet", measured["frechet_samples"]]] if "frechet_samples" in measured else []


def _beta(beta: float) -> str:
    return f"β = {beta:g}"


def render(app: App):
    gr.Markdown(word("ladder.lead"), elem_classes=["lead"])
    question("ladder.question", 3, right=None)
    with gr.Row(elem_classes=["controls"]):
        seed = seed_field(3)
    shown = exhibit(
        [len(BETAS)] * (1 + DRAWS),
        ["vae_ladder"],
        titles=["ladder.rebuilt", *(["ladder.drawn", {"n": 3 + i}] for i in range(DRAWS))],
        lines=2,
    )
    maths(
        r"\mathcal L_\beta = \mathbb E_{q(z \mid x)}\left[\log p(x \mid z)\right] - \beta \, "
        r"\mathrm{KL}\!\left(q(z \mid x) \,\|\, \mathcal N(0, I)\right)",
        "ladder.maths",
        ("Higgins et al. 2017, beta-VAE", "https://openreview.net/forum?id=Sy2fzU9gl"),
        [VAE.loss],
    )
    app.panel("ladder", beta_ladder, {"seed": seed}, shown)
