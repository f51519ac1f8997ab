"""Autoencoders: a picture squeezed into a few numbers and drawn again."""

import gradio as gr

from playground.autoencoders import arithmetic, between, dimensions, draws, ladder, networks, plane, rebuild
from playground.house import House
from playground.language import word

TITLE, ORDER, FAMILY = "tab.autoencoders", 20, "teal"
PANELS = {
    "rebuild": rebuild,
    "map": plane,
    "draws": draws,
    "between": between,
    "arithmetic": arithmetic,
    "dimensions": dimensions,
    "ladder": ladder,
}
WARM = [lambda name=name: networks.network(name) for name in networks.KINDS]


def render(house: House):
    with gr.Tabs(selected="rebuild", elem_id="autoencoder-panels", overflow_behavior="wrap") as section:
        for name, panel in PANELS.items():
            with gr.Tab(word(f"panel.{name}"), id=name):
                panel.render(house, section)
