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
NETWORKS = ("pca", "ae", "dae", "vae", "ae_2d", "dae_2d", "vae_2d", "vae_ladder", "judge")
WARM = [lambda name=name: checkpoints.load(name) for name in NETWORKS]
