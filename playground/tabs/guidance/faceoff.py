"""Face-off: every kind of guidance from the same noise, what its guide thinks of the result, and what the judge
thinks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr
import torch
from torch import Tensor

from models.guidance import by_gradient, gradient_of
from models.pretrained import CheckpointError
from models.samplers import Evaluation, Frame
from playground.images import pictures
from playground.images.nearest import nearest
from playground.images.trajectory import Trajectory, draw_all
from playground.panels import App
from playground.requests import guides
from playground.requests.fields import Dropdown, Slider
from playground.requests.guided import GuidedRequest, prepared
from playground.requests.guides import KINDS, GuideKind
from playground.requests.prompt_controls import guided_fields, prompt_field
from playground.serving import validation
from playground.serving.validation import Refused, checkpoint_note
from playground.shell.languages import named, word
from playground.widgets.faceoff.faceoff import faceoff as board
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

MOMENTS = 8  # steps whose gradient is kept
STRONGEST = 8  # strength
PAUSE = 0.25  # seconds between two previews


async def faceoff(x: Tensor, visitor: str, strength: float, style: str, **settings) -> AsyncIterator[dict]:
    """The same noise under every kind of guidance: pictures, gradients, the guide's own number and the judge's."""
    strength = validation.number(strength, 0, STRONGEST, "strength")
    style = validation.choice(style, guides.styles(), "style")
    try:
        request = await prepared(**settings)
    except CheckpointError as error:
        yield {"note": checkpoint_note(error)}
        return
    sides = [await asyncio.to_thread(Side, name, kind, request, strength, style, x) for name, kind in KINDS.items()]
    async with aclosing(draw_all(visitor, [side.film for side in sides if side.film], PAUSE)) as moved:
        async for told in moved:
            yield told | {"rows": [side.shown() for side in sides], "remarks": request.prompt.remarks}
    yield await asyncio.to_thread(_finished, sides, request, style, x)


class Side:
    """One kind of guidance at work, or the reason why it cannot."""

    def __init__(
        self, name: str, kind: GuideKind, request: GuidedRequest, strength: float, style: str, specimen: Tensor
    ):
        self.name, self.kind, self.scale = name, kind, strength * kind.scale
        self.film = self.puller = self.note = None
        self.heats: dict[int, Tensor] = {}  # t → (3, S, S)
        self.wanted = {int(i) for i in torch.linspace(0, request.steps - 1, min(request.steps, MOMENTS)).round()}
        try:
            if kind.checkpoint:
                self.puller = guides.active_guide(kind, request, style, specimen)
            self.film = Trajectory(request, self._watched(request, strength))
        except CheckpointError as error:
            self.note = checkpoint_note(error)
        except Refused as refusal:
            self.note = [refusal.key, refusal.values]

    def _watched(self, request: GuidedRequest, strength: float):
        """The run's sampler; what pulled in a step is kept with the guess that came of it."""
        sampler, answer, said = request.begin(1, self._denoise(request, strength)), None, []
        try:
            while True:
                item = sampler.send(answer)
                if isinstance(item, Frame):
                    if item.i in self.wanted:
                        self.heats[item.t] = guides.heat(item.x0[0], self._pull(said))
                    said = []
                answer = yield item
                if isinstance(item, Evaluation):
                    said.append((item.of, answer[0, :3]))
        except StopIteration as end:
            return end.value

    def _denoise(self, request: GuidedRequest, strength: float):
        if self.puller:
            return self.puller.denoise(request, strength)
        return (
            GuidedRequest(request.prompt, self.scale, request.seed, request.steps).guided()
            if self.kind.target
            else request.unguided()
        )

    def _pull(self, said: list[tuple[str, Tensor]]) -> Tensor | None:
        """The gradient among what was said in a step; of classifier-free guidance, what the words change."""
        gradient = next((answer for of, answer in said if of), None)
        if gradient is None and len(said) == 2:
            return said[0][1].float() - said[1][1].float()
        return gradient

    def shown(self, own=None, judge=None, near=None) -> dict:
        """What the widget is given; `own` and `judge` are pairs (with this guidance, without any), `near` a drawing."""
        heats = torch.cat(list(self.heats.values()), 2) if self.film and self.film.pictures is not None else None
        return {
            "kind": self.name,
            "scale": self.scale,
            "note": self.note,
            "src": self.film and self.film.now(),
            "own": own,
            "judge": judge,
            "near": near,
            "unit": "cosine" if self.kind.target in ("caption", "specimen") else "share",
            "heats": None if heats is None else pictures.data_url(heats),
            "t": list(self.heats),
        }

    def numbers(self, plain: Tensor, request: GuidedRequest, style: str, specimen: Tensor) -> dict:
        """The guide's and the judge's numbers of this picture, and of the one that nobody guided."""
        if not self.film:
            return self.shown()
        pair, own, judge = (self.film.pictures, plain), None, None
        if self.puller:
            own = [round(self.puller.own(x), 4) for x in pair]
        try:
            found = [guides.judged(self.kind, x, request, style, specimen) for x in pair]
            judge = None if None in found else [round(value, 4) for value in found]
        except CheckpointError:
            pass
        return self.shown(own, judge, nearest(pictures.enlarged(self.film.pictures))[0])


def _finished(sides: list[Side], request: GuidedRequest, style: str, specimen: Tensor) -> dict:
    plain = sides[0].film.pictures
    return {
        "rows": [side.numbers(plain, request, style, specimen) for side in sides],
        "remarks": request.prompt.remarks,
    }


def render(app: App):
    gr.Markdown(word("faceoff.lead"), elem_classes=["lead"])
    question("faceoff.question", 3)
    with gr.Row(elem_classes=["controls"]):
        prompt = prompt_field("faceoff.initial", scale=2, min_width=240)
        strength = Slider(0, STRONGEST, 1, step=0.25, label=word("setting.strength"), min_width=200)
        styles = [(named("style.", name), name) for name in guides.styles()]
        style = Dropdown(styles, value=styles[0][1] if styles else None, label=word("setting.style"), min_width=130)
    shown = board(list(KINDS), ["glide", "adm", "classifier", "clip", "clip_noised", "judge"])
    fields, buttons = guided_fields(7)
    maths(
        r"\hat\varepsilon = \hat\varepsilon(x_t) - s\,\sqrt{1-\bar\alpha_t}\;\nabla_{x_t} \log p(y \mid x_t)",
        "faceoff.maths",
        ("Dhariwal & Nichol 2021, Diffusion Models Beat GANs on Image Synthesis", "https://arxiv.org/abs/2105.05233"),
        [by_gradient, gradient_of, guides.active_guide],
    )
    controls = {"prompt": prompt, "strength": strength, "style": style, **fields}
    app.stream("faceoff", faceoff, controls, shown, pictures=len(KINDS), **buttons)
