"""Damage the specimen and let four models of the same code size draw it again."""

import gradio as gr
import torch
from torch import Tensor

from models.autoencoder import AE, CORRUPTIONS, DAE, VAE, corrupt
from models.pca import PCA
from playground.images.pictures import data_url, psnr
from playground.panels import App
from playground.requests.fields import Slider, choice_field, seed_field
from playground.serving import validation
from playground.serving.autoencoder import decode, encode
from playground.shell.languages import word
from playground.widgets.exhibit.exhibit import exhibit, figure, figure_or_note, row
from playground.widgets.question.question import largest, question
from playground.widgets.source.source import maths

MODELS = ("pca", "ae", "dae", "vae")


def reconstruction(x: Tensor, kind: str, amount: float, seed: int) -> dict:
    """The specimen, its damaged copy, and what each model makes of it, with the PSNR against the clean specimen."""
    kind = validation.choice(kind, CORRUPTIONS, "kind")
    amount = validation.number(amount, 0, 1, "amount")
    seed = validation.seed(seed)
    dirty = corrupt(x, kind, amount, torch.Generator().manual_seed(seed))

    measured: dict[str, float] = {}

    def through(name: str) -> dict:
        y = decode(name, encode(name, dirty))[0]
        measured[name] = psnr(x[0], y)
        return figure(data_url(y), f"model.{name}", numbers=_quality(x[0], y))

    first = [
        figure(data_url(x[0]), "rebuild.clean"),
        figure(data_url(dirty[0]), "rebuild.dirty", numbers=_quality(x[0], dirty[0])),
    ]
    drawn = [figure_or_note(f"model.{name}", lambda name=name: through(name)) for name in MODELS]
    return {"rows": [row(first + drawn)], "right": largest(measured, MODELS[1:])}


def _quality(clean: Tensor, other: Tensor) -> list:
    value = psnr(clean, other)
    return [["number.psnr", "∞ dB" if value > 90 else f"{value:.1f} dB"]]


def render(app: App):
    gr.Markdown(word("rebuild.lead"), elem_classes=["lead"])
    question("rebuild.question", 3, right=None)
    shown = exhibit([6], list(MODELS))
    with gr.Row(elem_classes=["controls"]):
        kind = choice_field("setting.kind", CORRUPTIONS, CORRUPTIONS[1])
        amount = Slider(0, 1, 0.4, step=0.01, label=word("setting.amount"))
        seed = seed_field(7)
    maths(
        r"\text{AE: } \min \lVert x - d(e(x)) \rVert^2 \qquad "
        r"\text{DAE: } \min \lVert x - d(e(\tilde x)) \rVert^2, \; \tilde x \sim q(\tilde x \mid x)",
        "rebuild.maths",
        (
            "Vincent et al. 2008, Extracting and Composing Robust Features with Denoising Autoencoders",
            "https://www.cs.toronto.edu/~larocheh/publications/icml-2008-denoising-autoencoders.pdf",
        ),
        [corrupt, AE.loss, DAE.loss, VAE.loss, PCA.fit],
    )
    app.panel("rebuild", reconstruction, {"kind": kind, "amount": amount, "seed": seed}, shown)
