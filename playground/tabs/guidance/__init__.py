"""Guidance: a condition pulls the way from noise to picture, harder or softer, and an independent judge looks on."""

from playground.serving import sampling
from playground.tabs.guidance import attention, faceoff, guidance_scale, inpainting, microscope, scale_sheet, tradeoff
from playground.widgets.diagram.diagram import Room, data, network

TITLE, ORDER, FAMILY = "tab.guidance", 70, "blue"
PANELS = {
    "prompt": guidance_scale,
    "microscope": microscope,
    "attention": attention,
    "faceoff": faceoff,
    "sheet": scale_sheet,
    "inpaint": inpainting,
    "curve": tradeoff,
}
ROOM = Room(
    "guidance.room",
    {
        "caption": data("box.caption", 0, panel="prompt"),
        "told": network("box.told", 1, panel="prompt"),
        "difference": network("box.difference", 2, panel="microscope"),
        "sampler": network("box.sampler", 3, panel="sheet"),
        "picture": data("box.picture", 4, panel="inpaint"),
        "judge": network("box.judge", 5, panel="curve", runs="prompt faceoff inpaint"),
        "nothing": data("box.nothing", 0, 1, panel="microscope"),
        "untold": network("box.untold", 1, 1, panel="microscope"),
        "guide": network("box.guide", 2, 1, panel="faceoff", runs="faceoff"),
    },
    "caption>told>difference>sampler>picture>judge nothing>untold>difference guide>sampler",
)
WARM = [lambda: sampling.ready("glide")]
