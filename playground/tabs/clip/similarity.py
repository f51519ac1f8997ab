"""Pictures against captions: every cosine, and both softmaxes of them, which the page computes at any temperature."""

import gradio as gr
import torch
from torch import Tensor

from models.clip import CLIP, info_nce
from models.pretrained import CheckpointError
from playground.images import atlas, pictures
from playground.images.clip_index import picture_tensors
from playground.panels import App
from playground.requests import words
from playground.serving import validation
from playground.serving.clip import NAME, backend
from playground.serving.validation import checkpoint_note
from playground.shell.languages import key_of, word
from playground.tabs.clip.model_choice import model_field
from playground.widgets.matrix.matrix import matrix as matrix_widget
from playground.widgets.phrases.phrases import phrases
from playground.widgets.question.question import question
from playground.widgets.shelf.shelf import shelf
from playground.widgets.source.source import maths

CAPTIONS = 6  # lines
SHELF = 5  # pictures beside the specimen
FRIENDS = ("🍎", "🐱", "🚗", "🌍", "🏠")


def similarity(x: Tensor, shelf: str, captions: str, model: str = NAME) -> dict:
    """Cosines of the specimen and up to five drawings ("style.tile,style.tile") with up to six captions, one a line."""
    places, written = on_shelf(shelf), words.lines(captions, CAPTIONS)
    if not written.lines:
        return {"note": ["clip.empty", {}]}
    try:
        clip = backend(model)
        seen = clip.pictures(torch.cat([x, *([picture_tensors(places)] if places else [])]))
        cosine = clip.texts(written.lines) @ seen.T
    except CheckpointError as error:
        return {"note": checkpoint_note(error)}
    shown = [{"src": pictures.data_url(x[0]), "label": "tray.specimen"}, *map(card, places)]
    return {
        "pictures": shown,
        "captions": written.lines,
        "cosine": [[round(c, 5) for c in row] for row in cosine.tolist()],
        "scale": clip.scale,
        "remarks": written.remarks + words.remarks(clip, written.lines),
    }


def on_shelf(value) -> list[tuple[str, int]]:
    """(style, tile) of each drawing of "noto.12,fluent flat.7"; refuses what is none, and more than SHELF."""
    if not isinstance(value, str) or len(value) > 400:
        raise validation.Refused("check.shelf", most=SHELF)
    parts = [part.strip().rpartition(".") for part in value.split(",") if part.strip()]
    if len(parts) > SHELF or not all(tile.isascii() and tile.isdecimal() and len(tile) < 7 for *_, tile in parts):
        raise validation.Refused("check.shelf", most=SHELF)
    return [atlas.drawing(style, int(tile))[:2] for style, _, tile in parts]


def card(place: tuple[str, int]) -> dict:
    """A drawing as it is shown: {"src", "label"}."""
    names = atlas.names(atlas.drawing(*place))
    return {
        "src": pictures.data_url(picture_tensors([place])[0]),
        "label": ["clip.picture", {**names, "style": key_of("style.", place[0])}],
    }


def friends() -> str:
    """The drawings that the panel opens with, in the style of the opening specimen."""
    first = atlas.opening()
    if first is None:
        return ""
    tiles = atlas.table()["pictures"][first["style"]]
    emoji = [None if tone else atlas.table()["concepts"][concept][0] for concept, tone, _ in tiles]
    found = [emoji.index(one) for one in FRIENDS if one in emoji]
    others = [i for i in range(len(tiles)) if i not in found and i != first["tile"]]
    return ",".join(f"{first['style']}.{tile}" for tile in (found + others)[:SHELF])


def render(app: App):
    gr.Markdown(word("matrix.lead"), elem_classes=["lead"])
    question("matrix.question", 3, right=2)
    shown = matrix_widget(SHELF + 1, CAPTIONS, [NAME])
    with gr.Row(elem_classes=["controls", "two"]):
        with gr.Column(scale=1, min_width=280):
            chosen = shelf(friends(), [card(place) for place in on_shelf(friends())], SHELF)
        with gr.Column(scale=1, min_width=280):
            other = model_field()
            captions = phrases("matrix.captions", CAPTIONS, label="matrix.write")
    maths(
        r"p(\text{caption}_j \mid \text{picture}_i) = \frac{e^{s\, z_i \cdot z_j}}{\sum_k e^{s\, z_i \cdot z_k}}, "
        r"\qquad p(\text{picture}_i \mid \text{caption}_j) "
        r"= \frac{e^{s\, z_i \cdot z_j}}{\sum_k e^{s\, z_k \cdot z_j}}, \qquad s = \tfrac1\tau",
        "matrix.maths",
        (
            "Radford et al. 2021, Learning Transferable Visual Models From Natural Language Supervision",
            "https://arxiv.org/abs/2103.00020",
        ),
        [CLIP.encode_image, CLIP.encode_text, info_nce],
    )
    app.panel("matrix", similarity, {"shelf": chosen, "captions": captions, **other}, shown)
