"""2-D lab: one shape, three families, trained while one watches."""

import gradio as gr
from torch import Tensor

from models.gan import LOSSES
from models.toy import ToyDiffusion, ToyGAN, ToyVAE
from playground.panels import App
from playground.requests.fields import choice_field, seed_field
from playground.serving.validation import answering, told
from playground.shell.languages import word
from playground.tabs.gan.lessons import GAMMAS, checked_settings, flat, read_points, shape_of, teach
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


@answering
def _settle(request: gr.Request, event: gr.EventData) -> tuple[str, str]:
    """What was drawn becomes the shape."""
    points = told(event).get("points")
    read_points(points)
    return points, "drawn"


def render(app: App):
    gr.Markdown(word("lab.lead"), elem_classes=["lead"])
    question("lab.question", 3, right=2)
    with gr.Row(elem_classes=["controls"]):
        shape = choice_field("setting.shape", (*SHAPES, "drawn"), OPENING[0])
        loss = choice_field("setting.loss", LOSSES, OPENING[1])
        penalty = choice_field("setting.penalty", GAMMAS, OPENING[2])
        seed = seed_field(0)
    shown = lab(teach)
    points = held()
    shown.edit(_settle, None, [points, shape], show_progress="hidden", api_visibility="private", queue=False)
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
