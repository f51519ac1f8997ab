"""GAN: one network draws, another tells drawn from real."""

import gradio as gr

from playground.panels import House
from playground.shell.languages import word
from playground.tabs.gan import directions, lab, measured_gan, networks, real_or_fake, samples, style_mixing, time_lapse

TITLE, ORDER, FAMILY = "tab.gan", 40, "orange"
NEEDS = ("gan",)
PANELS = {
    "samples": samples,
    "lapse": time_lapse,
    "directions": directions,
    "mixing": style_mixing,
    "quiz": real_or_fake,
    "lab": lab,
    "gan_measured": measured_gan,
}
WARM = [networks.warm]


def render(house: House):
    with gr.Tabs(selected="samples", elem_id="gan-panels", overflow_behavior="wrap") as section:
        for name, panel in PANELS.items():
            with gr.Tab(word(f"panel.{name}"), id=name):
                panel.render(house, section)
