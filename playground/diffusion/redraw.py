"""Redraw the specimen: noise it up to a step, then walk back from there (SDEdit)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import gradio as gr
import torch
from torch import Tensor

from models.diffusion import Process
from models.pretrained import CheckpointError
from models.samplers import Noise
from playground import pictures
from playground.diffusion.controls import model_field, steps_field
from playground.diffusion.film import Film, roll
from playground.diffusion.run import Run
from playground.house import House, trouble
from playground.language import word
from playground.widgets.exhibit import exhibit, figure, row
from playground.widgets.fields import new_seed, seed_field
from playground.widgets.source import maths, question

SHARES = (0.2, 0.35, 0.5, 0.65, 0.8)


async def redraw(x: Tensor, visitor: str, model: str, steps: int, seed: int) -> AsyncIterator[dict]:
    """The specimen at five strengths of noise, and what the network makes of each, with the distance to the specimen."""
    try:
        run = await asyncio.to_thread(Run.checked, model=model, sampler="ancestral", steps=steps, seed=seed)
        small = pictures.shrunk(x, run.network.config.image_size)
        starts = [_start(run, small, share) for share in SHARES]
        films = [Film(replace(run, seed=run.seed + k), i + 1) for k, (i, _) in enumerate(starts)]
        begun = {id(film): (noised, i, film.run.seed) for film, (i, noised) in zip(films, starts)}
        async with aclosing(roll(visitor, films, lambda film: run.go_on(*begun[id(film)]))) as moved:
            async for _ in moved:
                yield _sheet(small, starts, films)
    except CheckpointError as error:
        yield {"rows": [row([figure(None, "redraw.specimen", note=trouble(error))] * (len(SHARES) + 1), title)
                        for title in ("redraw.noised", "redraw.drawn")]}  # fmt: skip
        return
    yield _sheet(small, starts, films)


def _start(run: Run, small: Tensor, share: float) -> tuple[int, Tensor]:
    """Step number `share` of the way into the noise, and the specimen there."""
    i = round(share * (run.steps - 1))
    noise = Noise([run.seed]).like(small)
    return i, run.process.noised(small, torch.tensor([i]), noise)


def _sheet(small: Tensor, starts: list, films: list[Film]) -> dict:
    first = figure(pictures.data_url(small[0]), "redraw.specimen")
    upper = [figure(pictures.data_url(noised[0]), ["redraw.at", {"t": int(film.run.process.timesteps[i])}]) for (i, noised), film in zip(starts, films)]
    lower = []
    for film, share in zip(films, SHARES):
        now = film.picture if film.picture is not None else film.newest and film.newest.x0[0]
        away = [["number.rms", f"{(film.picture - small[0]).square().mean().sqrt():.2f}"]] if film.picture is not None else []
        lower.append(figure(None if now is None else pictures.data_url(now), f"{share:.0%}", numbers=away))
    return {"rows": [row([first, *upper], "redraw.noised"), row([first, *lower], "redraw.drawn")]}


def render(house: House, section: gr.Tabs):
    gr.Markdown(word("redraw.lead"), elem_classes=["lead"])
    shown = exhibit([len(SHARES) + 1] * 2, ["iddpm", "adm"], titles=["redraw.noised", "redraw.drawn"], size="s")
    with gr.Row(elem_classes=["controls"]):
        model, steps, seed = model_field(), steps_field(50), seed_field(2)
        again = gr.Button(word("draws.again"), scale=0, min_width=160)
    question("redraw.question", 3)
    maths(r"x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \varepsilon, \quad \text{then from } x_t \text{ back to } \hat x_0", "redraw.maths",
          ("Meng et al. 2021, SDEdit: Guided Image Synthesis and Editing with Stochastic Differential Equations", "https://arxiv.org/abs/2108.01073"),
          [Process.noised, _start])  # fmt: skip
    new_seed(again, seed)
    house.stream("redraw", redraw, {"model": model, "steps": steps, "seed": seed}, shown, [model.input, steps.input, seed.change], section=section)
