"""GAN: one network draws, another tells drawn from real."""

import gradio as gr

from playground.gan import directions, lab, lapse, measured, mixing, networks, quiz, samples
from playground.house import House
from playground.language import word

TITLE, ORDER, FAMILY = "tab.gan", 40, "orange"
NEEDS = ("gan",)
PANELS = {
    "samples": samples,
    "lapse": lapse,
    "directions": directions,
    "mixing": mixing,
    "quiz": quiz,
    "lab": lab,
    "gan_measured": measured,
}
WARM = [networks.warm]


def render(house: House):
    with gr.Tabs(selected="samples", elem_id="gan-panels", overflow_behavior="wrap") as section:
        for name, panel in PANELS.items():
            with gr.Tab(word(f"panel.{name}"), id=name):
                panel.render(house, section)
