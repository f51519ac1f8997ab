"""Between two pictures: their embeddings along an arc, their noises too or one held fast."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
import torch
from torch import Tensor

from models.embeddings import slerp
from playground.images import pictures, specimen
from playground.images.atlas import second_opening
from playground.panels import App
from playground.requests.fields import choice_field
from playground.serving import validation
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.tabs.dalle2.inversion import InversionRun, painted
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.source.source import maths
from playground.widgets.tray.tray import tray

COUNT = 7  # pictures from one to the other
NOISES = ("both", "first")  # interpolated too, or the first one's


@errors_as_notes
async def interpolation(x: Tensor, visitor: str, other, noise: str) -> AsyncIterator[dict]:
    """Seven pictures from the specimen to another: spherical in z_i; x_T spherical between both inversions, or the
    specimen's."""
    noise, y = validation.choice(noise, NOISES, "noise"), await asyncio.to_thread(specimen.tensor, other)
    shares = torch.linspace(0, 1, COUNT)

    def groups(run: InversionRun) -> list:
        (a, b), (p, q) = run.z.split(1), run.noise.split(1)
        z = slerp(a.expand(COUNT, -1), b.expand(COUNT, -1), shares)
        x_t = (
            slerp(p.expand(COUNT, -1, -1, -1), q.expand(COUNT, -1, -1, -1), shares)
            if noise == "both"
            else p.expand(COUNT, -1, -1, -1)
        )
        return [(run.told(z), x_t, 0.0, None)]

    same = [["blend.same", {}]] if torch.equal(x, y) else []

    def shown(run: InversionRun) -> dict:
        figures = [figure(url, f"{share:.0%}") for url, share in zip(run.now([COUNT])[0], shares.tolist(), strict=True)]
        ends = [figure(pictures.data_url(x[0]), "variations.specimen"), figure(pictures.data_url(y[0]), "blend.other")]
        return {"rows": [row(figures), row(ends)], "remarks": same}

    async with aclosing(painted(visitor, lambda: InversionRun(torch.cat([x, y]), groups), shown)) as found:
        async for value in found:
            yield value


def render(app: App):
    gr.Markdown(word("blend.lead"), elem_classes=["lead"])
    board = exhibit([COUNT, 2], ["clip", "glide", "upsampler"], titles=[None, None], size="s", lines=0, remarks=True)
    with gr.Row(elem_classes=["controls"]):
        other = tray(second_opening(), elem_id="blend-second")
        noise = choice_field("setting.noise", NOISES, "both")
    maths(
        r"z(\theta) = \text{slerp}(z_a, z_b, \theta), \qquad x_T(\theta) = \text{slerp}(x_T^a, x_T^b, \theta)",
        "blend.maths",
        (
            "Ramesh et al. 2022, Hierarchical Text-Conditional Image Generation with CLIP Latents, §3.2",
            "https://arxiv.org/abs/2204.06125",
        ),
        [slerp],
    )
    app.stream("blend", interpolation, {"other": other, "noise": noise}, board, pictures=COUNT)
