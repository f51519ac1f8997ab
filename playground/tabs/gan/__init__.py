"""GAN: one network draws, another tells drawn from real."""

from playground.tabs.gan import directions, lab, measured_gan, networks, real_or_fake, samples, style_mixing, time_lapse

TITLE, ORDER, FAMILY = "tab.gan", 40, "orange"
NEEDS = ("gan",)
PANELS = {
    "samples": samples,
    "lapse": time_lapse,
    "directions": directions,
    "mixing": style_mixing,
    "quiz": real_or_fake,
    "lab": lab,
    "gan_measured": measured_gan,
}
WARM = [networks.warm]
