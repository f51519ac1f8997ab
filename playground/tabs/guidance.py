"""Guidance: a condition pulls the way from noise to picture, harder or softer, and an independent judge looks on."""

import gradio as gr

from playground import drawing
from playground.guidance import curve, faceoff, inpaint, microscope, prompt, sheet
from playground.house import House
from playground.language import word

TITLE, ORDER, FAMILY = "tab.guidance", 70, "blue"
PANELS = {
    "prompt": prompt,
    "microscope": microscope,
    "faceoff": faceoff,
    "sheet": sheet,
    "inpaint": inpaint,
    "curve": curve,
}
WARM = [lambda: drawing.ready("glide")]


def render(house: House):
    with gr.Tabs(selected="prompt", elem_id="guidance-panels", overflow_behavior="wrap") as section:
        for name, panel in PANELS.items():
            with gr.Tab(word(f"panel.{name}"), id=name):
                panel.render(house, section)
