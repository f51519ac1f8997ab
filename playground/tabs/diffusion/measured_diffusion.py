"""Measured: the claims of the papers beside what these networks do, as curves and in numbers."""

import gradio as gr

from playground.panels import App
from playground.requests.diffusion import MODELS, STEPS
from playground.serving import checkpoints
from playground.shell.languages import key_of, word
from playground.widgets.curves.curves import curves
from playground.widgets.table.table import table
from training.evaluation.diffusion import curves as claims

COLUMNS = ("parameters", "pictures", "bits_per_dim", "frechet", "precision", "recall", "memorised")


def plots() -> dict[str, list[dict]]:
    """{claim: lines of Fréchet distance over steps, the last one the real drawings'}; empty where nothing was
    measured."""
    study = checkpoints.metrics("diffusion", "study.json")
    if "floor" not in study:
        return {}
    floor = [[n, study["floor"]["frechet"]] for n in (STEPS[0], STEPS[-1])]
    real = {"label": "measured.floor", "points": floor, "dash": True}
    return {
        claim: [*(line | {"label": key_of("plot.", line["label"])} for line in lines), real]
        for claim, lines in claims(study).items()
        if lines
    }


def nearest(lines: list[dict]) -> list | None:
    """What the curves say at the largest number of steps that all of them were measured at."""
    points = [dict(map(tuple, line["points"])) for line in lines if not line.get("dash")]
    common = set.intersection(*map(set, points)) if len(points) > 1 else set()
    if not common:
        return None
    steps = max(common)
    value, label = min((line[steps], one["label"]) for line, one in zip(points, lines, strict=False))
    return ["measured.nearest", {"n": steps, "name": label, "value": f"{value:.1f}"}]


def render(app: App):
    gr.Markdown(word("measured.lead"), elem_classes=["lead"])
    found = list(plots().items())
    for pair in (found[:2], found[2:]):
        with gr.Row():
            for claim, lines in pair:
                with gr.Column(min_width=320):
                    gr.Markdown(word(f"measured.{claim}"))
                    curves(lines, "measured.x", "measured.y", ticks=STEPS, note=nearest(lines))
    if not found:
        gr.Markdown(word("measured.nothing"))
    rows = [[f"model.{name}", *(checkpoints.metrics(name).get(column) for column in COLUMNS)] for name in MODELS]
    table(["measured.model", *(f"chip.{column}" for column in COLUMNS)], rows)
    gr.Markdown(word("measured.caution"))
