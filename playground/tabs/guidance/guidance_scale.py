"""The scale slider: one prompt, one noise, and how hard the network is pulled towards the words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
from torch import Tensor

from models.guidance import classifier_free
from playground.images import pictures
from playground.images.film import Film, roll
from playground.images.nearest import nearest
from playground.images.verdict import verdict
from playground.panels import App, noting
from playground.requests.guided import prepared
from playground.requests.prompt_controls import prompt_field, scale_field, small_fields
from playground.serving import checkpoints
from playground.shell.languages import word
from playground.widgets.film.film import film
from playground.widgets.question.question import question
from playground.widgets.source.source import maths


@noting
async def prompt(x: Tensor, visitor: str, **settings) -> AsyncIterator[dict]:
    """A picture of a prompt at a scale of classifier-free guidance: previews, then the film, and what the judge says of
    it."""
    run = await prepared(**settings)
    made, remarks = Film(run), run.asked.remarks
    async with aclosing(roll(visitor, [made])) as moved:
        async for told in moved:
            yield told | {"live": [made.preview()], "remarks": remarks}
    yield await asyncio.to_thread(_finished, made, remarks)


def _finished(made: Film, remarks: list) -> dict:
    near = nearest(pictures.enlarged(made.pictures))[0]
    said = verdict(made.pictures, made.run.asked.concept)
    return {
        "films": [made.shown()],
        "stamp": checkpoints.stamp(made.run.model),
        "near": near,
        "remarks": [*said, *remarks],
    }


def render(app: App):
    gr.Markdown(word("prompt.lead"), elem_classes=["lead"])
    with gr.Row(elem_classes=["controls"]):
        asked = prompt_field("prompt", ("prompt.try_1", "prompt.try_2", "prompt.try_3"), scale=2, min_width=260)
        scale = scale_field(tells="prompt")
    with gr.Row(elem_classes=["controls", "two"]):
        with gr.Column(scale=5, min_width=300):
            shown = film(["x", "x0", "eps"], ["glide", "adm", "judge"], near=True, remarks=True)
        with gr.Column(scale=2, min_width=280):
            fields, (_, again, stop), moved = small_fields(2)
    question("prompt.question", 3)
    maths(
        r"\hat x_0 = \hat x_0(\varnothing) + s\,\bigl(\hat x_0(c) - \hat x_0(\varnothing)\bigr)",
        "prompt.maths",
        ("Ho & Salimans 2022, Classifier-Free Diffusion Guidance", "https://arxiv.org/abs/2207.12598"),
        [classifier_free],
    )
    app.stream(
        "prompt",
        prompt,
        {"prompt": asked, "scale": scale, **fields},
        shown,
        [asked.input, scale.release, *moved],
        again=again,
        stop=stop,
    )
