"""DALL·E: a caption and a picture as one sentence, written on token by token."""

import gradio as gr

from playground.dalle import complete, measured, rerank, wish, write
from playground.house import House
from playground.language import word

TITLE, ORDER, FAMILY = "tab.dalle", 50, "violet"
NEEDS = ("dalle", "vqvae_8")
PANELS = {"write": write, "complete": complete, "rerank": rerank, "dalle_measured": measured}
WARM = [wish.warm]


def render(house: House):
    with gr.Tabs(selected="write", elem_id="dalle-panels", overflow_behavior="wrap") as section:
        for name, panel in PANELS.items():
            with gr.Tab(word(f"panel.{name}"), id=name):
                panel.render(house, section)
