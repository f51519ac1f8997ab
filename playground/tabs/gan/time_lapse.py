"""Time-lapse: the same noise through the generator at every stage that was kept of its training."""

import gradio as gr
from torch import Tensor

from models.gan import GAN
from models.pretrained import CheckpointError
from playground.images import pictures
from playground.panels import App
from playground.requests.fields import choice_field, new_seed, seed_field
from playground.serving import checkpoints, validation
from playground.serving.validation import checkpoint_note
from playground.shell.languages import word
from playground.tabs.gan.networks import RUNS, draw, network, stages, styles
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

SEEDS = 5  # rows
STAGES = 6  # columns, the end of training included


def time_lapse(x: Tensor, run: str, seed: int) -> dict:
    """Five pictures, from the seeds `seed`, `seed + 1`, …, as training went on; above them the measured distance to
    real drawings."""
    run, seed = validation.choice(run, RUNS, "run"), validation.integer(seed, 0, 2**31 - SEEDS, "seed")
    seeds = [seed + k for k in range(SEEDS)]
    try:
        known = stages(run)
        drawn = [draw(model, styles(model, seeds)) for model in (network(run, k) for k in range(len(known)))]
    except CheckpointError as error:
        note = checkpoint_note(error)
        return {"rows": [row([figure(None, ["draws.one", {"n": n}], note=note)] * STAGES) for n in seeds]}
    measured = [one.get("frechet") for one in checkpoints.metrics(run).get("stages", [])] + [None] * len(known)
    return {
        "rows": [
            row(
                [
                    _shown(y[i], scores[i], at, quality if i == 0 else None)
                    for (y, scores), at, quality in zip(drawn, known, measured, strict=False)
                ],
                ["draws.one", {"n": n}],
            )
            for i, n in enumerate(seeds)
        ]
    }


def _shown(y: Tensor, score: Tensor, at: int, quality: float | None) -> dict:
    numbers = [["number.score", f"{float(score):+.1f}"]] + ([["number.frechet", f"{quality:.0f}"]] if quality else [])
    return figure(pictures.data_url(y), ["gan.after", {"n": f"{at:,}"}], alt="tab.gan", numbers=numbers)


def render(app: App):
    gr.Markdown(word("lapse.lead"), elem_classes=["lead"])
    question("lapse.question", 3, right=2)
    with gr.Row(elem_classes=["controls"]):
        run = choice_field("setting.run", RUNS, RUNS[0], "model.")
        seed = seed_field(1)
        again = gr.Button(word("draws.again"), scale=0, min_width=160)
    new_seed(again, seed)
    shown = exhibit([STAGES] * SEEDS, list(RUNS), size="s", lines=1, follows=False, plays=True)
    maths(
        r"z \text{ fixed}, \qquad x^{(n)} = G_{\theta_n}(z)",
        "lapse.maths",
        ("Goodfellow et al. 2014, Generative Adversarial Networks", "https://arxiv.org/abs/1406.2661"),
        [GAN.remember, GAN.at],
    )
    app.panel("lapse", time_lapse, {"run": run, "seed": seed}, shown)
