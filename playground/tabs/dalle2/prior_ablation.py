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
from playground.images.verdict import percent, shares
from playground.panels import App, noting
from playground.requests.controls import draw_buttons, steps_field
from playground.requests.fields import Slider, seed_field
from playground.requests.prompt_controls import prompt_field
from playground.requests.unclip import LARGEST, Chain, Run, prepared
from playground.serving.clip import cosine, seen
from playground.serving.unclip import roll
from playground.shell.languages import word
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

WAYS, PAUSE = ("none", "text", "ar", "diffusion", "oracle"), 0.25


@noting
async def ablation(x: Tensor, visitor: str, **settings) -> AsyncIterator[dict]:
    """The same noise five times: the caption alone, z_t as z_i, both priors, and the embedding of a real drawing."""
    run = await prepared(**settings)
    oracle = await asyncio.to_thread(drawn, run, x)
    sides = {
        way: Chain(replace(run, prior="diffusion" if way == "oracle" else way), oracle if way == "oracle" else None)
        for way in WAYS
    }
    begun = {way: side for way, side in sides.items() if way == "oracle" or not side.run.missing}
    async with aclosing(roll(visitor, list(begun.values()), PAUSE)) as moved:
        async for told in moved:
            yield told | _shown(run, sides)
    yield await asyncio.to_thread(_judged, run, sides, oracle)


def drawn(run: Run, x: Tensor) -> Tensor:
    """(1, E): of the first training drawing of what the caption names, or else of the specimen."""
    found = clip_index.gallery()
    if run.asked.concept is not None:
        for k, (style, tile) in enumerate(found.places[: found.ready]):
            drawing = atlas.drawing(style, tile)
            if drawing.concept == run.asked.concept and not drawing.held_out:
                return found.vectors[k : k + 1]
    return seen(x)


def _shown(run: Run, sides: dict[str, Chain], told: dict[str, dict] | None = None) -> dict:
    figures = [
        figure(side.now(), f"way.{way}", **(told or {}).get(way, {"note": _lacks(way, side)}))
        for way, side in sides.items()
    ]
    return {"rows": [row(figures)], "remarks": run.remarks}


def _lacks(way: str, side: Chain):
    return None if way == "oracle" or not side.run.missing else ["unclip.without", {"name": side.run.missing}]


def _judged(run: Run, sides: dict[str, Chain], oracle: Tensor) -> dict:
    done = {way: side for way, side in sides.items() if side.result is not None}
    near = nearest(pictures.enlarged(torch.cat([side.result for side in done.values()])))
    told = {way: {"near": one, "numbers": _numbers(run, side, oracle)} for (way, side), one in zip(done.items(), near)}
    return _shown(run, sides, told)


def _numbers(run: Run, side: Chain, oracle: Tensor) -> list[list]:
    found = [] if (near := cosine(side.z, oracle)) is None else [["number.cosine", f"{near:.2f}"]]
    try:
        judged = (
            []
            if run.asked.concept is None
            else [["number.judge", percent(shares(side.result)["concept"][0, run.asked.concept])]]
        )
    except CheckpointError:
        judged = []
    return found + judged


def render(app: App):
    gr.Markdown(word("ablation.lead"), elem_classes=["lead"])
    with gr.Row(elem_classes=["controls"]):
        asked = prompt_field("ablation", ("stages.try_1", "stages.try_2"), scale=2, min_width=260)
        scale = Slider(0, LARGEST, SCALE, step=0.25, label=word("setting.scale"), min_width=200)
    shown = exhibit([len(WAYS)], ["prior", "ar_prior", "glide", "upsampler", "judge"], lines=2, near=True, remarks=True)
    with gr.Row(elem_classes=["controls"]):
        steps, seed = steps_field(STEPS), seed_field(5, scale=1)
        go, again, stop = draw_buttons()
    question("ablation.question", 3)
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
        ablation,
        {"prompt": asked, "scale": scale, "steps": steps, "seed": seed},
        shown,
        [asked.input, scale.release, steps.input, seed.input, go.click],
        again=again,
        stop=stop,
    )
