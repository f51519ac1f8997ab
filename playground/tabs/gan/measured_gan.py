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


def render(app: App):
    gr.Markdown(word("gan_measured.lead"), elem_classes=["lead"])
    found = {name: checkpoints.metrics(name) for name in TWINS}
    if "frechet" not in found["gan"]:
        gr.Markdown(word("measured.nothing"))
        return
    heads = [f"unclip_measured.{column}" for column in COLUMNS]
    table(
        ["gan_measured.model", "gan_measured.pictures", *heads],
        [
            [f"model.{name}", one["pictures"], *(one.get(column) for column in COLUMNS)]
            for name, one in found.items()
            if "frechet" in one
        ],
    )
    for name in ("gan", "gan_collapsed"):
        if stages := found[name].get("stages"):
            gr.Markdown(word(f"gan_measured.{name}"))
            table(
                ["gan_measured.pictures", *heads],
                [[one["pictures"], *(one.get(column) for column in COLUMNS)] for one in stages],
            )
    gr.Markdown(word("gan_measured.told"))
    table(
        ["gan_measured.told_head", *(f"gan_measured.{name}" for name in OURS[1:])],
        [[found["gan"].get(name) for name in OURS]],
    )
    if short := checkpoints.metrics("gan", "variants.json").get("rows"):
        gr.Markdown(word("gan_measured.variants"))
        table(
            ["gan_measured.variant", "setting.seed", *heads, "gan_measured.told_held_out"],
            [
                [
                    f"gan_measured.{key.split('/')[0]}",
                    int(key.split("/")[1]),
                    *(row.get(column) for column in (*COLUMNS, "told")),
                ]
                for key, row in sorted(short.items())
            ],
        )
    if lessons := checkpoints.metrics("gan", "toys.json").get("rows"):
        gr.Markdown(word("gan_measured.toys"))
        table(
            ["gan_measured.toy", "gan_measured.ring", "gan_measured.grid"],
            [
                [toy, *(_modes(lessons.get(f"{shape}/{toy}")) for shape in ("ring", "grid"))]
                for toy in dict.fromkeys(key.split("/", 1)[1] for key in lessons)
            ],
        )
    gr.Markdown(word("gan_measured.caution"))


def _modes(row: dict | None) -> str | None:
    return row and ", ".join(f"{row[key]:g}" for key in sorted(row) if key.startswith("modes_"))
