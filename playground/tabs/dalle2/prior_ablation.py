"""What the prior is for: one noise, one caption, and five places that the embedding may come from."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import gradio as gr
import torch
from torch import Tensor

from models.pretrained import CheckpointError
from models.unclip import SCALE, STEPS, TextToImage
from playground.images import atlas, clip_index, pictures
from playground.images.nearest import nearest
from playground.images.verdict import judge_probabilities, percent
from playground.panels import App
from playground.requests.controls import draw_buttons, steps_field
from playground.requests.fields import Slider, seed_field
from playground.requests.prompt_controls import prompt_field
from playground.requests.unclip import LARGEST, UnclipRequest, UnclipRun, prepared
from playground.serving.clip import cosine, picture_embeddings
from playground.serving.unclip import draw_all
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

WAYS = ("none", "text", "ar", "diffusion", "oracle")  # where the embedding comes from
PAUSE = 0.25  # seconds between two previews


@errors_as_notes
async def prior_ablation(x: Tensor, visitor: str, **settings) -> AsyncIterator[dict]:
    """The same noise five times: the caption alone, z_t as z_i, both priors, and the embedding of a real drawing."""
    request = await prepared(**settings)
    oracle = await asyncio.to_thread(drawn, request, x)
    sides = {
        way: UnclipRun(
            replace(request, prior="diffusion" if way == "oracle" else way), oracle if way == "oracle" else None
        )
        for way in WAYS
    }
    begun = {way: side for way, side in sides.items() if way == "oracle" or not side.request.missing}
    async with aclosing(draw_all(visitor, list(begun.values()), PAUSE)) as moved:
        async for told in moved:
            yield told | _shown(request, sides)
    yield await asyncio.to_thread(_judged, request, sides, oracle)


def drawn(request: UnclipRequest, x: Tensor) -> Tensor:
    """(1, E): of the first training drawing of what the caption names, or else of the specimen."""
    found = clip_index.load_index()
    if request.prompt.concept is not None:
        for k, (style, tile) in enumerate(found.places[: found.ready]):
            drawing = atlas.drawing(style, tile)
            if drawing.concept == request.prompt.concept and not drawing.held_out:
                return found.vectors[k : k + 1]
    return picture_embeddings(x)


def _shown(request: UnclipRequest, sides: dict[str, UnclipRun], told: dict[str, dict] | None = None) -> dict:
    figures = [
        figure(side.now(), f"way.{way}", **(told or {}).get(way, {"note": _lacks(way, side)}))
        for way, side in sides.items()
    ]
    return {"rows": [row(figures)], "remarks": request.remarks}


def _lacks(way: str, side: UnclipRun):
    return None if way == "oracle" or not side.request.missing else ["unclip.without", {"name": side.request.missing}]


def _judged(request: UnclipRequest, sides: dict[str, UnclipRun], oracle: Tensor) -> dict:
    done = {way: side for way, side in sides.items() if side.result is not None}
    near = nearest(pictures.enlarged(torch.cat([side.result for side in done.values()])))
    told = {
        way: {"near": one, "numbers": _numbers(request, side, oracle)}
        for (way, side), one in zip(done.items(), near, strict=True)
    }
    return _shown(request, sides, told)


def _numbers(request: UnclipRequest, side: UnclipRun, oracle: Tensor) -> list[list]:
    found = [] if (near := cosine(side.z, oracle)) is None else [["number.cosine", f"{near:.2f}"]]
    try:
        judged = (
            []
            if request.prompt.concept is None
            else [["number.judge", percent(judge_probabilities(side.result)["concept"][0, request.prompt.concept])]]
        )
    except CheckpointError:
        judged = []
    return found + judged


def render(app: App):
    gr.Markdown(word("ablation.lead"), elem_classes=["lead"])
    question("ablation.question", 3)
    with gr.Row(elem_classes=["controls"]):
        prompt = prompt_field("ablation.initial", ("stages.try_1", "stages.try_2"), scale=2, min_width=260)
        scale = Slider(0, LARGEST, SCALE, step=0.25, label=word("setting.scale"), min_width=200)
    shown = exhibit([len(WAYS)], ["prior", "ar_prior", "glide", "upsampler", "judge"], lines=2, near=True, remarks=True)
    with gr.Row(elem_classes=["controls"]):
        steps, seed = steps_field(STEPS), seed_field(5, scale=1)
        buttons = draw_buttons()
    maths(
        r"z_i \in \{\varnothing,\; z_t,\; \hat z_i \sim P(z_i \mid y),\; z_i(\text{drawing})\}",
        "ablation.maths",
        (
            "Ramesh et al. 2022, Hierarchical Text-Conditional Image Generation with CLIP Latents, §5.1",
            "https://arxiv.org/abs/2204.06125",
        ),
        [TextToImage.choose, drawn],
    )
    app.stream(
        "ablation",
        prior_ablation,
        {"prompt": prompt, "scale": scale, "steps": steps, "seed": seed},
        shown,
        pictures=len(WAYS),
        **buttons,
    )
