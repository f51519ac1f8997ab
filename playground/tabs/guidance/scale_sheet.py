"""Sheet: one prompt, scales across, seeds down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import gradio as gr
from torch import Tensor

from models.pretrained import CheckpointError
from playground.images import pictures
from playground.images.nearest import nearest
from playground.images.trajectory import Trajectory, draw_all
from playground.images.verdict import judge_probabilities, percent
from playground.panels import App
from playground.requests.guided import GuidedRequest, prepared
from playground.requests.prompt_controls import guided_fields, prompt_field
from playground.serving.validation import checkpoint_note
from playground.shell.languages import word
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

SCALES = (0, 1, 2, 4, 8)  # one a column
SEEDS = 4  # one a row
PAUSE = 0.25  # seconds between two previews


async def scale_sheet(x: Tensor, visitor: str, **settings) -> AsyncIterator[dict]:
    """Five scales of classifier-free guidance by four seeds, with the judge's probability of what the prompt names."""
    try:
        request = await prepared(**settings)
        films = [
            Trajectory(one, one.begin(SEEDS)) for one in (replace(request, scale=float(scale)) for scale in SCALES)
        ]
        async with aclosing(draw_all(visitor, films, PAUSE)) as moved:
            async for told in moved:
                yield told | _shown(request, films)
    except CheckpointError as error:
        yield {"rows": [row([figure(None, _at(scale), note=checkpoint_note(error)) for scale in SCALES])]}
        return
    yield await asyncio.to_thread(_judged, request, films)


def _shown(
    request: GuidedRequest, films: list[Trajectory], judged: list | None = None, near: list | None = None
) -> dict:
    """The sheet so far; `judged` and `near` have a list per scale, an entry per seed."""
    rows = []
    for k in range(SEEDS):
        figures = [
            figure(
                film.now(k),
                _at(scale),
                numbers=[["number.judge", percent(judged[i][k])]] if judged else [],
                near=near and near[i][k],
            )
            for i, (film, scale) in enumerate(zip(films, SCALES, strict=True))
        ]
        rows.append(row(figures, ["draws.one", {"n": request.seed + k}]))
    return {"rows": rows, "remarks": request.prompt.remarks}


def _judged(request: GuidedRequest, films: list[Trajectory]) -> dict:
    near = [nearest(pictures.enlarged(film.pictures)) for film in films]
    try:
        judged = (
            None
            if request.prompt.concept is None
            else [judge_probabilities(film.pictures)["concept"][:, request.prompt.concept].tolist() for film in films]
        )
    except CheckpointError:
        judged = None
    return _shown(request, films, judged, near)


def _at(scale: float) -> list:
    return ["guidance.at_scale", {"s": f"{scale:g}"}]


def render(app: App):
    gr.Markdown(word("sheet.lead"), elem_classes=["lead"])
    question("sheet.question", 3, right=3)
    with gr.Row(elem_classes=["controls"]):
        prompt = prompt_field("sheet.initial", ("sheet.try_1", "sheet.try_2"), scale=2, min_width=260)
    shown = exhibit(
        [len(SCALES)] * SEEDS,
        ["glide", "adm", "judge"],
        titles=[["draws.one", {"n": 40 + k}] for k in range(SEEDS)],
        size="s",
        near=True,
        follows=False,
        remarks=True,
    )
    fields, buttons = guided_fields(40)
    maths(
        r"\tilde p_s(x \mid c) \propto p(x)\; p(c \mid x)^{s}",
        "sheet.maths",
        ("Ho & Salimans 2022, Classifier-Free Diffusion Guidance", "https://arxiv.org/abs/2207.12598"),
        [GuidedRequest],
    )
    app.stream("sheet", scale_sheet, {"prompt": prompt, **fields}, shown, pictures=len(SCALES) * SEEDS, **buttons)
