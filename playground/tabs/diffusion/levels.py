"""Inside the U-Net: what leaves each of its levels, in each step of a run."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
import torch
import torch.nn.functional as F
from torch import Tensor

from models.unet import UNet
from models.watching import feature_maps
from playground.images import pictures
from playground.images.trajectory import Trajectory, draw_all
from playground.panels import App
from playground.requests.controls import draw_buttons, model_field, steps_field
from playground.requests.diffusion import DiffusionRequest
from playground.requests.fields import seed_field
from playground.serving import device
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.widgets.levels.levels import levels as unet_of
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

MAPS = 8  # shown of each level


@errors_as_notes
async def levels(x: Tensor, visitor: str, **settings) -> AsyncIterator[dict]:
    """A run by DDPM's own sampler, and of up to 30 of its steps the feature maps that leave each level of the U-Net: of
    each the eight channels that vary most from place to place."""
    request = await asyncio.to_thread(lambda: DiffusionRequest.checked(sampler="ancestral", **settings))
    film = Trajectory(request)
    asked = film.keep_questions(request.process)
    async with aclosing(draw_all(visitor, [film])) as moved:
        async for told in moved:
            yield told | {"live": film.now()}
    yield await asyncio.to_thread(lambda: film.shown() | strips(request, [asked[moment.t] for moment in film.moments]))


def strips(request: DiffusionRequest, asked: list) -> dict:
    """The questions of a run, asked once more with a look inside → what the widget is given."""
    network = request.network
    x, t = torch.cat([one.x for one in asked]), torch.tensor([one.t for one in asked])
    told = network.collate([one.condition for one in asked])
    found = device.run(feature_maps, network, x, t, told)
    rows, ranges, about = [], [], []
    for way, h in found:
        channels = most_varied(h)
        drawn, ends = stretched(h[:, channels])
        rows.append(drawn.transpose(1, 2).flatten(2))  # moments s MAPS·s
        ranges.append(ends)
        about.append({"way": way, "side": h.shape[2], "channels": h.shape[1], "kept": channels.tolist()})
    return {"levels": about, "sprite": sprite(rows), "ranges": written(torch.stack(ranges, 1))}


def most_varied(h: Tensor) -> Tensor:
    """Channels (MAPS,) of maps (moments, C, s, s) that vary most between places, over all moments, largest first."""
    return h.var((2, 3)).mean(0).topk(min(MAPS, h.shape[1])).indices


def stretched(h: Tensor) -> tuple[Tensor, Tensor]:
    """Maps (moments, M, s, s), each from −1 at its smallest value to 1 at its largest, and those values
    (moments, M, 2)."""
    low, high = h.amin((2, 3), keepdim=True), h.amax((2, 3), keepdim=True)
    drawn = 2 * (h - low) / (high - low).clamp_min(1e-12) - 1
    return drawn, torch.cat([low, high], 3)[:, :, 0]


def sprite(rows: list[Tensor]) -> str:
    """Rows of maps (moments, s, M·s), a row for each level and a column for each moment, as a data URL."""
    widest = max(row.shape[2] for row in rows)
    columns = torch.cat([F.pad(row, (0, widest - row.shape[2]), value=1.0) for row in rows], 1)
    return pictures.data_url(columns.transpose(0, 1).flatten(1).expand(3, -1, -1))


def written(ranges: Tensor) -> str:
    """Numbers (moments, levels, M, 2) in their order, a space between two."""
    return " ".join(f"{value:.3g}" for value in ranges.flatten().tolist())


def render(app: App):
    gr.Markdown(word("levels.lead"), elem_classes=["lead"])
    question("levels.question", 3, right=2)
    shown = unet_of(["adm", "iddpm", "ddpm"])
    with gr.Row(elem_classes=["controls"]):
        with gr.Column(scale=3, min_width=300), gr.Row():
            controls = {"model": model_field(), "steps": steps_field(50), "seed": seed_field(38, scale=1)}
        with gr.Column(scale=2, min_width=280), gr.Row():
            buttons = draw_buttons()
    maths(
        r"h_\ell \in \mathbb R^{C_\ell \times s_\ell \times s_\ell}, \qquad "
        r"c_1, \dots, c_8 = \text{the largest } \operatorname{Var}_{\text{places}}\bigl(h_\ell[c]\bigr)",
        "levels.maths",
        (
            "Ronneberger, Fischer & Brox 2015, U-Net: Convolutional Networks for Biomedical Image Segmentation",
            "https://arxiv.org/abs/1505.04597",
        ),
        [UNet.forward, feature_maps, most_varied],
    )
    app.stream("levels", levels, controls, shown, **buttons)
