"""Random codes: what each decoder makes of a code that no picture was encoded to."""

import gradio as gr
from torch import Tensor

from models.autoencoder import AE, VAE
from playground.images.nearest import nearest
from playground.panels import App
from playground.requests.code_samples import random_row, row_title
from playground.requests.fields import new_seed, seed_field
from playground.serving import validation
from playground.serving.checkpoints import metrics
from playground.shell.languages import word
from playground.widgets.exhibit.exhibit import exhibit
from playground.widgets.question.question import largest, question
from playground.widgets.source.source import maths

MODELS = ("ae", "dae", "vae")
COUNT = 6  # pictures of each


def random_codes(x: Tensor, seed: int) -> dict:
    """Six random draws of each model; picture i has the seed `seed + i`, the nearest training picture stands below."""
    near = {name: -numbers["samples_frechet"] for name in MODELS if "samples_frechet" in (numbers := metrics(name))}
    rows = [random_row(name, validation.seed(seed), COUNT) for name in MODELS]
    return {"rows": rows, "right": largest(near, MODELS)}


def render(app: App):
    gr.Markdown(word("draws.lead"), elem_classes=["lead"])
    question("draws.question", 3, right=None)
    with gr.Row(elem_classes=["controls"]):
        seed = seed_field(1)
        again = gr.Button(word("draws.again"), scale=0, min_width=160)
    shown = exhibit(
        [COUNT] * len(MODELS), [*MODELS, "judge"], titles=[row_title(name) for name in MODELS], lines=0, near=True
    )
    maths(
        r"z \sim \mathcal N(\bar z, \operatorname{diag} s^2) \;\text{(AE, DAE)}, "
        r"\qquad z \sim \mathcal N(0, I) \;\text{(VAE)}, \qquad x = d(z)",
        "draws.maths",
        ("Kingma & Welling 2013, Auto-Encoding Variational Bayes", "https://arxiv.org/abs/1312.6114"),
        [AE.sample_codes, VAE.loss, nearest],
    )
    new_seed(again, seed)
    app.panel("draws", random_codes, {"seed": seed}, shown)
