"""Few steps: the decoder and the network distilled from it, of one embedding and one noise, in one to fifteen steps."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import NamedTuple

import gradio as gr
import torch
from torch import Tensor

from models.consistency import Consistency
from models.pretrained import CheckpointError
from models.samplers import Sampler, jumps
from models.unclip import DECODERS, SCALE, STEPS, TextToImage
from playground.images import pictures
from playground.images.nearest import nearest
from playground.images.verdict import judge_probabilities, percent
from playground.panels import App
from playground.requests.controls import seed_row
from playground.requests.fields import Slider
from playground.requests.prompt_controls import prompt_field
from playground.requests.unclip import LARGEST, UnclipRequest, prepared
from playground.serving.unclip import WatchedRun, draw_all, missing
from playground.serving.validation import errors_as_notes
from playground.shell.languages import word
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

ALIKE = 0.01  # distances that differ by less are told as the same
COUNTS = {"glide": (STEPS, 1, 2, 4), "glide_fast": (1, 2, 4)}  # steps; the first is what the others are measured by
PAUSE = 0.25  # seconds between two previews


@errors_as_notes
async def few_step(x: Tensor, visitor: str, **settings) -> AsyncIterator[dict]:
    """The same embedding and noise by both decoders in a few steps, with the seconds that each took."""
    race = FewStepRun(await prepared(**settings))
    async with aclosing(draw_all(visitor, [race], PAUSE)) as moved:
        async for told in moved:
            yield told | shown(race)
    yield await asyncio.to_thread(_judged, race)


class Drawn(NamedTuple):
    """A picture (1, 3, 32, 32) and the seconds that it took."""

    picture: Tensor
    seconds: float


class FewStepRun(WatchedRun):
    """One after another, so that the seconds can be compared: `drawn` by decoder and number of steps."""

    def __init__(self, request: UnclipRequest):
        super().__init__(self._stages())
        self.request, self.drawn = request, {}
        self.decoders = [name for name in DECODERS if name == "glide" or name not in missing()]

    def _stages(self) -> Sampler:
        request = self.request
        stages = self.request.stages
        texts = [self.request.prompt.text]
        seeds = [self.request.seed]
        z = yield from stages.choose(
            texts, seeds, "none" if request.missing or not request.prompt.text else request.prior, request.prior_scale
        )
        for decoder in self.decoders:
            for steps in COUNTS[decoder]:
                begun = time.monotonic()
                picture = yield from stages.decode(texts, z, seeds, steps, request.scale, decoder)
                self.drawn[decoder, steps] = Drawn(picture, time.monotonic() - begun)
        return self.drawn["glide", STEPS].picture


def shown(race: FewStepRun, facts: dict | None = None) -> dict:
    """What is there of a race; `facts`: of each picture the nearest training picture and the judge's numbers."""
    rows = [
        row([_figure(race, decoder, steps, facts) for steps in sorted(counts)], f"few.{decoder}")
        for decoder, counts in COUNTS.items()
    ]
    lacking = [["unclip.without", {"name": name}] for name in DECODERS if name not in race.decoders]
    return {"rows": rows, "remarks": [*race.request.remarks, *lacking], "right": _nearer(race)}


def _nearer(race: FewStepRun) -> int | None:
    """Which is nearer in four steps: 1 the distilled one, 2 GLIDE, 3 where they hardly differ; None while one is not
    drawn."""
    if not {("glide_fast", 4), ("glide", 4), ("glide", STEPS)} <= race.drawn.keys():
        return None
    fast, slow = (_distance(race, decoder, 4) for decoder in ("glide_fast", "glide"))
    return 3 if abs(fast - slow) < ALIKE else 1 if fast < slow else 2


def _distance(race: FewStepRun, decoder: str, steps: int) -> float:
    """Root mean square from GLIDE's picture of all steps."""
    return float((race.drawn[decoder, steps].picture - race.drawn["glide", STEPS].picture).square().mean().sqrt())


def _figure(race: FewStepRun, decoder: str, steps: int, facts: dict | None) -> dict:
    one = race.drawn.get((decoder, steps))
    if one is None:
        return figure(None, ["few.steps", {"n": steps, "s": "–"}])
    far = _distance(race, decoder, steps)
    near, numbers = facts[decoder, steps] if facts else (None, [])
    label = ["few.steps", {"n": steps, "s": f"{one.seconds / steps:.3f}"}]
    return figure(pictures.data_url(one.picture[0]), label, numbers=[["number.rms", f"{far:.2f}"], *numbers], near=near)


def _judged(race: FewStepRun) -> dict:
    y, concept = torch.cat([one.picture for one in race.drawn.values()]), race.request.prompt.concept
    try:
        judged = (
            []
            if concept is None
            else [[["number.judge", percent(share)]] for share in judge_probabilities(y)["concept"][:, concept]]
        )
    except CheckpointError:
        judged = []
    found = zip(nearest(pictures.enlarged(y)), judged or [[]] * len(y), strict=True)
    return shown(race, dict(zip(race.drawn, found, strict=True)))


def render(app: App):
    gr.Markdown(word("few.lead"), elem_classes=["lead"])
    question("few.question", 3, right=None)
    with gr.Row(elem_classes=["controls"]):
        prompt = prompt_field("few.initial", ("stages.try_1", "stages.try_2", "stages.try_3"), scale=2, min_width=260)
        scale = Slider(1, LARGEST, SCALE, step=0.25, label=word("setting.scale"), min_width=200)
    board = exhibit(
        [len(counts) for counts in COUNTS.values()],
        ["glide", "glide_fast", "prior", "judge"],
        titles=[f"few.{name}" for name in COUNTS],
        lines=2,
        near=True,
        remarks=True,
    )
    seed, buttons = seed_row(2)
    maths(
        r"f(x_t, t, w) \approx f(x_u, u, w), \quad u < t \text{ on the teacher's path under } w",
        "few.maths",
        (
            "Luo et al. 2023, Latent Consistency Models: Synthesizing High-Resolution Images with Few-Step Inference",
            "https://arxiv.org/abs/2310.04378",
        ),
        [Consistency.loss, jumps, TextToImage.jump],
    )
    app.stream("few", few_step, {"prompt": prompt, "scale": scale, "seed": seed}, board, **buttons)
