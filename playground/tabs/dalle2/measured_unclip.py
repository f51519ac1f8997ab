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
        embeddings(ways, language)
    if inverted:
        inversions(inverted)
    if kept:
        components(kept)
    gr.Markdown(word("unclip_measured.caution"))


def embeddings(ways: dict[str, dict], language: str) -> None:
    """Where the embedding comes from, for captions of one language: {"WAY/LANGUAGE": numbers}."""
    found = {way: ways[f"{way}/{language}"] for way in WAYS if f"{way}/{language}" in ways}
    if found:
        gr.Markdown(word(f"unclip_measured.{language}"))
        heads = ["unclip_measured.way", *(f"unclip_measured.{column}" for column in COLUMNS)]
        table(heads, [[f"way.{way}", *(row.get(column) for column in COLUMNS)] for way, row in found.items()])


def inversions(found: dict[str, dict]) -> None:
    """How a picture comes back: {"KIND/ETA": numbers}."""
    gr.Markdown(word("unclip_measured.inversion"))
    shown = []
    for key, row in sorted(found.items(), key=lambda one: one[0].split("/")):
        kind, eta = key.split("/")
        shown.append([f"unclip_measured.{kind}", float(eta), row.get("psnr"), row.get("cosine")])
    table([f"unclip_measured.{head}" for head in ("kind", "eta", "psnr", "likeness")], shown)


def components(found: dict[str, dict]) -> None:
    """What is left of an embedding's leading components: {"COUNT": numbers}."""
    gr.Markdown(word("unclip_measured.components"))
    shown = [
        [count, found[str(count)].get("group"), found[str(count)].get("name_top5")] for count in sorted(map(int, found))
    ]
    table([f"unclip_measured.{head}" for head in ("kept", "group", "name_top5")], shown)
