"""Measured: what guidance and many tries are worth."""

import gradio as gr

from playground.panels import App
from playground.serving import checkpoints
from playground.shell.languages import word
from playground.widgets.table.table import table

COLUMNS = ("judge_top5", "frechet", "precision", "recall")


def render(app: App):
    gr.Markdown(word("dalle_measured.lead"), elem_classes=["lead"])
    found = checkpoints.metrics("dalle")
    if not found:
        gr.Markdown(word("measured.nothing"))
        return
    rows = {
        kind: sorted(
            (float(key.rpartition("_")[2]), key.partition("judge_top5_")[2])
            for key in found
            if key.startswith(f"judge_top5_{kind}")
        )
        for kind in ("scale", "best_of")
    }
    for kind, keys in rows.items():
        gr.Markdown(word(f"dalle_measured.{kind}"))
        table(
            [f"dalle_measured.{kind}_head", *(f"unclip_measured.{c}" for c in COLUMNS)],
            [[value, *(found.get(f"{c}_{key}") for c in COLUMNS)] for value, key in keys],
        )
    gr.Markdown(word("dalle_measured.caution"))
