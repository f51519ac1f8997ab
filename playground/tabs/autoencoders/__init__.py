"""Autoencoders: a picture squeezed into a few numbers and drawn again."""

from playground.serving import autoencoder
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
