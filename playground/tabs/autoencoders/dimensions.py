"""One slider per leading dimension of the VAE's code, in the order of what each carries (its KL)."""

import gradio as gr
import torch
from torch import Tensor

from models.autoencoder import VAE, kl_per_dimension
from models.pretrained import CheckpointError
from playground.images import pictures
from playground.panels import App
from playground.requests.fields import Slider
from playground.serving import checkpoints, validation
from playground.serving.autoencoder import decode, encode
from playground.serving.validation import checkpoint_note
from playground.shell.languages import word
from playground.widgets.bars.bars import bars
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.source.source import maths

COUNT = 8  # dimensions that have a slider
REACH = 4.0  # how far a slider goes each way


def divergences() -> list[float]:
    """KL of each dimension of the VAE in nats, as measured on held-out pictures."""
    kl = checkpoints.metrics("vae").get("kl")
    return [float(value) for value in kl] if isinstance(kl, list) and len(kl) >= COUNT else []


def leading() -> list[int]:
    """The dimensions with the largest KL."""
    kl = divergences()
    return sorted(range(len(kl)), key=lambda i: -kl[i])[:COUNT] if kl else list(range(COUNT))


def dimensions(x: Tensor, **offsets: float) -> dict:
    """The specimen's code with some dimensions moved, and each leading dimension alone moved up and down."""
    moves = [validation.number(offsets[f"d{i}"], -REACH, REACH, f"d{i}") for i in range(COUNT)]
    chosen = leading()
    try:
        z = encode("vae", x)
        if max(chosen) >= z.shape[1]:
            raise CheckpointError("The checkpoint vae is damaged: its metrics.json tells of another code.")
        moved = z.clone()
        moved[0, chosen] += torch.tensor(moves)
        ways = torch.cat([z, moved, *(_alone(z, i, step) for step in (-REACH, REACH) for i in chosen)])
        drawn = [pictures.data_url(one) for one in decode("vae", ways)]
    except CheckpointError as error:
        return {"rows": _rows([None] * (3 + 2 * COUNT), chosen, checkpoint_note(error))}
    return {"rows": _rows([pictures.data_url(x[0]), *drawn], chosen)}


def _alone(z: Tensor, i: int, step: float) -> Tensor:
    one = z.clone()
    one[0, i] += step
    return one


def _rows(shown: list, chosen: list[int], note=None) -> list[dict]:
    top = [
        figure(src, label, note=note)
        for src, label in zip(shown, ("rebuild.clean", "dimensions.rebuilt", "dimensions.moved"), strict=False)
    ]
    down, up = shown[3 : 3 + COUNT], shown[3 + COUNT :]
    label = [f"z{_small(i)} {{}}{REACH:g}" for i in chosen]
    return [
        row(top),
        row(
            [figure(src, text.format("−"), note=note) for src, text in zip(down, label, strict=False)],
            "dimensions.down",
        ),
        row([figure(src, text.format("+"), note=note) for src, text in zip(up, label, strict=False)], "dimensions.up"),
    ]


def _small(i: int) -> str:
    return str(i).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def render(app: App):
    gr.Markdown(word("dimensions.lead"), elem_classes=["lead"])
    kl = divergences()
    with gr.Row(elem_classes=["controls", "two"]):
        with gr.Column(scale=3):
            shown = exhibit(
                [3, COUNT, COUNT],
                ["vae"],
                titles=[None, "dimensions.down", "dimensions.up"],
                size=["m", "s", "s"],
                lines=0,
            )
        with gr.Column(scale=2, min_width=280):
            sliders = {
                f"d{k}": Slider(-REACH, REACH, 0, step=0.05, label=_label(i, kl)) for k, i in enumerate(leading())
            }
            level = gr.Button(word("dimensions.level"), size="sm")
    bars(sorted(kl, reverse=True), "dimensions.bars", "dimensions.unit")
    maths(
        r"\mathrm{KL}_i = \tfrac12\left(\mu_i^2 + \sigma_i^2 - 1 - \log \sigma_i^2\right)",
        "dimensions.maths",
        ("Kingma & Welling 2013, Auto-Encoding Variational Bayes, appendix B", "https://arxiv.org/abs/1312.6114"),
        [kl_per_dimension, VAE.encode, dimensions],
    )
    level.click(
        lambda: [0] * COUNT, None, list(sliders.values()), show_progress="hidden", api_visibility="private", queue=False
    )
    app.panel("dimensions", dimensions, sliders, shown)


def _label(i: int, kl: list[float]) -> str:
    return f"z{_small(i)}" + (f" · KL {kl[i]:.2f} nats" if kl else "")
