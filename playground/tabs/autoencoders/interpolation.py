"""From the specimen to a second picture: along a line, along an arc, and as a mere cross-fade of pixels."""

import gradio as gr
import torch
from torch import Tensor

from models.autoencoder import interpolate
from playground.images import atlas, pictures, specimen
from playground.panels import App
from playground.requests.fields import choice_field
from playground.serving import validation
from playground.serving.autoencoder import code_statistics, decode, encode
from playground.shell.languages import word
from playground.widgets.exhibit.exhibit import exhibit, figure, figure_or_note, row
from playground.widgets.source.source import maths
from playground.widgets.tray.tray import tray

MODELS = ("vae", "ae", "dae")
STEPS = 8  # pictures in a row


def interpolation(x: Tensor, other, model: str) -> dict:
    """Eight steps from the specimen to the other picture: straight, spherical, and blended pixels as the yardstick."""
    model, y = validation.choice(model, MODELS, "model"), specimen.tensor(other)
    ways = [
        ("between.straight", lambda: _walk(model, x, y, False)),
        ("between.spherical", lambda: _walk(model, x, y, True)),
    ]
    fade = torch.lerp(x, y, torch.linspace(0, 1, STEPS).view(-1, 1, 1, 1))
    pixels = row(
        [
            figure(pictures.data_url(one), f"{t:.0%}")
            for one, t in zip(fade, torch.linspace(0, 1, STEPS).tolist(), strict=True)
        ],
        "between.pixels",
    )
    return {"rows": [_row(title, make) for title, make in ways] + [pixels]}


def _walk(model: str, x: Tensor, y: Tensor, spherical: bool) -> list[dict]:
    mean, deviation = code_statistics(model)
    a, b = (encode(model, torch.cat([x, y])) - mean) / deviation
    path = interpolate(a, b, STEPS, spherical)
    drawn = decode(model, mean + path * deviation)
    numbers = [[["number.length", f"{z.norm():.1f}"]] for z in path]
    return [
        figure(pictures.data_url(one), f"{i / (STEPS - 1):.0%}", numbers=number)
        for i, (one, number) in enumerate(zip(drawn, numbers, strict=True))
    ]


def _row(title: str, make) -> dict:
    found = figure_or_note(title, lambda: {"figures": make()})
    return row(found["figures"] if "figures" in found else [found] * STEPS, title)


def render(app: App):
    gr.Markdown(word("between.lead"), elem_classes=["lead"])
    shown = exhibit(
        [STEPS] * 3, list(MODELS), titles=["between.straight", "between.spherical", "between.pixels"], size="s"
    )
    with gr.Row(elem_classes=["controls"]):
        other = tray(atlas.second_opening(), elem_id="second")
        model = choice_field("setting.model", MODELS, "vae", "model.")
    maths(
        r"\text{straight: } (1-t)\,a + t\,b \qquad "
        r"\text{spherical: } \frac{\sin((1-t)\theta)}{\sin\theta}\,a + \frac{\sin(t\theta)}{\sin\theta}\,b",
        "between.maths",
        ("Shoemake 1985, Animating Rotation with Quaternion Curves", "https://doi.org/10.1145/325165.325242"),
        [interpolate, _walk],
    )
    app.panel("between", interpolation, {"other": other, "model": model}, shown)
