"""Codebook: a picture as a small grid of whole numbers."""

import gradio as gr

from playground.images import tokens
from playground.panels import House
from playground.shell.languages import word
from playground.tabs.codebook import code_atlas, grids, token_surgery

TITLE, ORDER, FAMILY = "tab.codebook", 30, "violet"
NEEDS = ("vqvae",)
PANELS = {"surgery": token_surgery, "codes": code_atlas, "grids": grids}
WARM = [tokens.warm]


def render(house: House):
    with gr.Tabs(selected="surgery", elem_id="codebook-panels", overflow_behavior="wrap") as section:
        for name, panel in PANELS.items():
            with gr.Tab(word(f"panel.{name}"), id=name):
                panel.render(house, section)
