"""DALL·E 2: a prior chooses an embedding for the caption, a decoder paints a picture of it, an upsampler sharpens
that."""

import gradio as gr

from playground.house import House
from playground.language import word
from playground.unclip import (
    ablation,
    blend,
    components,
    edit,
    fails,
    few,
    grid,
    measured,
    pipeline,
    stages,
    variations,
)

TITLE, ORDER, FAMILY = "tab.dalle2", 90, "road"
PANELS = {
    "stages": stages,
    "ablation": ablation,
    "variations": variations,
    "blend": blend,
    "edit": edit,
    "grid": grid,
    "components": components,
    "few": few,
    "fails": fails,
    "unclip_measured": measured,
}
WARM = [pipeline.warm]


def render(house: House):
    with gr.Tabs(selected="stages", elem_id="dalle2-panels", overflow_behavior="wrap") as section:
        for name, panel in PANELS.items():
            with gr.Tab(word(f"panel.{name}"), id=name):
                panel.render(house, section)
