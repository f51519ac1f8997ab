"""Where it fails: captions that DALL·E 2's authors found hard, drawn live."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
from torch import Tensor

from models.unclip import TextToImage
from playground.panels import App
from playground.requests.controls import draw_buttons
from playground.requests.fields import seed_field
from playground.requests.unclip import UnclipRun, prepared
from playground.serving import validation
from playground.serving.unclip import draw_all
from playground.serving.validation import errors_as_notes
from playground.shell.languages import sentence, word
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.source.source import maths

KINDS = ("binding", "where", "counting", "writing")
TIMES = 2  # seeds of each
PAUSE = 0.25  # seconds between two previews


@errors_as_notes
async def failures(x: Tensor, visitor: str, seed: int) -> AsyncIterator[dict]:
    """Four captions, each from two seeds: what belongs to what, what stands where, how many, and letters."""
    seed = validation.seed(seed)
    chains = {
        kind: [
            UnclipRun(await prepared(prompt=sentence(f"fails_at.{kind}", "en"), seed=min(seed + k, 2**31 - 1)))
            for k in range(TIMES)
        ]
        for kind in KINDS
    }
    async with aclosing(draw_all(visitor, [chain for pair in chains.values() for chain in pair], PAUSE)) as moved:
        async for told in moved:
            yield told | shown(chains)
    yield await asyncio.to_thread(shown, chains)


def shown(chains: dict[str, list[UnclipRun]]) -> dict:
    return {
        "rows": [
            row([figure(chain.now(), f"fails_at.{kind}") for chain in pair], f"fails_at.{kind}_title")
            for kind, pair in chains.items()
        ]
    }


def render(app: App):
    gr.Markdown(word("fails_at.lead"), elem_classes=["lead"])
    with gr.Row(elem_classes=["controls"]):
        seed = seed_field(1)
        buttons = draw_buttons()
    shown_ = exhibit(
        [TIMES] * len(KINDS),
        ["prior", "glide", "upsampler"],
        titles=[f"fails_at.{kind}_title" for kind in KINDS],
        size="s",
        lines=1,
        follows=False,
    )
    gr.Markdown(word("fails_at.then"))
    maths(
        r"z_i \in S^{255}",
        "fails_at.maths",
        (
            "Ramesh et al. 2022, Hierarchical Text-Conditional Image Generation with CLIP Latents, §7",
            "https://arxiv.org/abs/2204.06125",
        ),
        [TextToImage.generate],
    )
    app.stream("fails", failures, {"seed": seed}, shown_, pictures=len(KINDS) * TIMES, **buttons)
