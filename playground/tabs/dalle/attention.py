"""Attention: what each token of the picture looked at when it was written, in the caption and in what stood before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
from torch import Tensor

from models.dalle import SCALE
from models.transformer import Attention
from models.watching import attention_of_tokens
from playground.images import attention as attended
from playground.images import pictures
from playground.panels import App
from playground.requests.controls import seed_row
from playground.requests.dalle import LARGEST, DalleRequest, network
from playground.requests.fields import Slider
from playground.requests.prompt_controls import prompt_field
from playground.requests.token_stream import Writing, picture_of, write_all
from playground.serving import device
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.widgets.attention.attention import attention as lens
from playground.widgets.question.question import question
from playground.widgets.source.source import maths


@errors_as_notes
async def causal_attention(x: Tensor, visitor: str, **settings) -> AsyncIterator[dict]:
    """A picture written token by token, and what the transformer attended to for each of its tokens: the words, the
    rest of the caption, the tokens before."""
    request = await asyncio.to_thread(lambda: DalleRequest.checked(**settings))
    run = Writing(request)
    async with aclosing(write_all(visitor, run)) as moved:
        async for told in moved:
            yield told | await asyncio.to_thread(_written, run)
    yield await asyncio.to_thread(_finished, run)


def _written(run: Writing) -> dict:
    return {"live": pictures.data_url(picture_of(run.codes)[0]), "remarks": run.request.remarks}


def _finished(run: Writing) -> dict:
    """All tokens are read once more as one sentence: each sees the same before it as when it was written."""
    model, request = network(), run.request
    shares = device.run(attention_of_tokens, model, request.tokens, run.codes, exact=True)
    return {
        "src": pictures.data_url(picture_of(run.codes)[0]),
        "remarks": request.remarks,
    } | attended.shown(shares, attended.columns(model.tokenizer, request.text), causal=True)


def render(app: App):
    gr.Markdown(word("causal.lead"), elem_classes=["lead"])
    question("causal.question", 3, right=1)
    prompt = prompt_field("write.initial", ("write.try_1", "write.try_2", "write.try_3"))
    shown = lens(["dalle", "vqvae_8"])
    with gr.Row(elem_classes=["controls"]):
        scale = Slider(0, LARGEST, SCALE, step=0.25, label=word("setting.scale"), min_width=180)
        temperature = Slider(0, 2, 1, step=0.05, label=word("setting.temperature"), min_width=180)
    seed, buttons = seed_row(1)
    maths(
        r"A_{ij} = \frac{e^{q_i \cdot k_j / \sqrt{d}}}{\sum_{j' \le i} e^{q_i \cdot k_{j'} / \sqrt{d}}}",
        "causal.maths",
        ("Vaswani et al. 2017, Attention Is All You Need", "https://arxiv.org/abs/1706.03762"),
        [Attention, attention_of_tokens],
    )
    controls = {"prompt": prompt, "scale": scale, "temperature": temperature, "seed": seed}
    app.stream("causal", causal_attention, controls, shown, **buttons)
