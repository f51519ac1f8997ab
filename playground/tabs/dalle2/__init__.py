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
    stages,
    text_diff,
    variations,
)

TITLE, ORDER, FAMILY = "tab.dalle2", 90, "road"
PANELS = {
    "stages": stages,
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
WARM = [unclip.warm]
