"""Many tries, the best first: CLIP sorts what DALL·E wrote."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
from torch import Tensor

from models.dalle import DALLE, SCALE
from models.pretrained import CheckpointError
from playground.images import pictures
from playground.images.nearest import nearest
from playground.images.verdict import judge_probabilities, percent
from playground.panels import App
from playground.requests.controls import seed_row
from playground.requests.dalle import LARGEST, DalleRequest
from playground.requests.fields import Slider
from playground.requests.prompt_controls import prompt_field
from playground.requests.token_stream import Writing, picture_of, write_all
from playground.serving.clip import backend
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

COUNT = 8  # tries
EACH = 4  # in a row
PAUSE = 0.3  # seconds between previews


@errors_as_notes
async def reranking(x: Tensor, visitor: str, prompt: str, scale: float, seed: int) -> AsyncIterator[dict]:
    """Eight pictures of a caption; when they are written, sorted by CLIP's cosine of picture and caption."""
    request = await asyncio.to_thread(lambda: DalleRequest.checked(prompt, seed, COUNT, scale))
    run = Writing(request)
    async with aclosing(write_all(visitor, run, PAUSE)) as moved:
        async for told in moved:
            yield told | await asyncio.to_thread(_shown, request, run.codes)
    yield await asyncio.to_thread(_sorted, request, run.codes)


def _shown(request: DalleRequest, codes: Tensor) -> dict:
    return _rows(
        [
            figure(pictures.data_url(one), ["draws.one", {"n": seed}])
            for one, seed in zip(picture_of(codes), request.seeds, strict=True)
        ],
        request.remarks,
    )


def _sorted(request: DalleRequest, codes: Tensor) -> dict:
    y = picture_of(codes)
    try:
        clip = backend()
        fits = (clip.pictures(y) @ clip.texts([request.text]).T)[:, 0]
        remarks = [["rerank.sorted", {"first": f"{fits.max():.2f}", "last": f"{fits.min():.2f}"}]]
    except CheckpointError:
        fits, remarks = None, [["rerank.unsorted", {}]]
    try:
        judged = None if request.concept is None else judge_probabilities(y)["concept"][:, request.concept]
    except CheckpointError:
        judged = None
    order = range(COUNT) if fits is None else fits.argsort(descending=True).tolist()
    near = nearest(y)
    numbers = [
        [
            *([["number.cosine", f"{fits[k]:.2f}"]] if fits is not None else []),
            *([["number.judge", percent(judged[k])]] if judged is not None else []),
        ]
        for k in range(COUNT)
    ]
    found = [
        figure(pictures.data_url(y[k]), ["draws.one", {"n": request.seeds[k]}], numbers=numbers[k], near=near[k])
        for k in order
    ]
    return _rows(found, [*remarks, *request.remarks])


def _rows(figures: list[dict], remarks: list) -> dict:
    return {"rows": [row(figures[k : k + EACH]) for k in range(0, COUNT, EACH)], "remarks": remarks}


def render(app: App):
    gr.Markdown(word("rerank.lead"), elem_classes=["lead"])
    question("rerank.question", 3)
    with gr.Row(elem_classes=["controls"]):
        prompt = prompt_field("rerank.initial", ("write.try_1", "write.try_2", "write.try_3"), scale=2, min_width=260)
        scale = Slider(0, LARGEST, SCALE, step=0.25, label=word("setting.scale"), min_width=180)
    shown = exhibit(
        [EACH] * (COUNT // EACH),
        ["dalle", "vqvae_8", "clip", "judge"],
        titles=[None] * (COUNT // EACH),
        lines=1,
        near=True,
        follows=False,
        remarks=True,
    )
    seed, buttons = seed_row(10)
    maths(
        r"\arg\max_{k \le N} \cos(z_t(y), z_i(x_k)), \quad x_k \sim p(x \mid y)",
        "rerank.maths",
        ("Ramesh et al. 2021, Zero-Shot Text-to-Image Generation, §2.6", "https://arxiv.org/abs/2102.12092"),
        [DALLE.write, _sorted],
    )
    app.stream("rerank", reranking, {"prompt": prompt, "scale": scale, "seed": seed}, shown, pictures=COUNT, **buttons)
