"""DALL·E 2: a prior chooses an embedding for the caption, a decoder paints a picture of it, an upsampler sharpens
that."""

from playground.serving import unclip
from playground.tabs.dalle2 import (
    components,
    failures,
    few_step,
    grid,
    interpolation,
    measured_unclip,
    prior_ablation,
    prior_plane,
    stages,
    text_diff,
    variations,
)
from playground.widgets.diagram.diagram import Room, data, network

TITLE, ORDER, FAMILY = "tab.dalle2", 90, "road"
PANELS = {
    "stages": stages,
    "prior": prior_plane,
    "ablation": prior_ablation,
    "variations": variations,
    "blend": interpolation,
    "edit": text_diff,
    "grid": grid,
    "components": components,
    "few": few_step,
    "fails": failures,
    "unclip_measured": measured_unclip,
}
ROOM = Room(
    "dalle2.room",
    {
        "caption": data("box.caption", 0, panel="fails"),
        "reads": network("box.text_tower", 1, panel="edit", stage="caption"),
        "prior": network("box.prior", 2, panel="prior", stage="prior"),
        "z_i": data("box.z_i", 3, panel="components"),
        "decoder": network("box.decoder", 4, panel="ablation", stage="decoder"),
        "upsampler": network("box.upsampler", 5, panel="stages", stage="upsampler"),
        "specimen": data("box.specimen", 1, 1, panel="variations"),
        "sees": network("box.image_tower", 2, 1, panel="blend", runs="variations blend edit components grid few"),
        "noise": data("box.x_T", 3, 1, panel="grid"),
    },
    "caption>reads>prior>z_i>decoder>upsampler specimen>sees>z_i noise>decoder",
)
WARM = [unclip.warm]
