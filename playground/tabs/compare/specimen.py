"""One picture, one seed, every system: who gives it back, and who draws another one like it."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
from torch import Tensor

from models.autoencoder import VAE
from models.pretrained import CheckpointError
from models.unclip import TextToImage
from models.vqvae import VQVAE
from playground.images.verdict import judge_likeness
from playground.panels import App
from playground.requests.controls import seed_row
from playground.serving import validation
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.tabs.compare.board import Board, Judged, shape, used
from playground.tabs.compare.contenders import SPECIMEN, Question
from playground.widgets.exhibit.exhibit import exhibit
from playground.widgets.question.question import question
from playground.widgets.source.source import maths


@errors_as_notes
async def specimen(x: Tensor, visitor: str, seed: int) -> AsyncIterator[dict]:
    """What every system makes of the specimen, the cheap ones first, with its seconds, its network calls, the likeness
    that the judge sees, and the nearest training picture."""
    board = Board(SPECIMEN, Question("", validation.seed(seed), x), likeness(x), [])
    async with aclosing(board.draw(visitor)) as found:
        async for value in found:
            yield value


def likeness(x: Tensor) -> Judged:
    """The cosine of the judge's features of a picture and of the specimen."""

    def judged(y: Tensor) -> list:
        try:
            return ["compare.likeness", f"{float(judge_likeness(y, x)):.2f}"]
        except CheckpointError:
            return []

    return judged


def render(app: App):
    gr.Markdown(word("specimen.lead"), elem_classes=["lead"])
    seed, buttons = seed_row(1)
    figures, titles = shape(SPECIMEN)
    shown = exhibit(figures, used(SPECIMEN), titles=titles, lines=2, near=True, remarks=True)
    question("specimen.question", 3)
    maths(
        r"x \to z \to \hat x, \qquad x \to z_i \to x' \sim P(x' \mid z_i)",
        "specimen.maths",
        ("Ramesh et al. 2022, Hierarchical Text-Conditional Image Generation", "https://arxiv.org/abs/2204.06125"),
        [VAE.loss, VQVAE.loss, TextToImage.decode],
    )
    app.stream("specimen", specimen, {"seed": seed}, shown, **buttons)
