"""Road: the lineage from the autoencoder to DALL·E 2 as a map, and a first picture at once."""

import gradio as gr
from torch import Tensor

from playground import checks
from playground.autoencoders.draws import sheet, title
from playground.house import House
from playground.language import word
from playground.widgets.exhibit import exhibit
from playground.widgets.fields import new_seed, seed_field
from playground.widgets.roadmap import roadmap

TITLE, ORDER, FAMILY = "tab.road", 10, "road"
COUNT = 6
WARM = [lambda: sheet("vae", 1, COUNT)]


def first_pictures(x: Tensor, seed: int) -> dict:
    """Six pictures that the VAE draws from random codes, picture i from the seed `seed + i`."""
    return {"rows": [sheet("vae", checks.seed(seed), COUNT)]}


def open_room(event: gr.EventData):
    """The room that a stop of the map leads to."""
    return gr.Tabs(selected=str(event._data.get("tab")))


def render(house: House):
    with gr.Row(elem_classes=["controls", "first", "family-teal"]):
        with gr.Column(scale=1, min_width=260):
            gr.Markdown(word("road.lead"), elem_classes=["lead"])
            again = gr.Button(word("road.draw"), variant="primary")
            seed = seed_field(1)
        with gr.Column(scale=4, min_width=300):
            shown = exhibit([COUNT], ["vae"], titles=[title("vae")], lines=0, near=True)
    stops = roadmap(house.built)
    new_seed(again, seed)
    stops.open(open_room, None, house.rooms, show_progress="hidden", api_visibility="private", queue=False)
    house.panel("draw", first_pictures, {"seed": seed}, shown)
