"""How much of an embedding a picture needs: all but its leading principal components at their mean."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import gradio as gr
import torch
import torch.nn.functional as F
from torch import Tensor

from models.ar_prior import Components
from models.pretrained import CheckpointError
from playground.images import atlas, pictures
from playground.panels import App
from playground.requests.fields import Slider
from playground.serving import unclip, validation
from playground.serving.clip import backend, cosine
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.tabs.dalle2.inversion import InversionRun, painted
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

KEPT = (1, 4, 16, 64, 128, 256)


@errors_as_notes
async def components(x: Tensor, visitor: str, kept: int) -> AsyncIterator[dict]:
    """The specimen painted of its leading `kept` components, and of 1 … all; all from the specimen's own noise."""
    counts = [validation.integer(kept, 1, KEPT[-1], "kept"), *KEPT]
    ar_prior = (await asyncio.to_thread(unclip.load_stages)).ar_prior
    if ar_prior is None:
        raise CheckpointError("The checkpoint ar_prior is missing: train it or fetch the assets folder.")
    groups_ = await asyncio.to_thread(named_groups)

    def cut(run: InversionRun) -> Tensor:
        return torch.cat([ar_prior.components.kept(run.z, k) for k in counts])

    def groups(run: InversionRun) -> list:
        return [(run.told(cut(run)), run.noise.expand(len(counts), -1, -1, -1), 0.0, None)]

    def shown(run: InversionRun) -> dict:
        sees = groups_(run.painted[0]) if run.painted else [None] * len(counts)
        figures = [
            figure(url, ["components.kept", {"n": k}], numbers=_numbers(cosine(z[None], run.z), group))
            for url, k, z, group in zip(run.now([len(counts)])[0], counts, cut(run), sees, strict=True)
        ]
        return {"rows": [row([figure(pictures.data_url(x[0]), "variations.specimen"), figures[0]]), row(figures[1:])]}

    async with aclosing(painted(visitor, lambda: InversionRun(x, groups), shown)) as found:
        async for value in found:
            yield value


def _numbers(near: float, group: dict | None) -> list[list]:
    return [["number.cosine", f"{near:.2f}"]] + ([["components.sees", ["clip.picture_name", group]]] if group else [])


def named_groups() -> Callable[[Tensor], list[dict]]:
    """Tells of pictures (B, 3, 64, 64) the group whose words CLIP finds nearest: {"en", "zh"} each.

    Raises:
        CheckpointError: CLIP is not there.
    """
    clip, groups = backend(), atlas.table()["groups"]
    words = [group["en"].lower().split(" & ") for group in groups]
    vectors = torch.stack([F.normalize(clip.texts(each).mean(0), dim=0) for each in words])
    return lambda x: [groups[k] for k in (clip.pictures(x) @ vectors.T).argmax(1).tolist()]


def render(app: App):
    gr.Markdown(word("components.lead"), elem_classes=["lead"])
    question("components.question", 3, right=2)
    with gr.Row(elem_classes=["controls"]):
        kept = Slider(1, KEPT[-1], 32, step=1, label=word("setting.kept"), min_width=260)
    board = exhibit(
        [2, len(KEPT)], ["ar_prior", "clip", "glide", "upsampler"], titles=[None, None], size=["l", "m"], lines=2
    )
    maths(
        r"z^{(k)} = \frac{\bar z + \sum_{j \le k} \langle z - \bar z, e_j \rangle e_j}{\lVert \cdot \rVert}",
        "components.maths",
        (
            "Ramesh et al. 2022, Hierarchical Text-Conditional Image Generation with CLIP Latents, §4",
            "https://arxiv.org/abs/2204.06125",
        ),
        [Components.kept, named_groups],
    )
    app.stream("components", components, {"kept": kept}, board, pictures=1 + len(KEPT))
