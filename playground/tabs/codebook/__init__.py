"""Codebook: a picture as a small grid of whole numbers."""

from playground.images import tokens
from playground.tabs.codebook import code_atlas, grids, token_surgery

TITLE, ORDER, FAMILY = "tab.codebook", 30, "violet"
NEEDS = ("vqvae",)
PANELS = {"surgery": token_surgery, "codes": code_atlas, "grids": grids}
WARM = [tokens.warm]
