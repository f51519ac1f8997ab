"""Microscope: what the network says with and without the words, their difference, and what the scale makes of it at
once."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
import torch
from torch import Tensor

from models.guidance import classifier_free
from models.samplers import Evaluation
from playground.images import pictures
from playground.images.trajectory import Trajectory, draw_all, overheard
from playground.panels import App
from playground.requests.guided import GuidedRequest, prepared
from playground.requests.prompt_controls import guided_fields, prompt_field, scale_field
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.widgets.microscope.microscope import LARGEST_EPS, LARGEST_X0
from playground.widgets.microscope.microscope import microscope as lens
from playground.widgets.question.question import question
from playground.widgets.source.source import maths


@errors_as_notes
async def microscope(x: Tensor, visitor: str, **settings) -> AsyncIterator[dict]:
    """A run at a scale of classifier-free guidance, and of up to 30 of its steps both answers of the network."""
    request = await prepared(**settings)
    pair = Pair(request)
    async with aclosing(draw_all(visitor, [pair.film])) as moved:
        async for told in moved:
            yield told | {"live": pair.film.now(), "remarks": request.prompt.remarks}
    yield pair.shown() | {"remarks": request.prompt.remarks}


class Pair:
    """The film of a run under both conditions, and what the network said in each step under each."""

    def __init__(self, request: GuidedRequest):
        self.request, self.said = request, {}
        scale = request.scale if request.scale != 1 else 1 + 1e-6  # at 1 nobody would ask without the words
        denoise = classifier_free(request.network, request.prompt.unconditional, (request.prompt.condition, scale))
        self.film = Trajectory(request, overheard(request.begin(1, denoise), self._hear))

    def _hear(self, question: Evaluation, answer: Tensor):
        """First what the words make of x_t, then what no words make of it."""
        output, _ = self.request.network.split(answer)
        x0 = self.request.network.process.predict_x0(
            question.x, torch.tensor([question.t]), output, self.request.network.config.predicts
        )
        self.said.setdefault(question.t, []).append(x0[0])

    def shown(self) -> dict:
        """What the widget is given: a sprite with a column per moment and rows ε(∅), x̂₀(∅), x̂₀(c) − x̂₀(∅), each to
        its range."""
        columns, moments = [], []
        for moment in self.film.moments:
            told, nothing = self.said[moment.t]
            kept = float(self.request.process.alpha_bar[moment.i])
            eps = (moment.x.float() - kept**0.5 * nothing) / (1 - kept) ** 0.5
            spread = max(float((told - nothing).abs().max()), 1e-3)
            columns.append(torch.cat([eps / LARGEST_EPS, nothing / LARGEST_X0, (told - nothing) / spread], 1))
            moments.append({"t": moment.t, "kept": kept, "spread": spread})
        return {
            "sprite": pictures.data_url(torch.cat(columns, 2)),
            "moments": moments,
            "src": self.film.now(),
            "scale": self.request.scale,
        }


def render(app: App):
    gr.Markdown(word("microscope.lead"), elem_classes=["lead"])
    question("microscope.question", 3, right=1)
    with gr.Row(elem_classes=["controls"]):
        prompt = prompt_field("microscope.initial", scale=2, min_width=260)
        scale = scale_field(tells="microscope")
    shown = lens(["glide", "adm"])
    fields, buttons = guided_fields(2)
    maths(
        r"\hat\varepsilon(c) - \hat\varepsilon(\varnothing) "
        r"= -\sqrt{\tfrac{\bar\alpha_t}{1-\bar\alpha_t}}\,\bigl(\hat x_0(c) - \hat x_0(\varnothing)\bigr)",
        "microscope.maths",
        ("Ho & Salimans 2022, Classifier-Free Diffusion Guidance", "https://arxiv.org/abs/2207.12598"),
        [classifier_free, Pair],
    )
    app.stream("microscope", microscope, {"prompt": prompt, "scale": scale, **fields}, shown, **buttons)
