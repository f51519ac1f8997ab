"""Same noise, other choices: what one setting changes, all else alike."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import gradio as gr
from torch import Tensor

from models.diffusion import Diffusion
from models.pretrained import CheckpointError
from models.process import Process
from playground.images import pictures
from playground.images.nearest import nearest
from playground.images.trajectory import Trajectory, draw_all
from playground.panels import App
from playground.requests.controls import steps_field
from playground.requests.diffusion import SAMPLERS, DiffusionRequest
from playground.requests.fields import choice_field, seed_field
from playground.serving import validation
from playground.serving.validation import checkpoint_note
from playground.shell.languages import word
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

ROWS = 3  # seeds
PAUSE = 0.25  # seconds between two previews
FEW = (5, 10, 25, 50, 100)
CHOICES = {
    "variance": [
        ("value.fixed_small", dict(variance="fixed_small")),
        ("value.fixed_large", dict(variance="fixed_large")),
        ("value.learned", dict(variance="learned")),
    ],
    "predicts": [
        (f"predicts.{name}", dict(model=model))
        for name, model in (("eps", "ddpm"), ("v", "ddpm_v"), ("x0", "ddpm_x0"), ("mean", "ddpm_mean"))
    ],
    "training": [(f"model.{name}", dict(model=name)) for name in ("ddpm_v", "iddpm", "iddpm_vlb", "adm")],
    "sampler": [
        *((f"value.{name}", dict(model="adm", sampler=name)) for name in SAMPLERS),
        ("twins.noisy_ddim", dict(model="adm", sampler="ddim", eta=1.0)),
    ],
    "steps": [(["twins.steps", {"n": n}], dict(model="adm", steps=n, sampler="ddim")) for n in FEW],
}


async def same_noise(x: Tensor, visitor: str, question: str, steps: int, seed: int) -> AsyncIterator[dict]:
    """Three rows of the same noise; a column per choice, everything else alike. Row k has the seed `seed + k`."""
    choices = CHOICES[validation.choice(question, CHOICES, "question")]
    base = DiffusionRequest("iddpm", "ancestral", steps=validation.steps(steps, 1000), seed=validation.seed(seed))
    columns = [await asyncio.to_thread(_film, replace(base, **changes)) for _, changes in choices]
    running = [film for film in columns if isinstance(film, Trajectory)]
    async with aclosing(draw_all(visitor, running, PAUSE)) as moved:
        async for told in moved:
            yield told | _sheet(choices, columns, base.seed)
    yield await asyncio.to_thread(_sheet, choices, columns, base.seed, True)


def _film(request: DiffusionRequest) -> Trajectory | CheckpointError:
    """A film of three pictures, or why there is none."""
    try:
        request = DiffusionRequest.checked(**vars(request))
        return Trajectory(request, request.begin(ROWS))
    except CheckpointError as error:
        return error


def _sheet(choices: list, columns: list, seed: int, finished: bool = False) -> dict:
    near = [
        nearest(pictures.enlarged(film.pictures)) if finished and isinstance(film, Trajectory) else [None] * ROWS
        for film in columns
    ]
    return {
        "rows": [
            row(
                [_figure(label, film, k, one[k]) for (label, _), film, one in zip(choices, columns, near, strict=True)],
                ["draws.one", {"n": seed + k}],
            )
            for k in range(ROWS)
        ]
    }


def _figure(label, film: Trajectory | CheckpointError, k: int, near: dict | None) -> dict:
    return (
        figure(film.now(k), label, near=near)
        if isinstance(film, Trajectory)
        else figure(None, label, note=checkpoint_note(film))
    )


def render(app: App):
    gr.Markdown(word("twins.lead"), elem_classes=["lead"])
    question("twins.question", 3)
    shown = exhibit(
        [len(CHOICES["predicts"])] * ROWS,
        ["ddpm", "ddpm_v", "ddpm_x0", "ddpm_mean", "iddpm", "iddpm_vlb", "adm"],
        titles=[["draws.one", {"n": 1 + i}] for i in range(ROWS)],
        lines=0,
        near=True,
        follows=False,
    )
    with gr.Row(elem_classes=["controls"]):
        question_ = choice_field("setting.question", CHOICES, "predicts")
        steps = steps_field(50)
        seed = seed_field(1)
        again = gr.Button(word("draws.again"), scale=0, min_width=160)
        stop = gr.Button(word("diffusion.stop"), scale=0, min_width=80)
    maths(
        r"\Sigma_\theta = \exp\!\left(v \log \beta_t + (1 - v) \log \tilde\beta_t\right), \qquad "
        r"\tilde\beta_t = \frac{1-\bar\alpha_{t-1}}{1-\bar\alpha_t}\,\beta_t",
        "twins.maths",
        (
            "Nichol & Dhariwal 2021, Improved Denoising Diffusion Probabilistic Models",
            "https://arxiv.org/abs/2102.09672",
        ),
        [Process.log_variance, Process.predict_x0, Diffusion.loss],
    )
    app.stream(
        "twins",
        same_noise,
        {"question": question_, "steps": steps, "seed": seed},
        shown,
        pictures=max(map(len, CHOICES.values())) * ROWS,
        again=again,
        stop=stop,
    )
