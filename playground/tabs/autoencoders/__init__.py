"""Autoencoders: a picture squeezed into a few numbers and drawn again."""

from playground.serving import checkpoints
from playground.tabs.autoencoders import (
    arithmetic,
    beta_ladder,
    dimensions,
    interpolation,
    latent_map,
    random_codes,
    reconstruction,
)
from playground.widgets.diagram.diagram import Room, data, network

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
ROOM = Room(
    "autoencoders.room",
    {
        "picture": data("box.picture", 0, panel="rebuild"),
        "encoder": network("box.encoder", 1, panel="dimensions", runs="rebuild between arithmetic dimensions ladder"),
        "code": data("box.code", 2, panel="map"),
        "decoder": network("box.decoder", 3, panel="between"),
        "drawing": data("box.rebuilt", 4, panel="ladder"),
        "random": data("box.random_code", 1, 1, panel="draws"),
    },
    "picture>encoder>code>decoder>drawing random>code",
)
NETWORKS = ("pca", "ae", "dae", "vae", "ae_2d", "dae_2d", "vae_2d", "vae_ladder", "judge")
WARM = [lambda name=name: checkpoints.load(name) for name in NETWORKS]
