"""The codebook as an atlas: every code drawn, and how often each is used."""

import gradio as gr
from torch import Tensor

from models.pretrained import CheckpointError
from models.vqvae import Codebook, perplexity
from playground.images.tokens import MODELS, book, encode
from playground.panels import App
from playground.requests.fields import choice_field
from playground.serving import validation
from playground.serving.validation import checkpoint_note
from playground.shell.languages import word
from playground.widgets.codes.codes import codes
from playground.widgets.question.question import question
from playground.widgets.source.source import maths


def codebook(x: Tensor, model: str) -> dict:
    """All codes of a model, with those that the specimen consists of."""
    model = validation.choice(model, MODELS, "model")
    try:
        found, mine = book(model), encode(model, x).flatten().bincount(minlength=book(model)["codes"])
    except CheckpointError as error:
        return {"note": checkpoint_note(error)}
    numbers = [
        [
            "codes.used",
            {"used": f"{found['used']:.0%}", "k": found["codes"], "dead": round((1 - found["used"]) * found["codes"])},
        ],
        ["codes.perplexity", {"n": f"{found['perplexity']:.0f}"}],
        ["codes.mine", {"n": int((mine > 0).sum())}],
    ]
    return found | {"mine": mine.tolist(), "numbers": numbers}


def render(app: App):
    gr.Markdown(word("codes.lead"), elem_classes=["lead"])
    question("codes.question", 3, right=2)
    with gr.Row(elem_classes=["controls"]):
        model = choice_field("setting.model", MODELS, MODELS[0], "model.")
    shown = codes(list(MODELS))
    maths(
        r"N_k \leftarrow \gamma N_k + (1-\gamma)\, n_k, \quad m_k \leftarrow \gamma m_k + (1-\gamma) \sum z, "
        r"\quad e_k = m_k / N_k",
        "codes.maths",
        (
            "van den Oord, Vinyals & Kavukcuoglu 2017, Neural Discrete Representation Learning",
            "https://arxiv.org/abs/1711.00937",
        ),
        [Codebook, perplexity],
    )
    app.panel("codes", codebook, {"model": model}, shown)
