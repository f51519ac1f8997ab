"""The scale slider: one prompt, one noise, and how hard the network is pulled towards the words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
from torch import Tensor

from models.guidance import classifier_free
from playground.images import pictures
from playground.images.nearest import nearest
from playground.images.trajectory import Trajectory, draw_all
from playground.images.verdict import verdict
from playground.panels import App
from playground.requests.guided import prepared
from playground.requests.prompt_controls import guided_fields, prompt_field, scale_field
from playground.serving import checkpoints
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.widgets.film.film import film
from playground.widgets.question.question import question
from playground.widgets.source.source import maths


@errors_as_notes
async def guidance_scale(x: Tensor, visitor: str, **settings) -> AsyncIterator[dict]:
    """A picture of a prompt at a scale of classifier-free guidance: previews, then the film, and what the judge says of
    it."""
    request = await prepared(**settings)
    made, remarks = Trajectory(request), request.prompt.remarks
    async with aclosing(draw_all(visitor, [made])) as moved:
        async for told in moved:
            yield told | {"live": [made.preview()], "remarks": remarks}
    yield await asyncio.to_thread(_finished, made, remarks)


def _finished(made: Trajectory, remarks: list) -> dict:
    near = nearest(pictures.enlarged(made.pictures))[0]
    said = verdict(made.pictures, made.request.prompt.concept)
    return {
        "films": [made.shown()],
        "stamp": checkpoints.stamp(made.request.model),
        "near": near,
        "remarks": [*said, *remarks],
    }


def render(app: App):
    gr.Markdown(word("prompt.lead"), elem_classes=["lead"])
    question("prompt.question", 3, right=3)
    with gr.Row(elem_classes=["controls"]):
        prompt = prompt_field(
            "prompt.initial", ("prompt.try_1", "prompt.try_2", "prompt.try_3"), scale=2, min_width=260
        )
        scale = scale_field(tells="prompt")
    with gr.Row(elem_classes=["controls", "two"]):
        with gr.Column(scale=5, min_width=300):
            shown = film(["x", "x0", "eps"], ["glide", "adm", "judge"], near=True, remarks=True)
        with gr.Column(scale=2, min_width=280):
            fields, buttons = guided_fields(2)
    maths(
        r"\hat x_0 = \hat x_0(\varnothing) + s\,\bigl(\hat x_0(c) - \hat x_0(\varnothing)\bigr)",
        "prompt.maths",
        ("Ho & Salimans 2022, Classifier-Free Diffusion Guidance", "https://arxiv.org/abs/2207.12598"),
        [classifier_free],
    )
    app.stream("prompt", guidance_scale, {"prompt": prompt, "scale": scale, **fields}, shown, **buttons)
