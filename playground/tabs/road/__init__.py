"""Road: the lineage from the autoencoder to DALL·E 2 as a map, and a first picture at once."""

from playground.tabs.road import draw

TITLE, ORDER, FAMILY = "tab.road", 10, "road"
PANELS = {"draw": draw}
WARM = [lambda: draw.random_row("vae", 1, draw.COUNT)]
