"""Text diff: the specimen moved by what two captions differ in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
import torch
from torch import Tensor

from models.embeddings import FURTHEST, text_diff
from playground.images.nearest import nearest
from playground.panels import App
from playground.requests import words
from playground.serving.clip import backend
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.tabs.dalle2.inversion import InversionRun, painted
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.phrases.phrases import phrases
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

COUNT = 6  # pictures


@errors_as_notes
async def edit(x: Tensor, visitor: str, before: str, after: str) -> AsyncIterator[dict]:
    """Six pictures: the specimen's embedding turned by up to half the way towards caption `after` minus `before`."""
    texts, shares = [words.line(before), words.line(after)], torch.linspace(0, FURTHEST, COUNT)
    clip = await asyncio.to_thread(backend)
    remarks = words.remarks(clip, [text for text in texts if text]) + (
        [["edit.same", {}]] if texts[0] == texts[1] else []
    )
    a, b = (await asyncio.to_thread(clip.texts, texts)).split(1)

    def groups(run: InversionRun) -> list:
        z = text_diff(run.z.expand(COUNT, -1), a.expand(COUNT, -1), b.expand(COUNT, -1), shares)
        return [(run.told(z), run.noise.expand(COUNT, -1, -1, -1), 0.0, None)]

    def shown(run: InversionRun) -> dict:
        near = nearest(run.painted[0]) if run.painted else [None] * COUNT
        figures = [
            figure(url, f"θ = {share:.1f}", near=one)
            for url, share, one in zip(run.now([COUNT])[0], shares.tolist(), near, strict=True)
        ]
        return {"rows": [row(figures)], "remarks": remarks}

    async with aclosing(painted(visitor, lambda: InversionRun(x, groups), shown)) as found:
        async for value in found:
            yield value


def render(app: App):
    gr.Markdown(word("edit.lead"), elem_classes=["lead"])
    question("edit.question", 3)
    with gr.Row(elem_classes=["controls"]):
        before = phrases("edit.before", 1, label="setting.before", min_width=220)
        after = phrases("edit.after", 1, label="setting.after", min_width=220)
    board = exhibit([COUNT], ["clip", "glide", "upsampler"], lines=0, near=True, remarks=True)
    maths(
        r"z_d = \frac{z_t - z_{t_0}}{\lVert z_t - z_{t_0} \rVert}, \qquad z_\theta = \text{slerp}(z_i, z_d, \theta)",
        "edit.maths",
        (
            "Ramesh et al. 2022, Hierarchical Text-Conditional Image Generation with CLIP Latents, §3.3",
            "https://arxiv.org/abs/2204.06125",
        ),
        [text_diff],
    )
    app.stream("edit", edit, {"before": before, "after": after}, board, pictures=COUNT)
