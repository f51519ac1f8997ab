"""Style mixing: coarse levels hear one picture's style, fine levels another's; and a walk from one picture to the
next."""

import gradio as gr
import torch
from torch import Tensor

from models.autoencoder import interpolate
from models.gan import GAN
from models.layers import normal_rows
from models.pretrained import CheckpointError
from playground.images import pictures
from playground.panels import App
from playground.requests.fields import Slider, seed_field
from playground.serving import device, validation
from playground.serving.validation import checkpoint_note
from playground.shell.languages import word
from playground.tabs.gan.networks import RUNS, draw, network, styles
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

COARSE = 3  # rows
FINE = 5  # columns
STEPS = 6  # of a walk


def style_mixing(x: Tensor, seed: int, other: int, split: int) -> dict:
    """Rows over the seeds `seed` …, whose style the first `split` levels hear; columns over `other` …, whose style the
    rest hears. Below, a walk from `seed` to `other`, in z and in w."""
    seed, other = (
        validation.integer(one, 0, 2**31 - FINE, name) for one, name in ((seed, "seed"), (other, "other_seed"))
    )
    split = validation.integer(split, 0, 3, "split")
    try:
        model = network(RUNS[0])
        coarse, fine = styles(model, [seed + k for k in range(COARSE)]), styles(model, [other + k for k in range(FINE)])
        y, _ = draw(model, crossed(coarse, fine, min(split, len(model.config.widths)), len(model.config.widths)))
        walks = [draw(model, path)[0] for path in _walks(model, seed, other)]
    except CheckpointError as error:
        note = checkpoint_note(error)
        return {"rows": [row([figure(None, "", note=note)] * (FINE + 1))] * (COARSE + 3)}
    shown = [
        figure(pictures.data_url(one), label, alt="tab.gan") for one, label in zip(y, _labels(seed, other), strict=True)
    ]
    rows = [row(shown[k : k + FINE + 1], "mixing.fine" if k == 0 else None) for k in range(0, len(shown), FINE + 1)]
    return {
        "rows": rows
        + [
            row(
                [figure(pictures.data_url(one), f"{k / (STEPS - 1):.0%}", alt="tab.gan") for k, one in enumerate(walk)],
                f"mixing.walk_{name}",
            )
            for name, walk in zip("zw", walks, strict=True)
        ]
    }


def crossed(coarse: Tensor, fine: Tensor, split: int, levels: int) -> Tensor:
    """((A + 1)(B + 1), levels, D): the mean of all and the fine ones (B, D) alone; then each coarse one (A, D) alone
    and with every fine one, from level `split` on."""
    mean = torch.cat([coarse, fine]).mean(0, keepdim=True)
    first, then = [mean, *fine[:, None]], [[one[None], *(fine[:, None])] for one in coarse]
    whole = [w.expand(levels, -1) for w in first]
    for one, row_of in zip(coarse, then, strict=True):
        whole += [torch.cat([one.expand(split, -1), w.expand(levels - split, -1)]) for w in row_of]
    return torch.stack(whole)


def _labels(seed: int, other: int) -> list:
    top = ["mixing.mean", *(["draws.one", {"n": other + k}] for k in range(FINE))]
    return top + [
        label
        for a in range(COARSE)
        for label in (["draws.one", {"n": seed + a}], *(f"{seed + a} × {other + b}" for b in range(FINE)))
    ]


def _walks(model: GAN, seed: int, other: int) -> list[Tensor]:
    """From one picture to the other: along the arc in z, along the line in w."""
    a, b = (normal_rows(1, model.config.latent, torch.Generator().manual_seed(one)) for one in (seed, other))
    arc = device.run(model.style, interpolate(a[0], b[0], STEPS, True), exact=True)
    return [arc, torch.lerp(arc[:1], arc[-1:], torch.linspace(0, 1, STEPS)[:, None])]


def render(app: App):
    gr.Markdown(word("mixing.lead"), elem_classes=["lead"])
    question("mixing.question", 3)
    with gr.Row(elem_classes=["controls"]):
        seed, other = seed_field(1, "mixing.coarse_seed"), seed_field(21, "mixing.fine_seed")
        split = Slider(0, 3, 1, step=1, label=word("setting.split"))
    shown = exhibit(
        [FINE + 1] * (COARSE + 1) + [STEPS] * 2,
        [RUNS[0]],
        titles=["mixing.fine", *[None] * COARSE, "mixing.walk_z", "mixing.walk_w"],
        size="s",
        lines=0,
        follows=False,
    )
    maths(
        r"w_\ell = \begin{cases} f(z_a) & \ell < s \\ f(z_b) & \ell \ge s \end{cases}",
        "mixing.maths",
        (
            "Karras, Laine & Aila 2019, A Style-Based Generator Architecture for GANs",
            "https://arxiv.org/abs/1812.04948",
        ),
        [GAN.draw, crossed],
    )
    app.panel("mixing", style_mixing, {"seed": seed, "other": other, "split": split}, shown)
