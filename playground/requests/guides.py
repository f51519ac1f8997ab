"""Guides: the networks whose gradients pull, known to the engine, and what each of them thinks of a finished
picture."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from models.classifier import Classifier
from models.clip import CLIP
from models.guidance import Guide, by_gradient, gradient_of, of_classes, of_vectors
from models.samplers import Denoise
from playground.images import atlas, pictures, verdict
from playground.requests.guided import GuidedRequest
from playground.serving import checkpoints, device, sampling
from playground.serving.validation import Refused

ROWS = 1  # of a gradient's call: what cannot be packed answers a row differently in company


class GuideKind(NamedTuple):
    """A kind of guidance: which network wishes for what, where its gradient is taken, and how hard it pulls at strength
    1."""

    checkpoint: str = ""  # none: the network that draws guides itself, or nobody does
    target: str = ""  # "concept", "group", "style" (classes), "caption" or "specimen" (vectors)
    at: str = "x_t"
    scale: float = 0.0


KINDS = {  # scales chosen by eye: where the picture begins to follow and its background is still white
    "none": GuideKind(),
    "classifier_free": GuideKind(target="prompt", scale=3.0),
    "concept": GuideKind("classifier", "concept", scale=2.0),
    "group": GuideKind("classifier", "group", scale=2.0),
    "style": GuideKind("classifier", "style", scale=2.0),
    "clip_noised": GuideKind("clip_noised", "caption", scale=2.0),
    "clip_at_x0": GuideKind("clip", "caption", "x0", scale=0.1),
    "clip_at_xt": GuideKind("clip", "caption", scale=1.0),
    "feature": GuideKind("clip_noised", "specimen", scale=3.0),
}
CLASSES = ("concept", "style", "group")


@dataclass(frozen=True)
class ActiveGuide:
    """One kind of guidance at work for one visitor."""

    kind: GuideKind
    name: str  # the engine's
    likelihood: Guide
    target: Any  # a class's number, or a unit vector (E,)

    def denoise(self, request: GuidedRequest, strength: float) -> Denoise:
        """The denoiser of the request, pushed by the guide's gradient `strength` times as hard as usual."""
        return by_gradient(
            request.unguided(),
            request.network.process,
            self.name,
            self.target,
            strength * self.kind.scale,
            self.kind.at,
        )

    def own(self, x: Tensor) -> float:
        """What the guide thinks of a picture (1, 3, S, S): a class's probability, or a vector's cosine."""
        said = device.run(self.likelihood, x, torch.zeros(1, dtype=torch.long), [self.target], exact=True)
        return float(said.exp() if self.kind.target in CLASSES else said / loaded(self.kind).scale.cpu())


def active_guide(kind: GuideKind, request: GuidedRequest, style: str, specimen: Tensor) -> ActiveGuide:
    """The guide of a kind, ready for the engine; the specimen is (1, 3, S, S).

    Raises:
        CheckpointError: its network is not there.
        Refused: the prompt says nothing that it could wish for.
    """
    network = loaded(kind)
    if kind.target in CLASSES:
        likelihood, target = of_classes(network, kind.target), wanted(kind.target, request, style)
    else:
        likelihood, target = of_vectors(network), _vector(network, kind, request, specimen)
    name = sampling.known(
        f"{kind.checkpoint} gradient {kind.target if kind.target in CLASSES else ''}",
        kind.checkpoint,
        lambda: (_answers(likelihood), ROWS),
    )
    return ActiveGuide(kind, name, likelihood, target)


def loaded(kind: GuideKind) -> Classifier | CLIP:
    """The network of a kind of guide; raises CheckpointError where it is not there."""
    return checkpoints.load(kind.checkpoint)


def wanted(head: str, request: GuidedRequest, style: str) -> int:
    """The number of the class that is asked for under one of the heads.

    Raises:
        Refused: the prompt names none.
    """
    found = {
        "concept": request.prompt.concept,
        "group": request.prompt.group,
        "style": list(atlas.table()["pictures"]).index(style),
    }[head]
    if found is None:
        raise Refused("faceoff.no_concept")
    return found


def styles() -> list[str]:
    """The drawing styles that the classifier knows."""
    return [style for style, facts in atlas.table()["styles"].items() if not facts.get("unseen")]


def _vector(clip: CLIP, kind: GuideKind, request: GuidedRequest, specimen: Tensor) -> Tensor:
    """The unit vector (E,) of the prompt or of the specimen (1, 3, 64, 64)."""
    if kind.target == "specimen":
        x = pictures.shrunk(specimen, clip.config.noise_size) if clip.process else specimen
        return device.run(clip.encode_image, x, exact=True)[0].clone()
    if not request.prompt.text:
        raise Refused("faceoff.no_words")
    return device.run(clip.encode_text, clip.tokenizer([request.prompt.text]), exact=True)[0].clone()


def _answers(likelihood: Guide) -> Callable:
    """The network that the engine asks for a gradient."""
    gradient = gradient_of(likelihood)
    return lambda x, t, wishes: device.run(gradient, x, t, wishes, exact=True, waits=False)


def judged(kind: GuideKind, x: Tensor, request: GuidedRequest, style: str, specimen: Tensor) -> float | None:
    """The judge's own number of a picture (1, 3, S, S) for what a kind wishes for: a probability, or the likeness of
    features; None where it has none."""
    if kind.target == "specimen":
        return float(verdict.judge_likeness(x, pictures.shrunk(specimen, x.shape[-1])))
    head = kind.target if kind.target in CLASSES else "concept"
    try:
        return float(verdict.judge_probabilities(x)[head][0, wanted(head, request, style)])
    except Refused:
        return None


def heat(x0: Tensor, pull: Tensor | None) -> Tensor:
    """(3, S, S): a guess in grey, and in red where a gradient (3, S, S) pulls hardest."""
    grey = (0.5 + 0.5 * x0.float().clamp(-1, 1).mean(0, keepdim=True)).expand(3, -1, -1)
    if pull is None:
        return grey
    strength = pull.float().abs().sum(0)
    share = (strength / strength.quantile(0.98).clamp_min(1e-12)).clamp(0, 1)
    return torch.lerp(grey, torch.tensor([1.0, -0.8, -0.6]).view(3, 1, 1).expand_as(grey), share)
