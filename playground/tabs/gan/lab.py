"""2-D lab: one shape, three families, trained while one watches."""

import gradio as gr
from torch import Tensor

from models.gan import LOSSES
from models.toy import ToyDiffusion, ToyGAN, ToyVAE
from playground.panels import App
from playground.requests.fields import seed_field
from playground.shell.languages import word
from playground.tabs.gan.lessons import GAMMAS, checked_settings, flat, shape_of, teach
from playground.widgets.held.held import held
from playground.widgets.lab.lab import lab
from playground.widgets.question.question import question
from playground.widgets.source.source import maths
from training.families.toy import SHAPES, covered

OPENING = ("ring", "relativistic", "penalty")


def lesson(x: Tensor, shape: str, points: str, loss: str, penalty: str, seed: int) -> dict:
    """What is to be learned: the points, their modes and their radius; the page's lessons then begin anew."""
    if shape == "drawn" and not points:
        return {"note": ["lab.no_points", {}]}
    settings = checked_settings(shape, points, loss, penalty, seed)
    known = shape_of(settings)
    return {
        "settings": dict(zip(("shape", "points", "loss", "penalty", "seed"), settings, strict=False)),
        "real": flat(known.points[:: max(1, len(known.points) // 500)]),
        "modes": flat(known.modes),
        "radius": round(known.radius, 3),
    }


def _settle(event: gr.EventData) -> tuple[str, str]:
    """What was drawn becomes the shape."""
    return str(event._data.get("points", ""))[:2000], "drawn"


def render(app: App):
    gr.Markdown(word("lab.lead"), elem_classes=["lead"])
    with gr.Row(elem_classes=["controls"]):
        shape = gr.Radio(
            [(word(f"value.{name}"), name) for name in (*SHAPES, "drawn")],
            value=OPENING[0],
            label=word("setting.shape"),
        )
        loss = gr.Radio(
            [(word(f"value.{name}"), name) for name in LOSSES], value=OPENING[1], label=word("setting.loss")
        )
        penalty = gr.Radio(
            [(word(f"value.{name}"), name) for name in GAMMAS], value=OPENING[2], label=word("setting.penalty")
        )
        seed = seed_field(0)
    shown = lab(teach)
    points = held("lab", "points")
    shown.edit(_settle, None, [points, shape], show_progress="hidden", api_visibility="private", queue=False)
    question("lab.question", 3)
    maths(
        r"\nabla_x D(x) \text{ (GAN)}, \qquad d(z) \text{ (GAN, VAE)}, \qquad "
        r"\nabla_x \log p_t(x) = -\hat\varepsilon / \sqrt{1-\bar\alpha_t} \text{ (diffusion)}",
        "lab.maths",
        ("Goodfellow et al. 2014, Generative Adversarial Networks", "https://arxiv.org/abs/1406.2661"),
        [ToyGAN, ToyVAE, ToyDiffusion, covered],
    )
    app.panel(
        "lab",
        lesson,
        {"shape": shape, "points": points, "loss": loss, "penalty": penalty, "seed": seed},
        shown,
    )
