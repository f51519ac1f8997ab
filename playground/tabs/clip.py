"""CLIP: pictures and captions in one space, so that words find pictures and pictures find words."""

import gradio as gr

from playground.clip import gallery, gap, matrix, model, real, search, swap, zeroshot
from playground.house import House
from playground.language import word

TITLE, ORDER, FAMILY = "tab.clip", 80, "green"
PANELS = {"matrix": matrix, "zeroshot": zeroshot, "search": search, "gap": gap, "swap": swap}
WARM = [model.backend, gallery.gallery, real.loading]


def render(house: House):
    with gr.Tabs(selected="matrix", elem_id="clip-panels", overflow_behavior="wrap") as section:
        for name, panel in PANELS.items():
            with gr.Tab(word(f"panel.{name}"), id=name):
                panel.render(house, section)
