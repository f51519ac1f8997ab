"""Inpainting: the specimen with a hole, and words for what belongs there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
import torch
from torch import Tensor

from models.guidance import inpainting
from models.pretrained import CheckpointError
from playground.images import pictures, specimen
from playground.images.nearest import nearest
from playground.images.trajectory import Trajectory, draw_all
from playground.panels import App
from playground.requests.guided import prepared
from playground.requests.prompt_controls import guided_fields, prompt_field, scale_field
from playground.serving.validation import checkpoint_note
from playground.shell.languages import word
from playground.widgets.held.held import held
from playground.widgets.inpaint.inpaint import COUNT
from playground.widgets.inpaint.inpaint import inpaint as canvas
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

SIDE = 32


async def inpaint(x: Tensor, visitor: str, mask, **settings) -> AsyncIterator[dict]:
    """The specimen kept outside the mask (a picture, white where something new is drawn); inside it four drawings of
    the prompt."""
    hole = await asyncio.to_thread(painted, mask)
    try:
        request = await prepared(**settings)
        small = pictures.shrunk(x, request.network.config.image_size)
        film = Trajectory(request, request.begin(COUNT, inpainting(request.guided(), small, hole)))
        shown = {"src": pictures.data_url(small[0]), "mask": pictures.data_url(hole[0].expand(3, -1, -1) * 2 - 1)}
        remarks = [*_covered(hole), *request.prompt.remarks]
        async with aclosing(draw_all(visitor, [film])) as moved:
            async for told in moved:
                yield told | shown | {"live": True, "drawn": [film.now(k) for k in range(COUNT)], "remarks": remarks}
    except CheckpointError as error:
        yield {"note": checkpoint_note(error), "src": pictures.data_url(pictures.shrunk(x, SIDE)[0])}
        return
    near = await asyncio.to_thread(nearest, pictures.enlarged(film.pictures))
    yield shown | {"drawn": [film.now(k) for k in range(COUNT)], "near": near, "remarks": remarks}


def painted(mask) -> Tensor:
    """(1, 1, 32, 32): the hole, 1 where the mask is white; the lower half, if nobody has painted one."""
    if mask is not None:
        return (pictures.shrunk(specimen.tensor(mask), SIDE).mean(1, keepdim=True) > 0).float()
    hole = torch.zeros(1, 1, SIDE, SIDE)
    hole[..., SIDE // 2 - 1 :, :] = 1
    return hole


def _covered(hole: Tensor) -> list[list]:
    """A remark where the mask covers nothing, or everything."""
    share = float(hole.mean())
    return [["inpaint.nothing", {}]] if not share else [["inpaint.all", {}]] if share == 1 else []


def render(app: App):
    gr.Markdown(word("inpaint.lead"), elem_classes=["lead"])
    question("inpaint.question", 3)
    with gr.Row(elem_classes=["controls"]):
        prompt = prompt_field("inpaint.initial", ("inpaint.try_1", "inpaint.try_2"), scale=2, min_width=260)
        scale = scale_field(4)
    shown = canvas(["glide", "adm"])
    mask = held(takes=specimen.SCHEMA)
    fields, buttons = guided_fields(3)
    maths(
        r"\hat x_0 \leftarrow m \odot \hat x_0 + (1 - m) \odot x",
        "inpaint.maths",
        ("Nichol et al. 2022, GLIDE", "https://arxiv.org/abs/2112.10741"),
        [inpainting],
    )
    app.stream(
        "inpaint", inpaint, {"prompt": prompt, "mask": mask, "scale": scale, **fields}, shown, pictures=COUNT, **buttons
    )
