"""Grid against grid: the specimen through a fine and a coarse codebook, and pictures of tokens that know nothing of
each other."""

import gradio as gr
import torch
from torch import Tensor

from models.vqvae import VQVAE, bits
from playground.images import pictures
from playground.images.nearest import nearest
from playground.images.tokens import MODELS, decode, encode, network
from playground.panels import App
from playground.requests.fields import new_seed, seed_field
from playground.serving import checkpoints, validation
from playground.shell.languages import word
from playground.widgets.exhibit.exhibit import exhibit, figure, figure_or_note, row
from playground.widgets.question.question import question
from playground.widgets.source.source import maths
from playground.widgets.table.table import table

COUNT = 4


def grids(x: Tensor, seed: int) -> dict:
    """The specimen through each codebook, with its bits; below, of each two pictures whose tokens were drawn one by
    one."""
    seed = validation.seed(seed)
    through = [
        figure(pictures.data_url(x[0]), "variations.specimen"),
        *(figure_or_note(f"model.{name}", lambda name=name: _through(name, x)) for name in MODELS),
    ]
    thrown = [one for name in MODELS for one in _thrown(name, seed)]
    return {"rows": [row(through, "grids.through"), row(thrown, "grids.thrown")]}


def _through(name: str, x: Tensor) -> dict:
    tokens = encode(name, x)
    y, size = decode(name, tokens), bits(tokens.numel(), network(name).config.codes)
    return figure(
        pictures.data_url(y[0]),
        f"model.{name}",
        numbers=[["number.psnr", f"{pictures.psnr(y[0], x[0]):.1f} dB"], ["number.bits", f"{size:,.0f}"]],
    )


def _thrown(name: str, seed: int) -> list[dict]:
    def drawn() -> dict:
        y = decode(name, network(name).sample_tokens(COUNT // 2, torch.Generator().manual_seed(seed)))
        return {
            "figures": [
                figure(pictures.data_url(one), f"model.{name}", near=near)
                for one, near in zip(y, nearest(y), strict=True)
            ]
        }

    found = figure_or_note(f"model.{name}", drawn)
    return found["figures"] if "figures" in found else [found] * (COUNT // 2)


def variants() -> list[list]:
    """What short runs that differ in one choice came to, as rows of a table."""
    rows = checkpoints.metrics(MODELS[0], "variants.json").get("rows", {}).values()
    known = [row for row in rows if {"codes", "restart"} <= row.keys()]
    return [
        [
            row["codes"],
            f"grids.{'with' if row['restart'] else 'without'}",
            *(row.get(name) for name in ("psnr", "used", "perplexity")),
        ]
        for row in sorted(known, key=lambda row: (row["codes"], -row["restart"]))
    ]


def render(app: App):
    gr.Markdown(word("grids.lead"), elem_classes=["lead"])
    question("grids.question", 3, right=2)
    shown = exhibit(
        [1 + len(MODELS), COUNT], list(MODELS), titles=["grids.through", "grids.thrown"], lines=1, near=True
    )
    with gr.Row(elem_classes=["controls"]):
        seed = seed_field(1)
        again = gr.Button(word("draws.again"), scale=0, min_width=160)
    new_seed(again, seed)
    if short := variants():
        gr.Markdown(word("grids.variants"))
        table(["grids.codes", "grids.restart", "number.psnr", "grids.used", "grids.perplexity"], short)
    maths(
        r"h \cdot w \cdot \log_2 K \text{ bits}",
        "grids.maths",
        (
            "Razavi, van den Oord & Vinyals 2019, Generating Diverse High-Fidelity Images with VQ-VAE-2",
            "https://arxiv.org/abs/1906.00446",
        ),
        [bits, VQVAE.sample_tokens],
    )
    app.panel("grids", grids, {"seed": seed}, shown)
