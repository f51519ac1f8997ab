"""Measured: the claims of the papers beside what these networks do, as curves and in numbers."""

import gradio as gr

from playground import runtime
from playground.diffusion.run import STEPS
from playground.house import House
from playground.language import word
from playground.widgets.curves import curves
from training.diffusion_report import curves as claims


def plots() -> dict[str, list[dict]]:
    """{claim: lines of Fréchet distance over steps, the last one the real drawings'}; empty where nothing was measured."""
    study = runtime.metrics("diffusion", "study.json")
    if "floor" not in study:
        return {}
    floor = [[n, study["floor"]["frechet"]] for n in (STEPS[0], STEPS[-1])]
    return {claim: [*lines, {"label": "measured.floor", "points": floor, "dash": True}] for claim, lines in claims(study).items() if lines}


def render(house: House, section: gr.Tabs):
    gr.Markdown(word("measured.lead"), elem_classes=["lead"])
    found = plots()
    for claim, lines in found.items():
        gr.Markdown(word(f"measured.{claim}"))
        curves(lines, "measured.x", "measured.y", ticks=STEPS)
    if not found:
        gr.Markdown(word("measured.nothing"))
