"""Guidance: a condition pulls the way from noise to picture, harder or softer, and an independent judge looks on."""

import gradio as gr

from playground.panels import House
from playground.serving import sampling
from playground.shell.languages import word
from playground.tabs.guidance import faceoff, guidance_scale, inpainting, microscope, scale_sheet, tradeoff

TITLE, ORDER, FAMILY = "tab.guidance", 70, "blue"
PANELS = {
    "prompt": guidance_scale,
    "microscope": microscope,
    "faceoff": faceoff,
    "sheet": scale_sheet,
    "inpaint": inpainting,
    "curve": tradeoff,
}
WARM = [lambda: sampling.ready("glide")]


def render(house: House):
    with gr.Tabs(selected="prompt", elem_id="guidance-panels", overflow_behavior="wrap") as section:
        for name, panel in PANELS.items():
            with gr.Tab(word(f"panel.{name}"), id=name):
                panel.render(house, section)
