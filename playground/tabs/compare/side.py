"""One caption, one seed, every system: what each makes of words, in what time, and whether the judge sees it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
from torch import Tensor

from models.guidance import by_gradient, classifier_free
from models.pretrained import CheckpointError
from models.unclip import TextToImage
from playground.images.verdict import NAMED, judge_probabilities
from playground.panels import App
from playground.requests import words
from playground.requests.controls import seed_row
from playground.requests.prompt import concept_in
from playground.requests.prompt_controls import prompt_field
from playground.serving import validation
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.tabs.compare.board import Board, Judged, shape, used
from playground.tabs.compare.contenders import CAPTION, Question
from playground.widgets.exhibit.exhibit import exhibit
from playground.widgets.question.question import question
from playground.widgets.source.source import maths


@errors_as_notes
async def side(x: Tensor, visitor: str, prompt: str, seed: int) -> AsyncIterator[dict]:
    """A picture of the caption by every system, the cheap ones first, with its seconds, its network calls, the place
    that the judge gives the name that was asked for, and the nearest training picture."""
    asked = Question(words.line(prompt), validation.seed(seed), x)
    concept = await asyncio.to_thread(concept_in, asked.text)
    board = Board(CAPTION, asked, placed(concept), remarks(asked.text, concept))
    async with aclosing(board.draw(visitor)) as found:
        async for value in found:
            yield value


def placed(concept: int | None) -> Judged:
    """The judge's place of a concept: told as a place among the first five, or as none."""

    def judged(y: Tensor) -> list:
        if concept is None:
            return []
        try:
            found = judge_probabilities(y)["concept"][0]
        except CheckpointError:
            return []
        place = int((found > found[concept]).sum()) + 1
        return ["number.judge", ["compare.named", {"place": place}] if place <= NAMED else ["compare.unnamed", {}]]

    return judged


def remarks(text: str, concept: int | None) -> list[list]:
    """What the visitor should know of their words."""
    if not text:
        return [["guidance.empty", {}]]
    return [
        *words.never_read([text], chance="guidance.foreign"),
        *([["guidance.unnamed", {}]] if concept is None else []),
    ]


def render(app: App):
    gr.Markdown(word("side.lead"), elem_classes=["lead"])
    prompt = prompt_field("side.initial", ("side.try_1", "side.try_2", "side.try_3"))
    seed, buttons = seed_row(1)
    figures, titles = shape(CAPTION)
    shown = exhibit(figures, used(CAPTION), titles=titles, lines=2, near=True, follows=False, remarks=True)
    question("side.question", 3)
    maths(
        r"x = f(z), \qquad x \sim P(x \mid \text{label}), \qquad x \sim P(x \mid y)",
        "side.maths",
        ("Ramesh et al. 2022, Hierarchical Text-Conditional Image Generation", "https://arxiv.org/abs/2204.06125"),
        [classifier_free, by_gradient, TextToImage.whole],
    )
    app.stream("side", side, {"prompt": prompt, "seed": seed}, shown, **buttons)
