"""The picture written token by token: what could stand in each cell, how unsure the model was, and another choice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
import torch
from torch import Tensor

from models.dalle import DALLE, SCALE, likely
from models.tokenizer import Tokenizer
from playground.images import pictures
from playground.images.nearest import nearest
from playground.images.tokens import offered
from playground.images.verdict import verdict
from playground.panels import App
from playground.requests.controls import seed_row
from playground.requests.dalle import LARGEST, DalleRequest, codebook, network
from playground.requests.fields import Slider
from playground.requests.prompt_controls import prompt_field
from playground.requests.token_stream import Writing, picture_of, write_all
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.widgets.held.held import held
from playground.widgets.question.question import question
from playground.widgets.source.source import maths
from playground.widgets.writer.writer import writer

BEST = 5  # candidates told of each cell


@errors_as_notes
async def write(x: Tensor, visitor: str, **settings) -> AsyncIterator[dict]:
    """The caption's tokens, then those of the picture one after the other, each with the five likeliest and the entropy
    of the choice."""
    page = Manuscript(await asyncio.to_thread(lambda: DalleRequest.checked(**settings)))
    async with aclosing(write_all(visitor, page.run)) as moved:
        async for told in moved:
            yield told | await asyncio.to_thread(page.shown)
    yield await asyncio.to_thread(page.finished)


class Manuscript:
    """What is written so far, and what might have been."""

    def __init__(self, request: DalleRequest):
        self.request, self.codes, self.best, self.entropy, self.kept = request, [], [], [], len(request.prefix)
        self.run = Writing(request)

    def _add(self, code: Tensor, p: Tensor) -> None:
        top = p[0].topk(min(BEST, p.shape[1]))
        self.codes.append(int(code[0]))
        self.best.append(
            " ".join(f"{k}:{v:.4f}" for v, k in zip(top.values.tolist(), top.indices.tolist(), strict=True))
        )
        self.entropy.append(round(float(torch.special.entr(p[0]).sum()), 3))

    def shown(self) -> dict:
        for step in self.run.steps[len(self.codes) :]:
            self._add(step.code, step.probabilities)
        picture = picture_of(torch.tensor([self.codes], dtype=torch.long))
        return {
            "model": codebook(),
            "grid": network().config.grid,
            "codes": " ".join(map(str, self.codes)),
            "kept": self.kept,
            "best": "|".join(self.best),
            "entropy": " ".join(map(str, self.entropy)),
            "picture": pictures.data_url(picture[0]),
            "merges": network().tokenizer.merging(self.request.text),
            "prompt": self.request.text,
            "remarks": self.request.remarks,
        }

    def finished(self) -> dict:
        found, picture = self.shown(), picture_of(torch.tensor([self.codes], dtype=torch.long))
        return found | {
            "done": True,
            "nearest": nearest(picture)[0],
            "remarks": [*verdict(picture, self.request.concept), *found["remarks"]],
        }


def render(app: App):
    gr.Markdown(word("write.lead"), elem_classes=["lead"])
    question("write.question", 3, right=2)
    prompt = prompt_field("write.initial", ("write.try_1", "write.try_2", "write.try_3"))
    shown = writer(["dalle", "vqvae_8", "judge"], offered)
    with gr.Row(elem_classes=["controls"]):
        scale = Slider(0, LARGEST, SCALE, step=0.25, label=word("setting.scale"), min_width=180)
        temperature = Slider(0, 2, 1, step=0.05, label=word("setting.temperature"), min_width=180)
        top_k = Slider(0, 512, 0, step=1, label=word("setting.top_k"), min_width=180)
        top_p = Slider(0.05, 1, 1, step=0.05, label=word("setting.top_p"), min_width=180)
    seed, buttons = seed_row(1)
    prefix = held()
    maths(
        r"p(\text{text}, \text{image}) = \prod_i p(y_i \mid y_{<i}), \qquad "
        r"l = l_\varnothing + s\,(l_y - l_\varnothing)",
        "write.maths",
        ("Ramesh et al. 2021, Zero-Shot Text-to-Image Generation", "https://arxiv.org/abs/2102.12092"),
        [DALLE.write, DALLE.loss, likely, Tokenizer.merging],
    )
    controls = {
        "prompt": prompt,
        "prefix": prefix,
        "scale": scale,
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "seed": seed,
    }
    app.stream("write", write, controls, shown, **buttons)
