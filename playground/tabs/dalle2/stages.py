"""The whole of DALL·E 2: the prior on stage, the decoder at work, the upsampler, each with its own time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import cached_property

import gradio as gr
import torch.nn.functional as F
from torch import Tensor

from models.prior import DiffusionPrior, best_of
from models.unclip import DECODERS, PRIOR_SCALE, PRIORS, SCALE, STEPS, TextToImage
from playground.images import clip_index, pictures
from playground.images.nearest import as_nearest, nearest
from playground.images.verdict import verdict
from playground.panels import App
from playground.requests.controls import draw_buttons, steps_field
from playground.requests.fields import Radio, Slider, choice_field, seed_field
from playground.requests.prompt_controls import prompt_field
from playground.requests.unclip import LARGEST, LARGEST_PRIOR, SIDES, UnclipRun, prepared
from playground.serving.clip import cosine
from playground.serving.unclip import draw_all
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.tabs.dalle2.embedding_planes import Plane, caption_embedding, drawings_plane
from playground.widgets.question.question import question
from playground.widgets.source.source import maths
from playground.widgets.stages.stages import stages as stage

NEAR = 5  # drawings that are nearest to the embedding


@errors_as_notes
async def stages(x: Tensor, visitor: str, **settings) -> AsyncIterator[dict]:
    """A caption's picture stage by stage: where its embedding comes from, the small picture, the large one, and what
    each took."""
    chain = DetailedRun(await prepared(**settings))
    plane = await asyncio.to_thread(drawings_plane)
    async with aclosing(draw_all(visitor, [chain])) as moved:
        async for told in moved:
            yield told | await asyncio.to_thread(_shown, chain, plane)
    yield await asyncio.to_thread(_finished, chain, plane)


class DetailedRun(UnclipRun):
    """A run, what is known of its caption, and of its embedding once that is chosen."""

    @cached_property
    def text(self) -> Tensor:
        """(1, E): z_t."""
        return caption_embedding(self.request)

    @cached_property
    def near(self) -> list[dict]:
        """The drawings whose embeddings are nearest to the chosen one."""
        return _near(self.z)


def _shown(chain: DetailedRun, plane: Plane) -> dict:
    """What is to be seen of a run by now."""
    small, large = chain.newest.get("decoder"), chain.newest.get("upsampler")
    calls = list(chain.calls.items())  # the engine goes on meanwhile
    return {
        "dots": plane.dots,
        "text": plane(chain.text)[0],
        **_embeddings(chain, plane),
        "small": None if small is None else pictures.data_url((small.x0 if chain.small is None else chain.small)[0]),
        "large": None if large is None else pictures.data_url(large.x0[0]),
        "side": chain.request.side if large is None else large.x0.shape[-1],
        "took": {stage: [round(chain.seconds[stage], 2), count] for stage, count in calls},
        "remarks": chain.request.remarks,
    }


def _embeddings(chain: DetailedRun, plane: Plane) -> dict:
    """The embeddings as far as the prior has come: chosen, on their way, or none."""
    frame = chain.newest.get("prior")
    draws = chain.z
    if draws is None and frame is not None:
        draws = F.normalize(frame.x0.float(), dim=1)
    if draws is None or draws.isnan().any():
        return {"draws": [], "near": [], "chosen": ["unclip.no_embedding", {}]}
    return {
        "draws": plane(draws),
        "near": [] if chain.z is None else chain.near,
        "chosen": ["unclip.chosen_" + chain.request.prior, {"n": f"{cosine(draws[:1], chain.text):.2f}"}],
    }


def _near(z: Tensor) -> list[dict]:
    """The drawings nearest to an embedding (1, E): [{"src", "cosine", "label"}]."""
    found = clip_index.load_index()
    best = found.cosines(z[:1].float().cpu())[0].topk(NEAR)
    return [
        as_nearest(*found.places[place]) | {"cosine": f"{near:.2f}"}
        for near, place in zip(best.values.tolist(), best.indices.tolist(), strict=True)
    ]


def _finished(chain: DetailedRun, plane: Plane) -> dict:
    judged = pictures.enlarged(pictures.shrunk(chain.result, min(pictures.SIDE, chain.result.shape[-1])))
    said, found = verdict(judged, chain.request.prompt.concept), _shown(chain, plane)
    return found | {
        "large": pictures.data_url(chain.result[0]),
        "nearest": nearest(judged)[0],
        "remarks": [*said, *found["remarks"]],
        "done": True,
    }


def render(app: App):
    gr.Markdown(word("stages.lead"), elem_classes=["lead"])
    question("stages.question", 3, right=2)
    with gr.Row(elem_classes=["controls"]):
        prompt = prompt_field(
            "stages.initial", ("stages.try_1", "stages.try_2", "stages.try_3"), scale=2, min_width=260
        )
        prior = choice_field("setting.prior", PRIORS, "diffusion", "prior.")
    shown = stage(["clip", "prior", "ar_prior", "glide", "glide_fast", "upsampler", "upsampler_128", "judge"])
    fields, buttons = _run_fields()
    maths(
        r"P(x \mid y) = P(x, z_i \mid y) = P(x \mid z_i, y)\; P(z_i \mid y)",
        "stages.maths",
        (
            "Ramesh et al. 2022, Hierarchical Text-Conditional Image Generation with CLIP Latents",
            "https://arxiv.org/abs/2204.06125",
        ),
        [TextToImage.whole, TextToImage.choose, best_of, DiffusionPrior.forward],
    )
    app.stream("stages", stages, {"prompt": prompt, "prior": prior, **fields}, shown, **buttons)


def _run_fields() -> tuple[dict, dict[str, gr.Button]]:
    """({setting: control}, the buttons of the stream) below the stages, in two rows."""
    with gr.Row(elem_classes=["controls"]):
        scale = Slider(0, LARGEST, SCALE, step=0.25, label=word("setting.scale"), min_width=180)
        prior_scale = Slider(0, LARGEST_PRIOR, PRIOR_SCALE, step=0.25, label=word("setting.prior_scale"), min_width=180)
        steps, seed = steps_field(STEPS), seed_field(1, scale=1)
    with gr.Row(elem_classes=["controls"]):
        decoder = choice_field("setting.decoder", DECODERS, "glide")
        side = Radio(
            [(f"{side} × {side}", int(side)) for side in SIDES],
            value=int(SIDES[0]),
            label=word("setting.side"),
            min_width=160,
        )
        buttons = draw_buttons()
    fields = {
        "prior_scale": prior_scale,
        "steps": steps,
        "scale": scale,
        "seed": seed,
        "decoder": decoder,
        "side": side,
    }
    return fields, buttons
