"""Attention: which places of the picture look at which word, in each step of a run of GLIDE."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
import torch
from torch import Tensor

from models.unet import Attention, shares
from models.watching import attention_of_places
from playground.images import attention as attended
from playground.images import pictures
from playground.images.trajectory import Trajectory, draw_all
from playground.panels import App
from playground.requests.controls import draw_buttons, steps_field
from playground.requests.fields import seed_field
from playground.requests.guided import GuidedRequest, prepared
from playground.requests.prompt_controls import prompt_field, scale_field
from playground.serving import device
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.widgets.attention.attention import attention as lens
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

MODEL = "glide"  # the one whose places look at words


@errors_as_notes
async def attention(x: Tensor, visitor: str, **settings) -> AsyncIterator[dict]:
    """A run of GLIDE, and of up to 30 of its steps what each of the network's places attended to: the words, the rest
    of the caption, the picture."""
    request = await prepared(model=MODEL, **settings)
    run = Watched(request)
    async with aclosing(draw_all(visitor, [run.film])) as moved:
        async for told in moved:
            yield told | {"live": run.film.now(), "remarks": run.remarks}
    yield await asyncio.to_thread(run.shown)


class Watched:
    """The film of a run, and what the network was asked first in each step, under the words: asked once more, with
    somebody watching, it attends to the same."""

    def __init__(self, request: GuidedRequest):
        self.request, self.film = request, Trajectory(request)
        self.reads = bool(request.scale) and not request.prompt.is_empty
        self.asked = self.film.keep_questions(request.process)

    @property
    def remarks(self) -> list[list]:
        """What the visitor should know of their words."""
        unasked = [["attention.unasked", {}]] if not self.request.scale else []
        return [*unasked, *self.request.prompt.remarks]

    def shares(self) -> Tensor:
        """(moments, layers, n, T + n)"""
        network, asked = self.request.network, [self.asked[moment.t] for moment in self.film.moments]
        x, t = torch.cat([one.x for one in asked]), torch.tensor([one.t for one in asked])
        return device.run(attention_of_places, network, x, t, network.collate([one.condition for one in asked]))

    def shown(self) -> dict:
        """What the widget is given."""
        film, network = self.film, self.request.network
        looked_at = attended.columns(network.tokenizer, self.request.prompt.text if self.reads else "")
        tokens = network.config.embedding_tokens
        looked_at.append({"kind": "embedding", "name": ["attention.embedding", {"n": tokens}], "tokens": tokens})
        guesses = [moment.x0.float() for moment in film.moments]
        at = {"t": [m.t for m in film.moments], "step": [self.request.steps - m.i for m in film.moments]}
        return {
            "src": pictures.data_url(torch.cat([*guesses, film.pictures[0]], 2)),
            "at": at | {"of": self.request.steps},
            "remarks": self.remarks,
        } | attended.shown(self.shares(), looked_at)


def render(app: App):
    gr.Markdown(word("attention.lead"), elem_classes=["lead"])
    question("attention.question", 3, right=2)
    with gr.Row(elem_classes=["controls"]):
        prompt = prompt_field("attention.initial", ("attention.try_1", "attention.try_2"), scale=2, min_width=260)
        scale = scale_field()
    shown = lens([MODEL])
    with gr.Row(elem_classes=["controls"]):
        steps, seed, buttons = steps_field(25), seed_field(2, scale=1), draw_buttons()
    maths(
        r"A = \operatorname{softmax}\!\Bigl(\tfrac{q\,[k_\text{text}; k_\text{picture}]^\top}{\sqrt{c}}\Bigr), \qquad "
        r"\sum_j A_{ij} = 1",
        "attention.maths",
        (
            "Hertz et al. 2022, Prompt-to-Prompt Image Editing with Cross Attention Control",
            "https://arxiv.org/abs/2208.01626",
        ),
        [shares, Attention, attention_of_places],
    )
    app.stream(
        "attention", attention, {"prompt": prompt, "scale": scale, "steps": steps, "seed": seed}, shown, **buttons
    )
