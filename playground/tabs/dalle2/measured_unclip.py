"""Measured: where the embedding comes from, in numbers; pairs nobody saw; inversion; components."""

import gradio as gr

from playground.panels import App
from playground.serving import checkpoints
from playground.shell.languages import word
from playground.widgets.table.table import table

WAYS = ("none", "text", "ar", "diffusion", "oracle")
LANGUAGES = ("en", "zh")
COLUMNS = ("judge_top5", "frechet", "precision", "recall", "cosine")


def rows(part: str) -> dict[str, dict]:
    """The rows of one part of the study by the rest of their keys; empty where nothing was measured."""
    found = checkpoints.metrics("unclip", "study.json").get("rows", {})
    return {key.split("/", 1)[1]: row for key, row in found.items() if key.startswith(part + "/")}


def render(app: App):
    gr.Markdown(word("unclip_measured.lead"), elem_classes=["lead"])
    ways, inverted, kept = rows("ways"), rows("inversion"), rows("components")
    if not (ways or inverted or kept):
        gr.Markdown(word("measured.nothing"))
    for language in LANGUAGES:
        if found := [
            [f"way.{way}", *(ways[f"{way}/{language}"].get(c) for c in COLUMNS)]
            for way in WAYS
            if f"{way}/{language}" in ways
        ]:
            gr.Markdown(word(f"unclip_measured.{language}"))
            table(["unclip_measured.way", *(f"unclip_measured.{c}" for c in COLUMNS)], found)
    if inverted:
        gr.Markdown(word("unclip_measured.inversion"))
        table(
            ["unclip_measured.kind", "unclip_measured.eta", "unclip_measured.psnr", "unclip_measured.likeness"],
            [
                [f"unclip_measured.{kind}", float(eta), row["psnr"], row["cosine"]]
                for (kind, eta), row in sorted((key.split("/"), row) for key, row in inverted.items())
            ],
        )
    if kept:
        gr.Markdown(word("unclip_measured.components"))
        table(
            ["unclip_measured.kept", "unclip_measured.group", "unclip_measured.name_top5"],
            [[int(k), row["group"], row["name_top5"]] for k, row in sorted(kept.items(), key=lambda one: int(one[0]))],
        )
    gr.Markdown(word("unclip_measured.caution"))
