"""Into noise: the forward process on the specimen, under both schedules; the slider asks nobody."""

import base64

import gradio as gr
import numpy as np
from torch import Tensor

from models.process import Process, cosine_betas, linear_betas
from models.samplers import Noise
from playground.images import pictures
from playground.panels import App
from playground.requests.fields import seed_field
from playground.serving import validation
from playground.shell.languages import word
from playground.widgets.noising.noising import noising
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

SIDE = 32  # pixels
STEPS = 1000  # of the process


def forward_process(x: Tensor, seed: int) -> dict:
    """The specimen at 32 pixels and one draw of ε (SIDE × SIDE × 3, 16-bit in 1/8192), from which the page mixes every
    x_t."""
    small, noise = pictures.shrunk(x, SIDE)[0], Noise([validation.seed(seed)])(3, SIDE, SIDE)[0]
    whole = (noise.permute(1, 2, 0).clamp(-3.99, 3.99) * 8192).round().numpy().astype("<i2")
    return {"src": pictures.data_url(small), "noise": base64.b64encode(np.ascontiguousarray(whole).tobytes()).decode()}


def tables() -> dict[str, list[float]]:
    """ᾱ of every step under each schedule."""
    return {
        name: [float(f"{value:.6g}") for value in Process.named(name, STEPS).alpha_bar.tolist()]
        for name in ("linear", "cosine")
    }


def render(app: App):
    gr.Markdown(word("forward.lead"), elem_classes=["lead"])
    question("forward.question", 3, right=2)
    shown = noising(tables(), SIDE)
    with gr.Row(elem_classes=["controls"]):
        seed = seed_field(0)
    maths(
        r"q(x_t \mid x_0) = \mathcal N\!\left(\sqrt{\bar\alpha_t}\, x_0, (1 - \bar\alpha_t) I\right), \qquad "
        r"\mathrm{SNR}(t) = \frac{\bar\alpha_t}{1 - \bar\alpha_t}",
        "forward.maths",
        (
            "Nichol & Dhariwal 2021, Improved Denoising Diffusion Probabilistic Models",
            "https://arxiv.org/abs/2102.09672",
        ),
        [linear_betas, cosine_betas, Process.noised],
    )
    app.panel("forward", forward_process, {"seed": seed}, shown)
