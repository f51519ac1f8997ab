"""Guidance: a condition pulls the way from noise to picture, harder or softer, and an independent judge looks on."""

from playground.serving import sampling
from playground.tabs.guidance import faceoff, guidance_scale, inpainting, microscope, scale_sheet, tradeoff

TITLE, ORDER, FAMILY = "tab.guidance", 70, "blue"
PANELS = {
    "prompt": guidance_scale,
    "microscope": microscope,
    "faceoff": faceoff,
    "sheet": scale_sheet,
    "inpaint": inpainting,
    "curve": tradeoff,
}
WARM = [lambda: sampling.ready("glide")]
