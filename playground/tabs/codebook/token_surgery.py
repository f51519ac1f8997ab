"""Token surgery: the specimen as tokens, single ones exchanged, half of them taken from another picture."""

import re

import gradio as gr
import torch
from torch import Tensor

from models.pretrained import CheckpointError
from models.vqvae import VQVAE, bits
from playground.images import pictures, specimen, tokens
from playground.images.atlas import second_opening
from playground.images.tokens import MODELS, decode, encode, network
from playground.panels import App
from playground.requests.fields import choice_field
from playground.serving import validation
from playground.serving.validation import Refused, checkpoint_note
from playground.shell.languages import word
from playground.widgets.held.held import held
from playground.widgets.mosaic.mosaic import mosaic
from playground.widgets.question.question import question
from playground.widgets.source.source import maths
from playground.widgets.tray.tray import tray

HALVES = ("nothing", "left", "right", "top", "bottom")  # where another picture's tokens go
MOST = 200  # cells changed at most
_EDITS = re.compile(r"(?P<model>[a-z0-9_]+)(?: \d{1,5}=\d{1,6})*")


def surgery(x: Tensor, model: str, other, half: str, edits: str) -> dict:
    """The specimen, its tokens drawn again, and drawn with the changes; `edits`: "MODEL CELL=CODE CELL=CODE …", of
    another model no changes at all."""
    model, half = validation.choice(model, MODELS, "model"), validation.choice(half, HALVES, "half")
    try:
        was = encode(model, x)
        now = pasted(was, encode(model, specimen.tensor(other)), half) if half != "nothing" else was.clone()
        for cell, code in parsed(edits, model, was.numel(), network(model).config.codes):
            now.view(-1)[cell] = code
        back, drawn = decode(model, torch.cat([was, now]))
    except CheckpointError as error:
        return {"note": checkpoint_note(error)}
    codes = network(model).config.codes
    numbers = [
        ["mosaic.psnr", {"psnr": f"{pictures.psnr(back, x[0]):.1f}"}],
        [
            "mosaic.bits",
            {"n": was.numel(), "k": codes, "bits": f"{bits(was.numel(), codes):,.0f}", "distinct": len(was.unique())},
        ],
        ["mosaic.changed", {"n": int((was != now).sum())}],
    ]
    return {
        "model": model,
        "src": pictures.data_url(x[0]),
        "back": pictures.data_url(back),
        "drawn": pictures.data_url(drawn),
        "was": _text(was),
        "now": _text(now),
        "numbers": numbers,
    }


def _text(codes: Tensor) -> str:
    return " ".join(map(str, codes.flatten().tolist()))


def pasted(was: Tensor, other: Tensor, half: str) -> Tensor:
    """Tokens (1, h, w), one half of which are the other picture's."""
    whole, first, last = slice(None), slice(was.shape[1] // 2), slice(was.shape[1] // 2, None)
    rows, columns = {"left": (whole, first), "right": (whole, last), "top": (first, whole), "bottom": (last, whole)}[
        half
    ]
    now = was.clone()
    now[:, rows, columns] = other[:, rows, columns]
    return now


def parsed(edits, model: str, cells: int, codes: int) -> list[tuple[int, int]]:
    """[(cell, code)] of a text of changes.

    Raises:
        Refused: it is no such text, there are too many, or a cell or code is not there.
    """
    if edits in (None, ""):
        return []
    if not isinstance(edits, str) or len(edits) > 4000 or not (found := _EDITS.fullmatch(edits)):
        raise Refused("codebook.edits")
    if found["model"] != model:
        return []
    pairs = [tuple(map(int, pair.split("="))) for pair in edits.split(" ")[1:]]
    if len(pairs) > MOST:
        raise Refused("codebook.many", most=MOST)
    return [
        (validation.integer(cell, 0, cells - 1, "cell"), validation.integer(code, 0, codes - 1, "code"))
        for cell, code in pairs
    ]


def render(app: App):
    gr.Markdown(word("surgery.lead"), elem_classes=["lead"])
    question("surgery.question", 3, right=2)
    with gr.Row(elem_classes=["controls"]):
        model = choice_field("setting.model", MODELS, MODELS[0], "model.")
        half = choice_field("setting.half", HALVES, "nothing")
    shown = mosaic(list(MODELS), tokens.offered)
    other = tray(second_opening(), elem_id="surgery-second")
    edits = held()
    maths(
        r"k_{ij} = \arg\min_k \lVert z_{ij} - e_k \rVert, \qquad \hat x = D(e_{k_{11}}, \dots, e_{k_{hw}})",
        "surgery.maths",
        (
            "van den Oord, Vinyals & Kavukcuoglu 2017, Neural Discrete Representation Learning",
            "https://arxiv.org/abs/1711.00937",
        ),
        [VQVAE.encode, VQVAE.decode, pasted],
    )
    app.panel(
        "surgery",
        surgery,
        {"model": model, "other": other, "half": half, "edits": edits},
        shown,
        at_once=True,
    )
