"""The specimen's upper rows are kept, the rest is written anew."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
from torch import Tensor

from models.dalle import DALLE, SCALE
from playground.images import pictures, tokens
from playground.images.nearest import nearest
from playground.panels import App
from playground.requests.controls import seed_row
from playground.requests.dalle import LARGEST, DalleRequest, codebook, network
from playground.requests.fields import Slider
from playground.requests.prompt_controls import prompt_field
from playground.requests.token_stream import Writing, picture_of, write_all
from playground.serving import validation
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

COUNT = 4  # pictures
PAUSE = 0.25  # seconds between two previews


@errors_as_notes
async def completion(
    x: Tensor, visitor: str, prompt: str, rows_kept: int, scale: float, seed: int
) -> AsyncIterator[dict]:
    """Four pictures whose first rows of tokens are the specimen's."""
    side = (await asyncio.to_thread(network)).config.grid
    own = await asyncio.to_thread(tokens.encode, codebook(), x)
    kept = own[0, : validation.integer(rows_kept, 0, side - 1, "rows_kept")].flatten().tolist()
    request = await asyncio.to_thread(lambda: DalleRequest.checked(prompt, seed, COUNT, scale, prefix=kept))
    run = Writing(request)
    async with aclosing(write_all(visitor, run, PAUSE)) as moved:
        async for told in moved:
            yield told | await asyncio.to_thread(_shown, x, own, run)
    yield await asyncio.to_thread(_shown, x, own, run, True)


def _shown(x: Tensor, own: Tensor, run: Writing, done: bool = False) -> dict:
    y, request = picture_of(run.codes), run.request
    near = nearest(y) if done else [None] * len(y)
    whole = [
        figure(pictures.data_url(x[0]), "variations.specimen"),
        figure(pictures.data_url(tokens.decode(codebook(), own)[0]), "mosaic.back"),
    ]
    written = [
        figure(pictures.data_url(one), ["draws.one", {"n": seed}], near=each)
        for one, seed, each in zip(y, request.seeds, near, strict=True)
    ]
    return {"rows": [row(whole), row(written)], "remarks": request.remarks}


def render(app: App):
    gr.Markdown(word("complete.lead"), elem_classes=["lead"])
    question("complete.question", 3, right=1)
    with gr.Row(elem_classes=["controls"]):
        prompt = prompt_field("complete.initial", ("write.try_1", "write.try_2", "write.try_3"), scale=2, min_width=260)
        rows = Slider(0, 7, 4, step=1, label=word("setting.rows_kept"), min_width=180)
        scale = Slider(0, LARGEST, SCALE, step=0.25, label=word("setting.scale"), min_width=180)
    shown = exhibit([2, COUNT], ["dalle", "vqvae_8"], titles=[None, None], lines=0, near=True, remarks=True)
    seed, buttons = seed_row(1)
    maths(
        r"p(y_{n+1}, \dots, y_N \mid \text{text}, y_1, \dots, y_n)",
        "complete.maths",
        ("Chen et al. 2020, Generative Pretraining from Pixels", "https://proceedings.mlr.press/v119/chen20s.html"),
        [DALLE.write],
    )
    app.stream(
        "complete",
        completion,
        {"prompt": prompt, "rows_kept": rows, "scale": scale, "seed": seed},
        shown,
        pictures=COUNT,
        **buttons,
    )
