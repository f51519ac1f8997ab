"""GAN: one network draws, another tells drawn from real."""

from playground.tabs.gan import directions, lab, measured_gan, networks, real_or_fake, samples, style_mixing, time_lapse
from playground.widgets.diagram.diagram import Room, data, network

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
ROOM = Room(
    "gan.room",
    {
        "noise": data("box.noise", 0, panel="samples"),
        "mapping": network("box.mapping", 1, panel="mixing", runs="samples lapse directions mixing quiz"),
        "style": data("box.style", 2, panel="directions"),
        "generator": network("box.generator", 3, panel="lapse", runs="samples lapse directions mixing quiz"),
        "discriminator": network("box.discriminator", 4, panel="quiz", runs="samples quiz"),
        "score": data("box.score", 5, panel="samples"),
        "real": data("box.real", 3, 1, panel="quiz"),
    },
    "noise>mapping>style>generator>discriminator>score real>discriminator",
)
WARM = [networks.warm]
