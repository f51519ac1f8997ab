"""The prior on stage: sixteen draws of each prior from the same seeds on a plane, and one of them painted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
from torch import Tensor

from models.ar_prior import ARPrior
from models.prior import DiffusionPrior
from models.unclip import PRIOR_SCALE, SCALE, TextToImage
from playground.panels import App
from playground.requests.controls import seed_row
from playground.requests.fields import Slider
from playground.requests.prompt_controls import prompt_field
from playground.requests.unclip import LARGEST, LARGEST_PRIOR, prepared
from playground.serving import validation
from playground.serving.unclip import draw_all
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.tabs.dalle2.embedding_planes import gap_plane
from playground.tabs.dalle2.prior_draws import DRAWS, Point, PriorRun
from playground.widgets.held.held import held
from playground.widgets.priorplane.priorplane import priorplane
from playground.widgets.question.question import question
from playground.widgets.source.source import maths


@errors_as_notes
async def prior_plane(
    x: Tensor, visitor: str, prompt: str, prior_scale: float, scale: float, seed: int, point: str
) -> AsyncIterator[dict]:
    """Sixteen embeddings by either prior from the same seeds, the drawings nearest to each, and the picture that the
    decoder paints of one; `point` is "diffusion 1" … "diffusion 16", "ar 1" … "ar 16", or "text" for the caption's
    own."""
    chosen, seed = Point.checked(point), validation.integer(seed, 0, 2**31 - DRAWS, "seed")
    run = PriorRun(await prepared(prompt=prompt, prior_scale=prior_scale, scale=scale, seed=seed), chosen)
    async with aclosing(draw_all(visitor, [run])) as moved:
        async for told in moved:
            yield told | await asyncio.to_thread(run.shown)
    yield await asyncio.to_thread(run.finished)


def render(app: App):
    gr.Markdown(word("prior_plane.lead"), elem_classes=["lead"])
    question("prior.question", 3, right=None)
    with gr.Row(elem_classes=["controls"]):
        prompt = prompt_field(
            "prior_plane.initial", ("grid.initial", "grid.try_1", "grid.try_2"), scale=2, min_width=260
        )
        prior_scale = Slider(0, LARGEST_PRIOR, PRIOR_SCALE, step=0.25, label=word("setting.prior_scale"), min_width=180)
        scale = Slider(0, LARGEST, SCALE, step=0.25, label=word("setting.scale"), min_width=180)
    shown = priorplane(["prior", "ar_prior", "clip", "glide", "upsampler", "judge"])
    seed, buttons = seed_row(1)
    point = held("diffusion 1")
    maths(
        r"z_i^{(k)} \sim P(z_i \mid y), \qquad "
        r"e_1 = \frac{\bar z_i - z_t}{\lVert \bar z_i - z_t \rVert}, \quad "
        r"e_2 = \arg\max_{e \perp e_1} \sum_k \langle z_i^{(k)} - \bar z_i, e \rangle^2",
        "prior_plane.maths",
        (
            "Ramesh et al. 2022, Hierarchical Text-Conditional Image Generation with CLIP Latents, §2.2",
            "https://arxiv.org/abs/2204.06125",
        ),
        [gap_plane, TextToImage.choose, DiffusionPrior.choose, ARPrior.forward],
    )
    controls = {"prompt": prompt, "prior_scale": prior_scale, "scale": scale, "seed": seed, "point": point}
    app.stream("prior", prior_plane, controls, shown, **buttons)
