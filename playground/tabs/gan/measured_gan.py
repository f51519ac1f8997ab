"""Measured: how near the samples are to real drawings as training goes on, and beside the diffusion models of the same
size."""

import gradio as gr

from playground.panels import App
from playground.serving import checkpoints
from playground.shell.languages import word
from playground.widgets.table.table import table

COLUMNS = ("frechet", "precision", "recall")
TWINS = ("gan", "gan_collapsed", "ddpm_v", "ddpm_x0", "iddpm", "adm")
OURS = ("told", "told_held_out", "memorised")


HEADS = [f"unclip_measured.{column}" for column in COLUMNS]


def render(app: App):
    gr.Markdown(word("gan_measured.lead"), elem_classes=["lead"])
    found = {name: checkpoints.metrics(name) for name in TWINS}
    if "frechet" not in found["gan"]:
        gr.Markdown(word("measured.nothing"))
        return
    beside_diffusion(found)
    for name in ("gan", "gan_collapsed"):
        over_training(name, found[name].get("stages"))
    gr.Markdown(word("gan_measured.told"))
    heads = ["gan_measured.told_head", *(f"gan_measured.{name}" for name in OURS[1:])]
    table(heads, [[found["gan"].get(name) for name in OURS]])
    variants(checkpoints.metrics("gan", "variants.json").get("rows"))
    toys(checkpoints.metrics("gan", "toys.json").get("rows"))
    gr.Markdown(word("gan_measured.caution"))


def beside_diffusion(found: dict[str, dict]) -> None:
    """Networks of one size beside each other, as far as they were measured."""
    rows = [[f"model.{name}", one.get("pictures"), *_numbers(one)] for name, one in found.items() if "frechet" in one]
    table(["gan_measured.model", "gan_measured.pictures", *HEADS], rows)


def over_training(name: str, stages: list[dict] | None) -> None:
    """One network at every stage that was kept of its training."""
    if stages:
        gr.Markdown(word(f"gan_measured.{name}"))
        table(["gan_measured.pictures", *HEADS], [[one.get("pictures"), *_numbers(one)] for one in stages])


def variants(rows: dict[str, dict] | None) -> None:
    """Short runs {"VARIANT/SEED": numbers} that differ in one choice."""
    if not rows:
        return
    gr.Markdown(word("gan_measured.variants"))
    shown = []
    for key, row in sorted(rows.items()):
        variant, seed = key.split("/")[:2]
        shown.append([f"gan_measured.{variant}", int(seed), *_numbers(row), row.get("told")])
    table(["gan_measured.variant", "setting.seed", *HEADS, "gan_measured.told_held_out"], shown)


def toys(rows: dict[str, dict] | None) -> None:
    """Modes that the toys of the lab cover: {"SHAPE/TOY": numbers}."""
    if not rows:
        return
    gr.Markdown(word("gan_measured.toys"))
    names = dict.fromkeys(key.split("/", 1)[1] for key in rows)
    shown = [[toy, *(_modes(rows.get(f"{shape}/{toy}")) for shape in ("ring", "grid"))] for toy in names]
    table(["gan_measured.toy", "gan_measured.ring", "gan_measured.grid"], shown)


def _numbers(row: dict) -> list:
    return [row.get(column) for column in COLUMNS]


def _modes(row: dict | None) -> str | None:
    return row and ", ".join(f"{row[key]:g}" for key in sorted(row) if key.startswith("modes_"))
