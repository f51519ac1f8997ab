"""Measured: what every kind of guidance gains and loses along its scale, and where the scale slider stands on it."""

import re

import gradio as gr
from torch import Tensor

from playground.panels import App
from playground.requests.fields import Radio
from playground.serving import checkpoints, validation
from playground.shell.languages import word
from playground.widgets.question.question import question
from playground.widgets.source.source import maths
from playground.widgets.tradeoff.tradeoff import tradeoff

VIEWS = {  # x, y: of a cell; "scale" is its own
    "frechet": ("recall", "frechet"),
    "precision": ("recall", "precision"),
    "judge_top5": ("scale", "judge_top5"),
    "own_score": ("scale", "own_score"),
}
LIVE = "classifier_free"  # the kind that the prompt panel's slider moves


def curve(x: Tensor, view: str) -> dict:
    """The measured study of guidance as lines, a point per scale; a sentence where nothing has been measured."""
    axes = VIEWS[validation.choice(view, VIEWS, "view")]
    found = lines(checkpoints.metrics("guidance", "study.json").get("cells", {}), *axes)
    if not found:
        return {"note": ["curve.nothing", {}]}
    return {"lines": found, "x": f"curve.{axes[0]}", "y": f"curve.{axes[1]}", "live": LIVE}


def lines(cells: dict[str, dict], x: str, y: str) -> list[dict]:
    """[{"kind", "label", "points": [[x, y]], "scales": [s]}] of cells {"kind/scale": numbers}, along the scale; the
    live kind first. A cell without a scale is none."""
    kinds: dict[str, list] = {}
    for key, cell in cells.items():
        kind, _, scale = key.rpartition("/")
        if not kind or not re.fullmatch(r"\d+(\.\d+)?", scale):
            continue
        numbers = {"scale": float(scale), **cell}
        if numbers.get(x) is not None and numbers.get(y) is not None:
            kinds.setdefault(kind, []).append((float(scale), [numbers[x], numbers[y]]))
    return [
        {
            "kind": kind,
            "label": f"guide.{kind}",
            "points": [point for _, point in sorted(found)],
            "scales": [scale for scale, _ in sorted(found)],
        }
        for kind, found in sorted(kinds.items(), key=lambda one: (one[0] != LIVE, one[0]))
    ]


def render(app: App):
    gr.Markdown(word("curve.lead"), elem_classes=["lead"])
    question("curve.question", 3, right=2)
    view = Radio([(word(f"curve.view_{name}"), name) for name in VIEWS], value="frechet", label=word("setting.view"))
    shown = tradeoff(["glide", "judge"])
    maths(
        r"\text{Fréchet} = \lVert \mu_r - \mu_g \rVert^2 + "
        r"\operatorname{tr}\bigl(\Sigma_r + \Sigma_g - 2 (\Sigma_r \Sigma_g)^{1/2}\bigr)",
        "curve.maths",
        ("Dhariwal & Nichol 2021, Diffusion Models Beat GANs on Image Synthesis", "https://arxiv.org/abs/2105.05233"),
        [lines],
    )
    app.panel("curve", curve, {"view": view}, shown)
