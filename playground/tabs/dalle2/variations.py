"""Variations of the specimen: its embedding stays, its noise is kept (η = 0) or partly thrown anew."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
from torch import Tensor

from models.samplers import Noise, ddim_inversion
from models.unclip import TextToImage
from playground.images import pictures
from playground.images.nearest import nearest
from playground.panels import App
from playground.requests.controls import draw_buttons
from playground.requests.fields import choice_field, seed_field
from playground.serving import validation
from playground.serving.clip import picture_embeddings
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.tabs.dalle2.inversion import ITERATIONS, InversionRun, painted
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

ETAS = (0.5, 1.0)  # one a row
EACH = 3  # pictures in a row
KINDS = {"plain": 0, "fixed_point": ITERATIONS}  # iterations at each step of the inversion


@errors_as_notes
async def variations(x: Tensor, visitor: str, inversion: str, seed: int) -> AsyncIterator[dict]:
    """The specimen there and back at η = 0, then three pictures each at growing η: what stays is what the embedding
    holds."""
    iterations = KINDS[validation.choice(inversion, tuple(KINDS), "inversion")]
    seed = validation.integer(seed, 0, 2**31 - EACH, "seed")

    def groups(run: InversionRun) -> list:
        again = [(run.told(run.z), run.noise, 0.0, None)]
        told, noise = run.told(run.z.expand(EACH, -1)), run.noise.expand(EACH, -1, -1, -1)
        return again + [(told, noise, eta, Noise([seed + k for k in range(EACH)])) for eta in ETAS]

    done: dict[int, tuple] = {}  # numbers and nearest drawings of the rows that are finished
    async with aclosing(
        painted(visitor, lambda: InversionRun(x, groups, iterations), lambda run: shown(run, x, seed, done))
    ) as found:
        async for value in found:
            yield value


def shown(run: InversionRun, x: Tensor, seed: int, done: dict[int, tuple]) -> dict:
    urls, rows = run.now([1, *[EACH] * len(ETAS)]), []
    for k, group in enumerate(urls):
        if k < len(run.painted) and k not in done:
            done[k] = _facts(run, k)
        numbers, near = done.get(k, ([[]] * len(group), [None] * len(group)))
        labels = [["draws.one", {"n": seed + i}] for i in range(EACH)] if k else ["variations.back"]
        figures = [
            figure(url, label, numbers=number, near=one)
            for url, label, number, one in zip(group, labels, numbers, near, strict=True)
        ]
        rows.append(
            row(
                ([] if k else [figure(pictures.data_url(x[0]), "variations.specimen")]) + figures, f"variations.row_{k}"
            )
        )
    return {"rows": rows}


def _facts(run: InversionRun, k: int) -> tuple[list, list]:
    """Of each picture of row k its numbers and the nearest training picture; of the specimen itself, come back, how
    near it came."""
    numbers = [[["number.cosine", f"{one:.2f}"]] for one in (picture_embeddings(run.painted[k]) @ run.z[0]).tolist()]
    if k:
        return numbers, nearest(run.painted[k])
    return [numbers[0] + [["number.psnr", f"{pictures.psnr(run.small[0], run.x0):.1f} dB"]]], [None]


def render(app: App):
    gr.Markdown(word("variations.lead"), elem_classes=["lead"])
    question("variations.question", 3, right=2)
    with gr.Row(elem_classes=["controls"]):
        kind = choice_field("setting.inversion", KINDS, "fixed_point")
        seed = seed_field(1)
        buttons = draw_buttons()
    shape = [2, EACH, EACH]
    board = exhibit(
        shape,
        ["clip", "glide", "upsampler"],
        titles=[f"variations.row_{k}" for k in range(1 + len(ETAS))],
        lines=2,
        near=True,
    )
    maths(
        r"x_T = \text{DDIM}^{-1}(x \mid z_i), \qquad x' = \text{DDIM}_\eta(x_T \mid z_i)",
        "variations.maths",
        (
            "Ramesh et al. 2022, Hierarchical Text-Conditional Image Generation with CLIP Latents, §3.1",
            "https://arxiv.org/abs/2204.06125",
        ),
        [TextToImage.invert, ddim_inversion],
    )
    app.stream("variations", variations, {"inversion": kind, "seed": seed}, board, pictures=EACH, **buttons)
