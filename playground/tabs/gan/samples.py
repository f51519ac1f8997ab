"""Samples: what the generator draws, and what the discriminator thinks of each."""

import gradio as gr
from torch import Tensor

from models.gan import GAN, Discriminator, Generator, discriminator_loss, generator_loss
from models.pretrained import CheckpointError
from playground.images import pictures
from playground.images.nearest import nearest
from playground.panels import App
from playground.requests.fields import Slider, choice_field, new_seed, seed_field
from playground.serving import validation
from playground.serving.validation import checkpoint_note
from playground.shell.languages import word
from playground.tabs.gan.networks import END, RUNS, draw, network, stages, styles
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

ACROSS = 8  # pictures in a row
ROWS = 2
STAGES = 5  # of training; this one is the end


def samples(x: Tensor, run: str, stage: int, psi: float, seed: int) -> dict:
    """Sixteen pictures from the seeds `seed`, `seed + 1`, …, with the discriminator's score of each, in units of its
    own where 0 is the mean real picture; `stage` 0 to 4 is an earlier generator, 5 the last."""
    run, stage = validation.choice(run, RUNS, "run"), validation.integer(stage, 0, STAGES, "stage")
    psi, seed = validation.number(psi, 0, 1.5, "psi"), validation.integer(seed, 0, 2**31 - ACROSS * ROWS, "seed")
    seeds = [seed + k for k in range(ACROSS * ROWS)]
    try:
        model, known = network(run, stage if stage < STAGES else END), stages(run)
        y, scores = draw(model, styles(model, seeds, psi))
    except CheckpointError as error:
        note = checkpoint_note(error)
        return {
            "rows": [row([figure(None, ["draws.one", {"n": n}], note=note) for n in part]) for part in _parts(seeds)]
        }
    near = nearest(y)
    shown = [
        figure(
            pictures.data_url(one),
            ["draws.one", {"n": n}],
            alt="tab.gan",
            numbers=[["number.score", f"{s:+.1f}"]],
            near=about,
        )
        for one, n, s, about in zip(y, seeds, scores.tolist(), near, strict=True)
    ]
    title = ["gan.after", {"n": f"{known[min(stage, len(known) - 1)]:,}"}]
    return {"rows": [row(part, title if k == 0 else None) for k, part in enumerate(_parts(shown))]}


def _parts(things: list) -> list[list]:
    return [things[k : k + ACROSS] for k in range(0, len(things), ACROSS)]


def render(app: App):
    gr.Markdown(word("samples.lead"), elem_classes=["lead"])
    question("samples.question", 3, right=2)
    with gr.Row(elem_classes=["controls"]):
        run = choice_field("setting.run", RUNS, RUNS[0], "model.")
        stage = Slider(0, STAGES, STAGES, step=1, label=word("setting.stage"))
        psi = Slider(0, 1.5, 1, step=0.05, label=word("setting.psi"))
        seed = seed_field(1)
        again = gr.Button(word("draws.again"), scale=0, min_width=160)
    new_seed(again, seed)
    shown = exhibit([ACROSS] * ROWS, [*RUNS, "judge"], size="s", lines=1, near=True, follows=False)
    maths(
        r"L_D = \mathbb E\,\mathrm{softplus}(D(G(z)) - D(x)) "
        r"+ \tfrac{\gamma}{2}\left(\mathbb E\lVert\nabla D(x)\rVert^2 + \mathbb E\lVert\nabla D(G(z))\rVert^2\right),"
        r"\quad L_G = \mathbb E\,\mathrm{softplus}(D(x) - D(G(z)))",
        "samples.maths",
        (
            "Huang, Gokaslan, Kuleshov & Tompkin 2024, The GAN is dead; long live the GAN!",
            "https://arxiv.org/abs/2501.05441",
        ),
        [discriminator_loss, generator_loss, Generator, Discriminator, GAN.sample],
    )
    app.panel("samples", samples, {"run": run, "stage": stage, "psi": psi, "seed": seed}, shown)
