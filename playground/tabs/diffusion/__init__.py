"""Diffusion: pictures dissolve into noise, and a network takes the noise back, step by step."""

import gradio as gr

from playground.panels import House
from playground.serving import sampling
from playground.shell.languages import word
from playground.tabs.diffusion import (
    divergence,
    forward_process,
    measured_diffusion,
    reverse_process,
    same_noise,
    sdedit,
)

TITLE, ORDER, FAMILY = "tab.diffusion", 60, "blue"
PANELS = {
    "forward": forward_process,
    "steps": reverse_process,
    "twins": same_noise,
    "parting": divergence,
    "redraw": sdedit,
    "measured": measured_diffusion,
}
WARM = [lambda: sampling.ready("adm")]


def render(house: House):
    with gr.Tabs(selected="steps", elem_id="diffusion-panels", overflow_behavior="wrap") as section:
        for name, panel in PANELS.items():
            with gr.Tab(word(f"panel.{name}"), id=name):
                panel.render(house, section)
