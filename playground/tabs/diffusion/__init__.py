"""Diffusion: pictures dissolve into noise, and a network takes the noise back, step by step."""

from playground.serving import sampling
from playground.tabs.diffusion import (
    divergence,
    forward_process,
    measured_diffusion,
    reverse_process,
    same_noise,
    sdedit,
)

TITLE, ORDER, FAMILY = "tab.diffusion", 60, "blue"
PANELS = {
    "forward": forward_process,
    "steps": reverse_process,
    "twins": same_noise,
    "parting": divergence,
    "redraw": sdedit,
    "measured": measured_diffusion,
}
OPENS = "steps"
WARM = [lambda: sampling.ready("adm")]
