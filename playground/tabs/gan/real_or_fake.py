"""Real or drawn? Pairs of a drawing that no network was trained on and a sample; the visitor chooses, and so does the
discriminator."""

import random

import gradio as gr
import torch
from torch import Tensor

from models.gan import GAN, discriminator_loss
from models.pretrained import CheckpointError
from playground.images import atlas, pictures
from playground.images.nearest import as_nearest
from playground.panels import App
from playground.requests.fields import new_seed, seed_field
from playground.serving import validation
from playground.serving.device import run
from playground.serving.validation import checkpoint_note
from playground.shell.languages import word
from playground.tabs.gan.networks import RUNS, network, real, score, styles
from playground.widgets.quiz.quiz import quiz
from playground.widgets.source.source import maths

PAIRS = 8


def pairs(x: Tensor, seed: int) -> dict:
    """Eight pairs of pictures: which of the two is the real one, and the discriminator's score of both."""
    seed = validation.integer(seed, 0, 2**31 - PAIRS, "seed")
    chance, drawings = random.Random(seed), unseen()
    if not drawings:
        return {"note": ["panel.damaged", {}]}
    chosen = chance.sample(drawings, min(PAIRS, len(drawings)))
    try:
        model = network(RUNS[0])
        both = torch.cat(
            [
                real(chosen, model.config.image_size),
                run(model.draw, styles(model, [seed + k for k in range(len(chosen))])),
            ]
        )
        scores = score(model, both).tolist()
    except CheckpointError as error:
        return {"note": checkpoint_note(error)}
    shown, n = [pictures.data_url(one) for one in pictures.enlarged(both)], len(chosen)
    found = [
        {
            "left": chance.random() < 0.5,
            "real": {"src": shown[k], "score": scores[k], "label": as_nearest(*chosen[k])["label"]},
            "drawn": {"src": shown[n + k], "score": scores[n + k], "label": ["draws.one", {"n": seed + k}]},
        }
        for k in range(n)
    ]
    return {"pairs": found}


def unseen() -> list[tuple[str, int]]:
    """(style, tile) of what no model is trained on, of the styles that the models know; of a small atlas without such,
    all."""
    table = atlas.table()
    known = [
        (style, tile, drawing[2])
        for style, drawings in table["pictures"].items()
        if not table["styles"][style].get("unseen")
        for tile, drawing in enumerate(drawings)
        if not drawing[1]
    ]
    return [(style, tile) for style, tile, held_out in known if held_out] or [(style, tile) for style, tile, _ in known]


def render(app: App):
    gr.Markdown(word("quiz.lead"), elem_classes=["lead"])
    with gr.Row(elem_classes=["controls"]):
        seed = seed_field(1)
        again = gr.Button(word("quiz.again"), scale=0, min_width=160)
    new_seed(again, seed)
    shown = quiz(PAIRS, [RUNS[0]])
    maths(
        r"P(x \text{ is the real one}) = \frac{1}{1 + e^{D(G(z)) - D(x)}}",
        "quiz.maths",
        ("Jolicoeur-Martineau 2018, The relativistic discriminator", "https://arxiv.org/abs/1807.00734"),
        [discriminator_loss, GAN.score, pairs],
    )
    app.panel("quiz", pairs, {"seed": seed}, shown)
