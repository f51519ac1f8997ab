"""Diffusion: pictures dissolve into noise, and a network takes the noise back, step by step."""

import gradio as gr

from playground import drawing
from playground.diffusion import forward, measured, parting, redraw, steps, twins
from playground.house import House
from playground.language import word

TITLE, ORDER, FAMILY = "tab.diffusion", 60, "blue"
PANELS = {
    "forward": forward,
    "steps": steps,
    "twins": twins,
    "parting": parting,
    "redraw": redraw,
    "measured": measured,
}
WARM = [lambda: drawing.ready("adm")]


def render(house: House):
    with gr.Tabs(selected="steps", elem_id="diffusion-panels", overflow_behavior="wrap") as section:
        for name, panel in PANELS.items():
            with gr.Tab(word(f"panel.{name}"), id=name):
                panel.render(house, section)
