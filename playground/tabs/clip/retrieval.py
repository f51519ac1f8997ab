"""Search the atlas by words, in English or Chinese, or by the specimen."""

import gradio as gr
from torch import Tensor

from models.pretrained import CheckpointError
from playground.images import atlas
from playground.images.clip_index import ClipIndex, load_index
from playground.panels import App
from playground.requests import words
from playground.requests.fields import choice_field
from playground.serving import validation
from playground.serving.clip import NAME, backend
from playground.serving.validation import checkpoint_note
from playground.shell.languages import word
from playground.tabs.clip.model_choice import model_field
from playground.tabs.clip.similarity import card
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.phrases.phrases import phrases
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

BY = ("words", "picture")
ROW = 8  # drawings in a row
ROWS = 3


def retrieval(x: Tensor, by: str, query: str, model: str = NAME) -> dict:
    """The 24 drawings of the atlas that lie nearest to the words, or to the specimen, with their cosines; ◆ was never
    trained on."""
    by, text = validation.choice(by, BY, "by"), words.line(query)
    if by == "words" and not text:
        return {"note": ["clip.empty", {}]}
    try:
        clip = backend(model)
        drawings = load_index(clip)
        vector = clip.texts([text]) if by == "words" else clip.pictures(x)
    except CheckpointError as error:
        return {"note": checkpoint_note(error)}
    found = [shown(*one) for one in nearest(drawings, vector[0], ROW * ROWS)]
    told = words.remarks(clip, [text] if by == "words" else [])
    return {
        "rows": [row(found[i : i + ROW]) for i in range(0, max(len(found), 1), ROW)],
        "remarks": told + drawings.remarks(),
    }


def nearest(drawings: ClipIndex, vector: Tensor, count: int) -> list[tuple[tuple[str, int], float]]:
    """[((style, tile), cosine)], the largest first."""
    cosines = drawings.cosines(vector[None])[0]
    best = cosines.topk(min(count, len(cosines)))
    return [(drawings.places[i], cosine) for i, cosine in zip(best.indices.tolist(), best.values.tolist(), strict=True)]


def shown(place: tuple[str, int], cosine: float) -> dict:
    """A drawing with its cosine, ◆ where no model was trained on it."""
    one = card(place)
    held_out = [["◆", ""]] if atlas.drawing(*place).held_out else []
    return figure(
        one["src"],
        ["clip.picture_name", one["label"][1]],
        numbers=[[place[0], f"{cosine:.3f}"], *held_out],
        alt=one["label"],
    )


def render(app: App):
    gr.Markdown(word("search.lead"), elem_classes=["lead"])
    question("search.question", 3, right=2)
    with gr.Row(elem_classes=["controls", "two"]):
        with gr.Column(scale=3, min_width=280):
            query = phrases(
                "search.query",
                1,
                label="setting.query",
                examples=("search.try_1", "search.try_2", "search.try_3", "search.try_4"),
            )
        with gr.Column(scale=1, min_width=240):
            by = choice_field("setting.by", BY, BY[0])
            other = model_field()
    found = exhibit([ROW] * ROWS, [NAME], size="s", lines=2, remarks=True)
    maths(
        r"\operatorname{rank}_i\; z(\text{words}) \cdot z(x_i) \qquad \text{or} \qquad "
        r"\operatorname{rank}_i\; z(x) \cdot z(x_i)",
        "search.maths",
        (
            "Radford et al. 2021, Learning Transferable Visual Models From Natural Language Supervision",
            "https://arxiv.org/abs/2103.00020",
        ),
        [ClipIndex.cosines, nearest],
    )
    app.panel("search", retrieval, {"by": by, "query": query, **other}, found)
