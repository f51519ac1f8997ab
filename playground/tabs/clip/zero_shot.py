"""Zero-shot: the specimen among labels that the visitor writes, one a line; nothing is trained for them."""

import gradio as gr
import torch
import torch.nn.functional as F
from torch import Tensor

from models.clip import CLIP
from models.pretrained import CheckpointError
from playground.images import pictures
from playground.panels import App
from playground.requests import words
from playground.requests.fields import choice_field
from playground.serving import validation
from playground.serving.clip import NAME, Backend, backend
from playground.serving.validation import checkpoint_note
from playground.shell.languages import word
from playground.tabs.clip.model_choice import model_field
from playground.widgets.ballot.ballot import ballot
from playground.widgets.phrases.phrases import phrases
from playground.widgets.question.question import question
from playground.widgets.source.source import maths
from training.evaluation.clip import phrasings

LABELS = 20
WAYS = ("as_written", "phrasings")


def zero_shot(x: Tensor, labels: str, way: str, model: str = NAME) -> dict:
    """The specimen's cosine with each label, as it is written or as the mean of four phrasings of it."""
    written, way = words.lines(labels, LABELS), validation.choice(way, WAYS, "way")
    if not written.lines:
        return {"note": ["clip.no_labels", {}]}
    try:
        clip = backend(model)
        cosine = label_vectors(clip, written.lines, way) @ clip.pictures(x)[0]
    except CheckpointError as error:
        return {"note": checkpoint_note(error)}
    remarks = written.remarks + ([["clip.alone", {}]] if len(written.lines) == 1 else [])
    return {
        "src": pictures.data_url(x[0]),
        "labels": written.lines,
        "cosine": [round(c, 5) for c in cosine.tolist()],
        "scale": clip.scale,
        "remarks": remarks + words.remarks(clip, written.lines),
    }


def label_vectors(model: Backend, labels: list[str], way: str) -> Tensor:
    """(N, E)."""
    if way == "as_written":
        return model.texts(labels)
    ways = [phrasings(label, "en" if label.isascii() else "zh") for label in labels]
    vectors = model.texts([text for each in ways for text in each]).split([len(each) for each in ways])
    return F.normalize(torch.stack([each.mean(0) for each in vectors]), dim=1)


def render(app: App):
    gr.Markdown(word("zeroshot.lead"), elem_classes=["lead"])
    question("zeroshot.question", 3, right=2)
    with gr.Row(elem_classes=["controls", "two"]):
        with gr.Column(scale=5, min_width=300):
            shown = ballot(8, [NAME])
        with gr.Column(scale=3, min_width=280):
            labels = phrases(
                "zeroshot.labels",
                9,
                label="zeroshot.write",
                examples=("zeroshot.try_1", "zeroshot.try_2", "zeroshot.try_3"),
            )
            way = choice_field("setting.way", WAYS, WAYS[0])
            other = model_field()
    maths(
        r"p(\text{label}_j \mid x) = \operatorname{softmax}_j\!\left(s\; z(x) \cdot z_j\right), \qquad "
        r"z_j = \frac{\sum_k z(\text{phrasing}_k(j))}{\lVert \sum_k z(\text{phrasing}_k(j)) \rVert}",
        "zeroshot.maths",
        (
            "Radford et al. 2021, Learning Transferable Visual Models From Natural Language Supervision, §3.1.4",
            "https://arxiv.org/abs/2103.00020",
        ),
        [label_vectors, phrasings, CLIP.encode_image],
    )
    app.panel("zeroshot", zero_shot, {"labels": labels, "way": way, **other}, shown)
