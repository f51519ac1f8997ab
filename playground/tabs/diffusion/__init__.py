"""Diffusion: pictures dissolve into noise, and a network takes the noise back, step by step."""

from playground.serving import sampling
from playground.tabs.diffusion import (
    divergence,
    forward_process,
    levels,
    measured_diffusion,
    reverse_process,
    same_noise,
    sdedit,
)
from playground.widgets.diagram.diagram import Room, data, network

TITLE, ORDER, FAMILY = "tab.diffusion", 60, "blue"
PANELS = {
    "forward": forward_process,
    "steps": reverse_process,
    "levels": levels,
    "twins": same_noise,
    "parting": divergence,
    "redraw": sdedit,
    "measured": measured_diffusion,
}
OPENS = "steps"
ROOM = Room(
    "diffusion.room",
    {
        "noise": data("box.x_T", 0, panel="twins"),
        "x_t": data("box.x_t", 1, panel="steps"),
        "unet": network("box.unet", 2, panel="levels", runs="steps levels branches twins parting redraw"),
        "x_0": data("box.x_0", 3, panel="parting"),
        "picture": data("box.picture", 4, panel="measured"),
        "specimen": data("box.specimen", 0, 1, panel="forward"),
        "mix": network("box.noising", 1, 1, panel="redraw", runs="forward redraw"),
        "sampler": network("box.sampler", 3, 1, panel="steps", runs="steps branches twins parting redraw"),
    },
    "noise>x_t>unet>x_0>picture specimen>mix>x_t x_0>sampler>x_t",
)
WARM = [lambda: sampling.ready("adm")]
