"""Out of noise: one run, step by step, to stop, scrub and fork."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
import torch
from torch import Tensor

from models.pretrained import CheckpointError
from models.samplers import Noise, ancestral, ddim, dpm_solver
from playground.images import pictures, specimen
from playground.images.nearest import nearest
from playground.images.trajectory import Moment, Trajectory, draw_all, remember, remembered
from playground.panels import App
from playground.requests.controls import draw_buttons, run_controls
from playground.requests.diffusion import STEPS, DiffusionRequest
from playground.requests.fields import Number, new_seed, seed_field
from playground.serving import checkpoints, validation
from playground.serving.validation import Refused, answering, checkpoint_note, errors_as_notes, told
from playground.shell import share
from playground.shell.languages import word
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.film.film import film
from playground.widgets.held.held import held
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

FORKS = 4


@errors_as_notes
async def reverse_process(x: Tensor, visitor: str, **settings) -> AsyncIterator[dict]:
    """A picture out of noise: previews as it comes, then the film of x_t, x̂_0 and ε̂, and the nearest training
    picture."""
    request = await asyncio.to_thread(DiffusionRequest.checked, **settings)
    made = Trajectory(request)
    async with aclosing(draw_all(visitor, [made])) as moved:
        async for news in moved:
            yield news | {"live": [made.preview()]}
    remember(made)
    yield await asyncio.to_thread(_finished, made)


def _finished(made: Trajectory) -> dict:
    near = nearest(pictures.enlarged(made.pictures))[0]
    return {"films": [made.shown()], "stamp": checkpoints.stamp(made.request.model), "near": near}


async def branches(
    x: Tensor, visitor: str, at: int, painted, throw: int, stamp: str, **settings
) -> AsyncIterator[dict]:
    """The run forked where t is nearest to `at` in its film: with other noise from there on, from what was painted on
    x̂_0 if anything was. Four forks, fork k with the seed `throw + k`; the number is the distance to the unforked
    picture."""
    try:
        request = await asyncio.to_thread(DiffusionRequest.checked, **settings)
        at = validation.integer(at, 0, len(request.network.process) - 1, "at")
        throw = validation.seed(throw)
        canvas = await asyncio.to_thread(_canvas, painted, request)
        if stamp and stamp != checkpoints.stamp(request.model):
            raise Refused("diffusion.changed")
        if (whole := remembered(request)) is None:
            whole = await _filmed(visitor, request)
        moment = min(whole.moments, key=lambda one: abs(one.t - at))
        forks = Trajectory(request, request.go_on(fork(request, moment, canvas, throw), moment.i, throw))
        async with aclosing(draw_all(visitor, [forks])) as moved:
            async for news in moved:
                yield news | _branched(whole, forks, throw)
    except CheckpointError as error:
        yield {
            "rows": [row([figure(None, "diffusion.unforked", note=checkpoint_note(error)) for _ in range(FORKS + 1)])]
        }
        return
    yield _branched(whole, forks, throw)


async def _filmed(visitor: str, request: DiffusionRequest) -> Trajectory:
    """The run's film, made without showing it."""
    whole = Trajectory(request)
    async with aclosing(draw_all(visitor, [whole])) as moved:
        async for _ in moved:
            pass
    remember(whole)
    return whole


def _canvas(painted, request: DiffusionRequest) -> Tensor | None:
    """(3, S, S) of a painted x̂_0."""
    return None if painted is None else pictures.shrunk(specimen.tensor(painted), request.network.config.image_size)[0]


def fork(request: DiffusionRequest, moment: Moment, canvas: Tensor | None, seed: int) -> Tensor:
    """(FORKS, 3, S, S): x_t to go on from. A sampler that throws no noise would repeat itself, so its forks get another
    ε here."""
    if canvas is None and request.is_random:
        return moment.x.float().expand(FORKS, -1, -1, -1)
    x0, eps = moment.x0.float() if canvas is None else canvas, moment.eps.float().expand(FORKS, -1, -1, -1)
    if not request.is_random:
        other = Noise([seed + k for k in range(FORKS)]).like(eps)
        eps = other if canvas is None else torch.cat([eps[:1], other[1:]])
    return request.process.noised(x0.expand_as(eps), torch.full((FORKS,), moment.i), eps)


def _branched(whole: Trajectory, forks: Trajectory, throw: int) -> dict:
    forked = [
        figure(forks.now(k), ["draws.one", {"n": throw + k}], numbers=forks.away(whole.pictures[0], k))
        for k in range(FORKS)
    ]
    return {"rows": [row([figure(whole.now(), "diffusion.unforked"), *forked])]}


@answering
def _settle(request: gr.Request, event: gr.EventData):
    """What the film says of a fork: the step, what was painted, and the weights that it was made with."""
    said = told(event)
    at = validation.integer(said.get("at"), 0, STEPS[-1] - 1, "at")
    stamp = said.get("stamp")
    return at, share.specimen(said.get("painted")), stamp[:40] if isinstance(stamp, str) else None


def render(app: App):
    gr.Markdown(word("steps.lead"), elem_classes=["lead"])
    question("steps.question", 3, right=1)
    with gr.Row(elem_classes=["controls", "two"]):
        with gr.Column(scale=5, min_width=300):
            shown = film(["x", "x0", "eps"], ["adm", "iddpm", "ddpm"], branches=True, near=True)
        with gr.Column(scale=2, min_width=280):
            controls = run_controls(seed=38)
            with gr.Row():
                buttons = draw_buttons()
    app.stream("steps", reverse_process, controls, shown, **buttons)
    gr.Markdown(word("steps.fork"), elem_classes=["lead"])
    forked = exhibit([FORKS + 1], [], lines=1, follows=False, of="steps")
    with gr.Row(elem_classes=["controls"]):
        at = Number(480, precision=0, minimum=0, maximum=STEPS[-1] - 1, label=word("setting.at"), min_width=140)
        throw = seed_field(100, "setting.throw", scale=1)
        other = gr.Button(word("steps.again"), scale=0, min_width=160)
        painted, stamp = held(takes=specimen.SCHEMA), held()
    new_seed(other, throw)
    shown.branch(_settle, None, [at, painted, stamp], show_progress="hidden", api_visibility="private", queue=False)
    app.stream(
        "branches",
        branches,
        {**controls, "at": at, "painted": painted, "throw": throw, "stamp": stamp},
        forked,
        on=[at.change, painted.change, throw.change],
        pictures=FORKS,
    )
    maths(
        r"x_{t-1} = \mu(x_t, \hat x_0) + \sigma_t z, \qquad "
        r"\hat x_0 = \frac{x_t - \sqrt{1-\bar\alpha_t}\,\hat\varepsilon}{\sqrt{\bar\alpha_t}}",
        "steps.maths",
        ("Ho, Jain & Abbeel 2020, Denoising Diffusion Probabilistic Models", "https://arxiv.org/abs/2006.11239"),
        [ancestral, ddim, dpm_solver, fork],
    )
