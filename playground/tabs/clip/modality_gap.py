"""The modality gap: pictures and captions of the same things lie on two sides of the sphere; a slider pushes them
together."""

from functools import lru_cache
from typing import NamedTuple

import gradio as gr
import torch
import torch.nn.functional as F
from torch import Tensor

from models.pretrained import CheckpointError
from playground.images import atlas
from playground.images.clip_index import picture_tensors
from playground.panels import App
from playground.requests.fields import Dropdown, Slider
from playground.serving import checkpoints, validation
from playground.serving.clip import NAME, backend
from playground.serving.validation import checkpoint_note
from playground.shell.languages import named, word
from playground.widgets.cloud.cloud import cloud
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

COUNT = 120  # concepts
KINDS = ("pictures", "en", "zh")


class Sphere(NamedTuple):
    """Unit vectors (N, E) of the same N concepts: of a drawing, an English and a Chinese name."""

    places: list[tuple[str, int]]
    names: list[dict[str, str]]
    vectors: dict[str, Tensor]


def modality_gap(x: Tensor, style: str, shift: float) -> dict:
    """Pictures and names of a style's concepts on the plane of their two main directions, moved together by a share of
    the gap."""
    style, shift = validation.choice(style, atlas.table()["pictures"], "style"), validation.number(shift, 0, 1, "shift")
    try:
        found = sphere(checkpoints.assets(), checkpoints.stamp(NAME), style)
        specimen = backend().pictures(x)
    except CheckpointError as error:
        return {"note": checkpoint_note(error)}
    plane, push = main_directions(torch.cat(list(found.vectors.values()))), between_means(found.vectors)
    moved = {kind: closer(vectors, push, shift, kind) for kind, vectors in found.vectors.items()}
    points = {kind: plane(vectors) for kind, vectors in moved.items()}
    return {
        "points": points,
        "names": found.names,
        "specimen": plane(closer(specimen, push, shift, "pictures"))[0],
        "numbers": gap_numbers(moved),
    }


@lru_cache(maxsize=8)
def sphere(_folder, _stamp: str, style: str) -> Sphere:
    """Up to COUNT concepts of a style, spread over it."""
    tiles = [tile for tile, (_, tone, _) in enumerate(atlas.table()["pictures"][style]) if not tone]
    places = [(style, tile) for tile in tiles[:: max(1, -(-len(tiles) // COUNT))]]
    names, model = [atlas.names(atlas.drawing(*place)) for place in places], backend()
    vectors = {"pictures": model.pictures(picture_tensors(places))} | {
        kind: model.texts([name[kind] for name in names]) for kind in ("en", "zh")
    }
    return Sphere(places, names, vectors)


def between_means(vectors: dict[str, Tensor]) -> Tensor:
    """(E,): from the mean of all captions to the mean picture, Δ."""
    return vectors["pictures"].mean(0) - torch.cat([vectors["en"], vectors["zh"]]).mean(0)


def closer(vectors: Tensor, push: Tensor, share: float, kind: str) -> Tensor:
    """(N, E) moved by half of the shared gap towards the other side, back on the sphere."""
    return F.normalize(vectors + (-0.5 if kind == "pictures" else 0.5) * share * push, dim=1)


def main_directions(vectors: Tensor):
    """(N, E) → a function that gives the coordinates of vectors on their two main directions."""
    mean = vectors.mean(0)
    _, _, directions = torch.linalg.svd((vectors - mean).double(), full_matrices=False)
    basis = directions[:2].T
    basis = basis * basis.sum(0).sign()  # the same side up every time
    return lambda some: [[round(v, 4) for v in point] for point in ((some - mean).double() @ basis).tolist()]


def gap_numbers(vectors: dict[str, Tensor]) -> list[list]:
    """Length of the gap, mean cosine of pairs and of strangers, share of pictures whose own name is nearest."""
    cosines = {kind: vectors["pictures"] @ vectors[kind].T for kind in ("en", "zh")}
    own = torch.stack([table.diagonal() for table in cosines.values()]).mean().item()
    strange = [(table.sum() - table.trace()) / max(1, len(table) * (len(table) - 1)) for table in cosines.values()]
    right = {
        kind: (table.argmax(1) == torch.arange(len(table))).float().mean().item() for kind, table in cosines.items()
    }
    return [
        ["gap.length", f"{between_means(vectors).norm().item():.3f}"],
        ["gap.own", f"{own:.3f}"],
        ["gap.strange", f"{sum(strange).item() / len(strange):.3f}"],
        *([f"gap.right_{kind}", f"{share:.0%}"] for kind, share in right.items()),
    ]


def render(app: App):
    gr.Markdown(word("gap.lead"), elem_classes=["lead"])
    question("gap.question", 3)
    styles = list(atlas.table()["pictures"])
    with gr.Row(elem_classes=["controls", "two"]):
        with gr.Column(scale=5, min_width=300):
            shown = cloud(KINDS, [NAME])
        with gr.Column(scale=2, min_width=280):
            offered = [(named("style.", name), name) for name in styles]
            style = Dropdown(offered, value=styles[0] if styles else None, label=word("setting.style"))
            shift = Slider(0, 1, 0, step=0.05, label=word("setting.shift"))
    maths(
        r"\Delta = \frac1N \sum_i z(x_i) - \frac1M \sum_j z(\text{caption}_j), \qquad "
        r"z' = \frac{z \mp \tfrac{\lambda}{2} \Delta}{\lVert z \mp \tfrac{\lambda}{2} \Delta \rVert}",
        "gap.maths",
        (
            "Liang et al. 2022, Mind the Gap: Understanding the Modality Gap in Multi-modal Contrastive "
            "Representation Learning",
            "https://arxiv.org/abs/2203.02053",
        ),
        [between_means, closer, gap_numbers],
    )
    app.panel("gap", modality_gap, {"style": style, "shift": shift}, shown)
