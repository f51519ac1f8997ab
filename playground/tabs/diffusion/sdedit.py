"""Redraw the specimen: noise it up to a step, then walk back from there (SDEdit)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
import torch
from torch import Tensor

from models.pretrained import CheckpointError
from models.process import Process
from models.samplers import Noise
from playground.images import pictures
from playground.images.trajectory import Trajectory, draw_all
from playground.panels import App
from playground.requests.controls import model_field, steps_field
from playground.requests.diffusion import DiffusionRequest
from playground.requests.fields import seed_field
from playground.serving.validation import checkpoint_note
from playground.shell.languages import word
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

SHARES = (0.2, 0.35, 0.5, 0.65, 0.8)


async def sdedit(x: Tensor, visitor: str, model: str, steps: int, seed: int) -> AsyncIterator[dict]:
    """The specimen at five strengths of noise, and what the network makes of each, with the distance to the
    specimen."""
    try:
        request = await asyncio.to_thread(
            DiffusionRequest.checked, model=model, sampler="ancestral", steps=steps, seed=seed
        )
        small = pictures.shrunk(x, request.network.config.image_size)
        starts = [noised(request, small, share) for share in SHARES]
        films = [Trajectory(request, request.go_on(start, i, request.seed + k)) for k, (i, start) in enumerate(starts)]
        async with aclosing(draw_all(visitor, films)) as moved:
            async for told in moved:
                yield told | _sheet(small[0], starts, films)
    except CheckpointError as error:
        yield {
            "rows": [
                row([figure(None, "redraw.specimen", note=checkpoint_note(error))] * (len(SHARES) + 1), title)
                for title in ("redraw.noised", "redraw.drawn")
            ]
        }
        return
    yield _sheet(small[0], starts, films)


def noised(request: DiffusionRequest, small: Tensor, share: float) -> tuple[int, Tensor]:
    """Step number `share` of the way into the noise, and the specimen there."""
    i = round(share * (request.steps - 1))
    return i, request.process.noised(small, torch.tensor([i]), Noise([request.seed]).like(small))


def _sheet(small: Tensor, starts: list, films: list[Trajectory]) -> dict:
    first, timesteps = figure(pictures.data_url(small), "redraw.specimen"), films[0].request.process.timesteps
    upper = [figure(pictures.data_url(start[0]), ["redraw.at", {"t": int(timesteps[i])}]) for i, start in starts]
    lower = [
        figure(film.now(), f"{share:.0%}", numbers=film.away(small)) for film, share in zip(films, SHARES, strict=True)
    ]
    return {"rows": [row([first, *upper], "redraw.noised"), row([first, *lower], "redraw.drawn")]}


def render(app: App):
    gr.Markdown(word("redraw.lead"), elem_classes=["lead"])
    question("redraw.question", 3)
    shown = exhibit([len(SHARES) + 1] * 2, ["adm", "iddpm", "ddpm"], titles=["redraw.noised", "redraw.drawn"], size="s")
    with gr.Row(elem_classes=["controls"]):
        model, steps, seed = model_field(), steps_field(50), seed_field(2)
        again = gr.Button(word("draws.again"), scale=0, min_width=160)
    maths(
        r"x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \varepsilon, "
        r"\quad \text{then from } x_t \text{ back to } \hat x_0",
        "redraw.maths",
        (
            "Meng et al. 2021, SDEdit: Guided Image Synthesis and Editing with Stochastic Differential Equations",
            "https://arxiv.org/abs/2108.01073",
        ),
        [Process.noised, noised],
    )
    app.stream(
        "redraw", sdedit, {"model": model, "steps": steps, "seed": seed}, shown, pictures=len(SHARES), again=again
    )
