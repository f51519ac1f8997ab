"""Two runs from the same noise, and the step at which they part."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
from torch import Tensor

from playground.images.trajectory import Trajectory, draw_all
from playground.panels import App
from playground.requests.controls import draw_buttons, eta_field, model_field, sampler_field, steps_field
from playground.requests.diffusion import DiffusionRequest
from playground.requests.fields import seed_field
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.widgets.film.film import film
from playground.widgets.source.source import maths

SETTINGS = ("model", "sampler", "steps", "eta")


@errors_as_notes
async def divergence(x: Tensor, visitor: str, seed: int, **settings) -> AsyncIterator[dict]:
    """Runs A and B from the same noise: both films, and the distance of their x̂_0 at every step."""
    runs = [
        await asyncio.to_thread(
            DiffusionRequest.checked, seed=seed, **{name: settings[f"{name}_{side}"] for name in SETTINGS}
        )
        for side in "ab"
    ]
    films = [Trajectory(request) for request in runs]
    async with aclosing(draw_all(visitor, films)) as moved:
        async for told in moved:
            yield told | {"live": [one.preview() for one in films]}
    yield {
        "films": [one.shown(title) for one, title in zip(films, ("parting.a", "parting.b"), strict=True)],
        "curve": distances(*films),
    }


def distances(a: Trajectory, b: Trajectory) -> dict:
    """Root mean square of x̂_0 of A minus that of B, over t; each moment of the longer film against the nearest of the
    other."""
    long, short = (a, b) if len(a.moments) >= len(b.moments) else (b, a)
    pairs = [(one, min(short.moments, key=lambda other: abs(other.t - one.t))) for one in long.moments]
    points = [
        [one.t, round(float((one.x0.float() - other.x0.float()).square().mean().sqrt()), 4)] for one, other in pairs
    ]
    return {
        "lines": [{"label": "parting.apart", "points": points}],
        "x": {"label": "parting.t", "min": 0, "max": 999},
        "y": {"label": "parting.curve", "min": 0},
    }


def render(app: App):
    gr.Markdown(word("parting.lead"), elem_classes=["lead"])
    shown = film(["x", "x0"], ["adm", "iddpm", "ddpm"], titles=["parting.a", "parting.b"])
    controls = {}
    with gr.Row(elem_classes=["controls"]):
        for side, sampler in (("a", "ancestral"), ("b", "ddim")):
            with gr.Column(min_width=300):
                gr.Markdown(word(f"parting.{side}"))
                controls[f"model_{side}"] = model_field()
                controls[f"sampler_{side}"] = sampler_field(sampler)
                controls[f"steps_{side}"] = steps_field()
                controls[f"eta_{side}"] = eta_field()
    with gr.Row(elem_classes=["controls"]):
        controls["seed"] = seed_field(5)
        buttons = draw_buttons()
    maths(
        r"d(t) = \sqrt{\tfrac1D \lVert \hat x_0^A(t) - \hat x_0^B(t) \rVert^2}",
        "parting.maths",
        ("Song, Meng & Ermon 2020, Denoising Diffusion Implicit Models", "https://arxiv.org/abs/2010.02502"),
        [distances],
    )
    app.stream("parting", divergence, controls, shown, pictures=2, **buttons)
