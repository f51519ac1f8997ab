"""Autoencoders: a picture squeezed into a few numbers and drawn again."""

import gradio as gr

from playground.panels import House
from playground.serving import autoencoder
from playground.shell.languages import word
from playground.tabs.autoencoders import (
    arithmetic,
    beta_ladder,
    dimensions,
    interpolation,
    latent_map,
    random_codes,
    reconstruction,
)

TITLE, ORDER, FAMILY = "tab.autoencoders", 20, "teal"
PANELS = {
    "rebuild": reconstruction,
    "map": latent_map,
    "draws": random_codes,
    "between": interpolation,
    "arithmetic": arithmetic,
    "dimensions": dimensions,
    "ladder": beta_ladder,
}
WARM = [lambda name=name: autoencoder.network(name) for name in autoencoder.KINDS]


def render(house: House):
    with gr.Tabs(selected="rebuild", elem_id="autoencoder-panels", overflow_behavior="wrap") as section:
        for name, panel in PANELS.items():
            with gr.Tab(word(f"panel.{name}"), id=name):
                panel.render(house, section)
