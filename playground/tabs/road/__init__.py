"""Road: the lineage from the autoencoder to DALL·E 2 as a map, and a first picture at once."""

from playground.tabs.road import draw
from playground.widgets.diagram.diagram import Room, data, network

TITLE, ORDER, FAMILY = "tab.road", 10, "road"
PANELS = {"draw": draw}
ROOM = Room(
    "road.room",
    {
        "caption": data("box.caption", 0, panel="draw"),
        "reads": network("box.text_tower", 1, panel="clip/matrix", stage="caption"),
        "prior": network("box.prior", 2, panel="dalle2/stages", stage="prior"),
        "z_i": data("box.z_i", 3, panel="clip/gap"),
        "decoder": network("box.decoder", 4, panel="guidance/prompt", stage="decoder"),
        "upsampler": network("box.upsampler", 5, panel="dalle2/stages", stage="upsampler"),
    },
    "caption>reads>prior>z_i>decoder>upsampler",
)
WARM = [lambda: draw.random_row("vae", 1, draw.COUNT)]
