"""Rows over z_i, columns over x_T: what the embedding fixes, and what the noise does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import cached_property

import gradio as gr
import torch
from torch import Tensor

from models.samplers import Sampler
from models.unclip import SCALE, TextToImage
from playground.images import atlas, clip_index, pictures
from playground.images.nearest import as_nearest, nearest
from playground.panels import App
from playground.requests.controls import draw_buttons
from playground.requests.fields import Slider, choice_field, seed_field
from playground.requests.prompt_controls import prompt_field
from playground.requests.unclip import LARGEST, UnclipRequest, prepared
from playground.serving import validation
from playground.serving.clip import picture_embeddings
from playground.serving.unclip import WatchedRun, draw_all
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

ROWS = 3  # embeddings
COLUMNS = 4  # noises
PAUSE = 0.25  # seconds between two previews
WAYS = ("prior", "near")  # where the embeddings come from
SAME = 0.9999  # the cosine from which on a drawing is the specimen itself


@errors_as_notes
async def grid(x: Tensor, visitor: str, prompt: str, rows: str, scale: float, seed: int) -> AsyncIterator[dict]:
    """Three embeddings by four noises; the embeddings are a prior's draws, or the specimen's and those of drawings like
    it."""
    rows, seed = validation.choice(rows, WAYS, "rows"), validation.integer(seed, 0, 2**31 - COLUMNS, "seed")
    request = await prepared(prompt=prompt, scale=scale, seed=seed)
    made = await asyncio.to_thread(begun, request, rows, x)
    async with aclosing(draw_all(visitor, [made], PAUSE)) as moved:
        async for told in moved:
            yield told | await asyncio.to_thread(made.shown)
    yield await asyncio.to_thread(_finished, made)


def begun(request: UnclipRequest, rows: str, x: Tensor) -> "GridRun":
    """The grid of a prior's draws; where there is no prior, or that is asked for, of the specimen and what is like
    it."""
    if rows == "prior" and not request.missing:
        return GridRun(request, request.remarks)
    found, like = clip_index.load_index(), alike(x)
    own = [
        {"src": pictures.data_url(x[0]), "label": "variations.specimen"},
        *(as_nearest(*found.places[one]) for one in like),
    ]
    remarks = [one for one in request.remarks if rows == "prior" or one == ["unclip.without", {"name": "upsampler"}]]
    return GridRun(request, remarks, torch.cat([picture_embeddings(x), found.vectors[like]]), own)


def alike(x: Tensor) -> list[int]:
    """Places in the gallery of the training drawings most like the specimen by CLIP, which are not the specimen
    itself."""
    found = clip_index.load_index()
    cosines = found.cosines(picture_embeddings(x))[0]
    others = (
        k
        for k in cosines.argsort(descending=True).tolist()
        if cosines[k] < SAME and not atlas.drawing(*found.places[k]).held_out
    )
    return [place for place, _ in zip(others, range(ROWS - 1), strict=False)]


class GridRun(WatchedRun):
    """Paints embeddings z (R, E), a prior's draws if none are given, each from the same few noises; the decoder reads
    no caption.

    `own` tells what the embeddings were taken from.
    """

    def __init__(self, request: UnclipRequest, remarks: list, z: Tensor | None = None, own: list[dict] | None = None):
        super().__init__(self._stages())
        self.request, self.remarks, self.z, self.own = request, remarks, z, own

    def _stages(self) -> Sampler:
        request, stages, seeds = self.request, self.request.stages, [self.request.seed + k for k in range(COLUMNS)]
        if self.z is None:
            self.z = yield from stages.choose(
                [request.prompt.text] * ROWS, seeds[:ROWS], request.prior, request.prior_scale
            )
        z, seeds = self.z.repeat_interleave(COLUMNS, 0), seeds * len(self.z)
        small = yield from stages.paint(stages.told([""] * len(z), z), seeds, request.steps, request.scale)
        return (yield from stages.sharpen(small, seeds))

    @cached_property
    def near(self) -> list[dict]:
        """Of each embedding what it was taken from, or the drawing nearest to it."""
        found = clip_index.load_index()
        return self.own or [
            as_nearest(*found.places[one]) for one in found.cosines(self.z.float().cpu()).argmax(1).tolist()
        ]

    def now(self) -> list[str | None]:
        """What is to be seen of each picture by now, row by row."""
        newest = self.newest.get("upsampler") or self.newest.get("decoder")
        x = self.result if self.result is not None else newest and newest.x0
        return [None] * (ROWS * COLUMNS) if x is None else [pictures.data_url(one) for one in x]

    def shown(self, numbers: list | None = None, near: list | None = None, remarks: list | None = None) -> dict:
        urls, rows = self.now(), []
        first = (
            self.near
            if self.z is not None
            else [{"src": None, "label": ["grid.row", {"n": k + 1}]} for k in range(ROWS)]
        )
        for i in range(len(urls) // COLUMNS):
            line = [
                figure(
                    urls[k],
                    ["draws.one", {"n": self.request.seed + k % COLUMNS}],
                    numbers=numbers[k] if numbers else [],
                    near=near and near[k],
                )
                for k in range(i * COLUMNS, (i + 1) * COLUMNS)
            ]
            rows.append(row([figure(first[i]["src"], "z_i", alt=first[i]["label"]), *line], first[i]["label"]))
        return {"rows": rows, "remarks": [*(remarks or []), *self.remarks]}


def _finished(made: GridRun) -> dict:
    """With CLIP's cosine of each picture to the embedding that it was painted of, and of the pictures to each other."""
    vectors = picture_embeddings(made.result).unflatten(0, (-1, COLUMNS))  # R C E
    fits = (vectors * made.z.float().cpu()[:, None]).sum(2).flatten()
    row_, column = (f"{_likeness(each):.2f}" for each in (vectors, vectors.transpose(0, 1)))
    return made.shown(
        [[["number.cosine", f"{one:.2f}"]] for one in fits.tolist()],
        nearest(pictures.enlarged(made.result)),
        [["grid.alike", {"row": row_, "column": column}]],
    )


def _likeness(groups: Tensor) -> float:
    """The mean cosine of two different vectors of one group: unit vectors (G, N, E)."""
    count = groups.shape[1]
    return float(((groups.sum(1).square().sum(1) - count) / max(1, count * (count - 1))).mean())


def render(app: App):
    gr.Markdown(word("grid.lead"), elem_classes=["lead"])
    question("grid.question", 3, right=2)
    with gr.Row(elem_classes=["controls"]):
        prompt = prompt_field("grid.initial", ("grid.try_1", "grid.try_2", "grid.try_3"), scale=2, min_width=260)
        rows = choice_field("setting.rows", WAYS, "prior")
    shown = exhibit(
        [1 + COLUMNS] * ROWS,
        ["prior", "clip", "glide", "upsampler"],
        titles=[["grid.row", {"n": k + 1}] for k in range(ROWS)],
        size="s",
        lines=1,
        near=True,
        remarks=True,
    )
    with gr.Row(elem_classes=["controls"]):
        scale = Slider(0, LARGEST, SCALE, step=0.25, label=word("setting.scale"), min_width=200)
        seed = seed_field(1, scale=1)
        buttons = draw_buttons()
    maths(
        r"x = \text{DPM}(x_T^{(j)} \mid z^{(i)})",
        "grid.maths",
        (
            "Ramesh et al. 2022, Hierarchical Text-Conditional Image Generation with CLIP Latents, §3",
            "https://arxiv.org/abs/2204.06125",
        ),
        [TextToImage.paint, TextToImage.repaint],
    )
    app.stream(
        "grid",
        grid,
        {"prompt": prompt, "rows": rows, "scale": scale, "seed": seed},
        shown,
        pictures=ROWS * COLUMNS,
        **buttons,
    )
