"""A first picture at once, and below it the lineage as a map whose stops lead to the tabs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
import torch
from torch import Tensor

from models.pretrained import CheckpointError
from playground.images import pictures
from playground.images.nearest import nearest
from playground.panels import App
from playground.requests.code_samples import random_row
from playground.requests.fields import seed_field
from playground.requests.prompt_controls import prompt_field
from playground.requests.unclip import UnclipRun, prepared
from playground.serving import validation
from playground.serving.unclip import draw_all
from playground.serving.validation import answering, told
from playground.shell.languages import word
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.roadmap.roadmap import roadmap

COUNT = 4


async def first_pictures(x: Tensor, visitor: str, prompt: str, seed: int) -> AsyncIterator[dict]:
    """Four pictures of a caption by DALL·E 2, picture i from the seed `seed + i`; where it is missing, four of the
    VAE."""
    seed = validation.integer(seed, 0, 2**31 - COUNT, "seed")
    try:
        chains = [UnclipRun(await prepared(prompt=prompt, seed=seed + k)) for k in range(COUNT)]
        async with aclosing(draw_all(visitor, chains)) as moved:
            async for news in moved:
                yield news | _shown(chains)
    except CheckpointError:
        yield {"rows": [await asyncio.to_thread(random_row, "vae", seed, COUNT)], "remarks": [["road.missing", {}]]}
        return
    yield await asyncio.to_thread(_finished, chains)


def _shown(chains: list[UnclipRun], near: list | None = None) -> dict:
    figures = [
        figure(chain.now(), ["draws.one", {"n": chain.request.seed}], alt="tab.dalle2", near=near and near[k])
        for k, chain in enumerate(chains)
    ]
    return {"rows": [row(figures)], "remarks": chains[0].request.remarks}


def _finished(chains: list[UnclipRun]) -> dict:
    return _shown(chains, nearest(pictures.enlarged(torch.cat([chain.result for chain in chains]))))


def render(app: App):
    with gr.Row(elem_classes=["controls", "first"]):
        with gr.Column(scale=1, min_width=260):
            prompt = prompt_field("road.initial", ("stages.try_1", "stages.try_3"))
            again = gr.Button(word("road.draw"), variant="primary")
            seed = seed_field(3)
        with gr.Column(scale=4, min_width=300):
            shown = exhibit([COUNT], ["prior", "glide", "upsampler"], near=True, follows=False, remarks=True)
    stops = roadmap(app.built)

    @answering
    def open_room(request: gr.Request, event: gr.EventData):
        """The room that a stop of the map leads to."""
        return app.open(told(event).get("tab"))[app.tabs]

    stops.open(open_room, None, app.tabs, **app.silent, api_visibility="private", queue=False)
    app.stream("draw", first_pictures, {"prompt": prompt, "seed": seed}, shown, pictures=COUNT, again=again)
