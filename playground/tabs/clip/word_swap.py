"""One word swapped: what the caption finds before and after, and which drawings rise and fall."""

import re

import gradio as gr
import torch
from torch import Tensor

from models.pretrained import CheckpointError
from playground.images.clip_index import ClipIndex, load_index
from playground.panels import App
from playground.requests import words
from playground.serving.clip import NAME, backend
from playground.serving.validation import Refused, checkpoint_note
from playground.shell.languages import word
from playground.tabs.clip.model_choice import model_field
from playground.tabs.clip.retrieval import nearest, shown
from playground.widgets.exhibit.exhibit import exhibit, row
from playground.widgets.phrases.phrases import phrases
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

ROW = 8  # drawings in a row
FIRST = 24  # drawings that are compared before and after
TITLES = ("swap.before", "swap.after", "swap.risen", "swap.fallen")


class Absent(Refused):
    """The word to swap is not in the caption: told above the pictures, because it comes and goes while one writes."""


def word_swap(x: Tensor, caption: str, word: str, instead: str, model: str = NAME) -> dict:
    """What a caption finds with one of its words and with another in its place; the drawings whose cosine grew and
    shrank most."""
    try:
        before, after = swapped(caption, word, instead)
        clip = backend(model)
        drawings = load_index(clip)
        pair = clip.texts([before, after])
        specimen = pair @ clip.pictures(x)[0]
    except Absent as absent:
        return {"note": [absent.key, absent.values]}
    except CheckpointError as error:
        return {"note": checkpoint_note(error)}
    remarks = [said(drawings, pair, specimen), *words.remarks(clip, [before, after]), *drawings.remarks()]
    return {"rows": rows(drawings, pair, [before, after]), "remarks": remarks}


def swapped(caption: str, old: str, new: str) -> tuple[str, str]:
    """The caption, and the caption with the first `old` in it replaced; a word in letters is only found whole."""
    caption, old, new = words.line(caption), words.line(old), words.line(new)
    if not caption or not old:
        raise Absent("swap.empty")
    edges = (r"(?<!\w)", r"(?!\w)") if old.isascii() else ("", "")
    after, count = re.subn(edges[0] + re.escape(old) + edges[1], lambda _: new, caption, count=1, flags=re.IGNORECASE)
    if not count:
        raise Absent("swap.absent", word=words.quoted([old]))
    return caption, words.line(after)


def rows(drawings: ClipIndex, pair: Tensor, texts: list[str]) -> list[dict]:
    """Four rows: found before, found after, risen most, fallen most against the mean drawing."""
    before, after = drawings.cosines(pair)
    grown = after - before - (after - before).mean()
    found = [[shown(*one) for one in nearest(drawings, vector, ROW)] for vector in pair]
    for way in (grown, -grown):
        best = way.topk(min(ROW, len(way))).indices.tolist()
        found.append([_moved(drawings.places[i], grown[i].item()) for i in best])
    titles = [
        [TITLES[0], {"text": words.quoted(texts[:1])}],
        [TITLES[1], {"text": words.quoted(texts[1:])}],
        *TITLES[2:],
    ]
    return [row(figures, title) for figures, title in zip(found, titles, strict=True)]


def _moved(place: tuple[str, int], change: float) -> dict:
    one = shown(place, 0.0)
    return one | {"numbers": [[place[0], f"{change:+.3f}"], *one["numbers"][1:]]}


def said(drawings: ClipIndex, pair: Tensor, specimen: Tensor) -> list:
    """How near the captions are, how many of the first are new, and the specimen's cosine with both."""
    first = [set(cosines.topk(min(FIRST, len(cosines))).indices.tolist()) for cosines in drawings.cosines(pair)]
    return [
        "swap.said",
        {
            "near": f"{torch.dot(*pair).item():.3f}",
            "new": len(first[1] - first[0]),
            "n": len(first[1]),
            "before": f"{specimen[0].item():.3f}",
            "after": f"{specimen[1].item():.3f}",
        },
    ]


def render(app: App):
    gr.Markdown(word("swap.lead"), elem_classes=["lead"])
    question("swap.question", 3)
    with gr.Row(elem_classes=["controls"]):
        caption = phrases("swap.caption", 1, label="setting.caption", scale=2, min_width=260)
        old = phrases("swap.word", 1, label="setting.word", scale=1, min_width=140)
        new = phrases("swap.instead", 1, label="setting.instead", scale=1, min_width=140)
    other = model_field()
    found = exhibit(
        [ROW] * 4, [NAME], titles=["swap.found", "swap.found", *TITLES[2:]], size="s", lines=2, remarks=True
    )
    maths(
        r"\Delta_i = \left(z(\text{after}) - z(\text{before})\right) \cdot \left(z(x_i) - \bar z\right)",
        "swap.maths",
        (
            "Yuksekgonul et al. 2023, When and Why Vision-Language Models Behave like Bags-of-Words",
            "https://arxiv.org/abs/2210.01936",
        ),
        [swapped, rows],
    )
    app.panel("swap", word_swap, {"caption": caption, "word": old, "instead": new, **other}, found)
