"""Codebook: a picture as a small grid of whole numbers."""

from playground.images import tokens
from playground.tabs.codebook import code_atlas, grids, token_surgery
from playground.widgets.diagram.diagram import Room, data, network

TITLE, ORDER, FAMILY = "tab.codebook", 30, "violet"
NEEDS = ("vqvae",)
PANELS = {"surgery": token_surgery, "codes": code_atlas, "grids": grids}
ROOM = Room(
    "codebook.room",
    {
        "picture": data("box.picture", 0, panel="grids"),
        "encoder": network("box.encoder", 1, panel="grids", runs="surgery grids"),
        "nearest": network("box.nearest_code", 2, panel="codes", runs="surgery grids"),
        "tokens": data("box.tokens", 3, panel="surgery"),
        "decoder": network("box.decoder", 4, panel="surgery"),
        "drawing": data("box.rebuilt", 5, panel="surgery"),
        "codebook": data("box.codebook", 2, 1, panel="codes"),
    },
    "picture>encoder>nearest>tokens>decoder>drawing codebook>nearest",
)
WARM = [tokens.warm]
