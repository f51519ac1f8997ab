"""DALL·E: a caption and a picture as one sentence, written on token by token."""

import gradio as gr

from playground.panels import House
from playground.requests import dalle
from playground.shell.languages import word
from playground.tabs.dalle import completion, measured_dalle, reranking, writing

TITLE, ORDER, FAMILY = "tab.dalle", 50, "violet"
NEEDS = ("dalle", "vqvae_8")
PANELS = {"write": writing, "complete": completion, "rerank": reranking, "dalle_measured": measured_dalle}
WARM = [dalle.warm]


def render(house: House):
    with gr.Tabs(selected="write", elem_id="dalle-panels", overflow_behavior="wrap") as section:
        for name, panel in PANELS.items():
            with gr.Tab(word(f"panel.{name}"), id=name):
                panel.render(house, section)
