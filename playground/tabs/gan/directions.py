"""Sliders along the main directions of the style: what varies most in what the generator can draw."""

from functools import lru_cache

import gradio as gr
import torch
from torch import Tensor

from models.gan import GAN, StyleBlock
from models.pretrained import CheckpointError
from playground.images import pictures
from playground.panels import App
from playground.requests.fields import Slider, seed_field
from playground.serving import validation
from playground.serving.validation import checkpoint_note
from playground.shell.languages import word
from playground.tabs.gan.networks import RUNS, TRAITS, draw, main_directions, network, styles, traits
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.source.source import maths

COUNT = 6  # sliders
REACH = 3.0  # deviations
SEEDS = 24  # pictures on which is measured what a direction changes


def directions(x: Tensor, seed: int, **moves: float) -> dict:
    """A picture's style moved along main directions, in deviations; and along each alone, both ways."""
    seed = validation.seed(seed)
    steps = torch.tensor([validation.number(moves[f"d{k}"], -REACH, REACH, f"d{k}") for k in range(COUNT)])
    labels = ["directions.start", "directions.moved", "directions.mean"]
    try:
        model = network(RUNS[0])
        mean, axes = main_directions(model)
        w, axes, told = styles(model, [seed]), axes[:COUNT], changes(model)
        y, scores = draw(model, torch.cat([w, w + steps @ axes, mean[None], w - REACH * axes, w + REACH * axes]))
    except CheckpointError as error:
        return {
            "rows": _rows([figure(None, label, note=checkpoint_note(error)) for label in labels + [""] * 2 * COUNT])
        }
    labels += [["directions.change", {"k": k + 1, "what": what}] for side in told for k, what in enumerate(side)]
    return {
        "rows": _rows(
            [
                figure(pictures.data_url(one), label, alt="tab.gan", numbers=[["number.score", f"{s:+.1f}"]])
                for one, label, s in zip(y, labels, scores.tolist(), strict=True)
            ]
        )
    }


@lru_cache(maxsize=4)
def changes(model: GAN) -> tuple[list[str], list[str]]:
    """What each direction changes most, measured on SEEDS pictures: catalogue keys for moves down, and for moves up.

    The change of a trait is its mean difference between both ends, in deviations that it has among the pictures.
    """
    _, axes = main_directions(model)
    w = styles(model, list(range(SEEDS)))
    spread = traits(draw(model, w)[0]).std(0)
    downs, ups = [], []
    for axis in axes[:COUNT]:
        down, up = (traits(draw(model, w + move * axis)[0]).mean(0) for move in (-REACH, REACH))
        change = (up - down) / spread
        most = int(change.abs().argmax())
        less, more = (f"trait.{TRAITS[most]}_{sign}" for sign in ("less", "more"))
        downs.append(less if change[most] > 0 else more)
        ups.append(more if change[most] > 0 else less)
    return downs, ups


def _rows(shown: list[dict]) -> list[dict]:
    return [row(shown[:3]), row(shown[3 : 3 + COUNT], "directions.down"), row(shown[3 + COUNT :], "directions.up")]


def render(app: App):
    gr.Markdown(word("directions.lead"), elem_classes=["lead"])
    with gr.Row(elem_classes=["controls", "two"]):
        with gr.Column(scale=3):
            shown = exhibit(
                [3, COUNT, COUNT],
                [RUNS[0]],
                titles=[None, "directions.down", "directions.up"],
                size=["m", "s", "s"],
                lines=1,
                follows=False,
            )
        with gr.Column(scale=2, min_width=280):
            sliders = {f"d{k}": Slider(-REACH, REACH, 0, step=0.1, label=f"v{k + 1}") for k in range(COUNT)}
            seed = seed_field(1)
            level = gr.Button(word("directions.level"), size="sm")
    level.click(
        lambda: [0] * COUNT, None, list(sliders.values()), show_progress="hidden", api_visibility="private", queue=False
    )
    maths(
        r"w = f(z), \qquad w' = w + \sum_k \lambda_k \sigma_k v_k, \qquad "
        r"h \leftarrow \mathrm{conv}\left(a\big((1 + s(w)) \odot h + b(w)\big)\right)",
        "directions.maths",
        ("Härkönen et al. 2020, GANSpace: Discovering Interpretable GAN Controls", "https://arxiv.org/abs/2004.02546"),
        [main_directions, StyleBlock],
    )
    app.panel("directions", directions, {"seed": seed, **sliders}, shown)
