"""Codebook: a picture as a small grid of whole numbers."""

import gradio as gr

from playground.codebook import atlas, grids, surgery, tokens
from playground.house import House
from playground.language import word

TITLE, ORDER, FAMILY = "tab.codebook", 30, "violet"
NEEDS = ("vqvae",)
PANELS = {"surgery": surgery, "codes": atlas, "grids": grids}
WARM = [tokens.warm]


def render(house: House):
    with gr.Tabs(selected="surgery", elem_id="codebook-panels", overflow_behavior="wrap") as section:
        for name, panel in PANELS.items():
            with gr.Tab(word(f"panel.{name}"), id=name):
                panel.render(house, section)
