"""Draws of z_i by both priors from the same seeds, the caption's own z_t, and the drawings nearest to each; one is
painted."""

from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from models.pretrained import CheckpointError
from models.samplers import Sampler
from playground.images import clip_index, pictures
from playground.images.nearest import as_nearest, nearest
from playground.images.verdict import verdict
from playground.requests.unclip import NETWORK, UnclipRequest
from playground.serving import checkpoints, validation
from playground.serving.unclip import CHECKPOINTS, WatchedRun, missing
from playground.tabs.dalle2.embedding_planes import Plane, alike, caption_embedding, drawings_plane, gap_plane
from playground.widgets.priorplane.priorplane import KINDS

DRAWS = 16  # of each prior
NEAR = 5  # drawings that are nearest to an embedding
SAME = 0.02  # draws of two priors that are alike to within this cosine count as equally varied
MOST = 64  # batches of draws that are kept
_known: dict[tuple, Tensor] = {}  # draws (DRAWS, E) that were asked for lately, by what decides them, the oldest first


class Point(NamedTuple):
    """An embedding on the plane: the `n`-th draw of a prior, or the caption's own ("text", 0)."""

    kind: str
    n: int = 0

    @classmethod
    def checked(cls, value) -> "Point":
        """Of "diffusion 3", "ar 16" or "text".

        Raises:
            Refused: it is no such text.
        """
        kind, _, n = value.partition(" ") if isinstance(value, str) else (value, "", "")
        kind = validation.choice(kind, ("text", *KINDS), "point")
        if kind == "text":
            return cls(kind)
        return cls(kind, validation.integer(int(n) if n.isdecimal() and len(n) < 10 else n, 1, DRAWS, "point"))

    def __str__(self) -> str:
        return f"{self.kind} {self.n}" if self.n else self.kind


class PriorRun(WatchedRun):
    """Draws with every prior that is there, then paints one of the embeddings; the noise x_T is that of the request's
    seed, whichever is painted.

    Raises:
        CheckpointError: neither prior is there.
    """

    def __init__(self, request: UnclipRequest, chosen: Point):
        super().__init__(self._stages())
        self.kinds = [kind for kind in KINDS if CHECKPOINTS[NETWORK[kind]] not in missing()]
        if not self.kinds:
            raise CheckpointError("The checkpoint prior is missing: train it or fetch the assets folder.")
        self.request = request
        self.chosen = chosen if chosen.kind in ("text", *self.kinds) else Point(self.kinds[0], chosen.n)
        self.drawn: dict[str, Tensor] = {}  # (DRAWS, E) of each prior, once all are there

    def _stages(self) -> Sampler:
        request, stages, found = self.request, self.request.stages, {}
        for kind in self.kinds:
            found[kind] = yield from self._draws(kind)
        self.drawn = found
        small = yield from stages.decode([request.prompt.text], self.z, [request.seed], request.steps, request.scale)
        return (yield from stages.sharpen(small, [request.seed]))

    def _draws(self, kind: str) -> Sampler:
        """The coroutine of a prior's draws (DRAWS, E), number k from seed + k − 1; those that were drawn lately ask
        nothing."""
        request, network = self.request, CHECKPOINTS[NETWORK[kind]]
        facts = checkpoints.assets(), checkpoints.stamp(network), checkpoints.stamp("clip")
        key = kind, request.prompt.text, request.seed, request.prior_scale, *facts
        z = _known.pop(key, None)
        if z is None:
            seeds = [request.seed + k for k in range(DRAWS)]
            texts = [request.prompt.text] * DRAWS
            z = yield from request.stages.choose(texts, seeds, kind, request.prior_scale, candidates=1)
            z = z.float().cpu()
        _known[key] = z
        for old in list(_known)[:-MOST]:
            _known.pop(old, None)
        return z

    @cached_property
    def text(self) -> Tensor:
        """(1, E): z_t."""
        return caption_embedding(self.request)

    @property
    def z(self) -> Tensor:
        """(1, E): what is painted."""
        kind, n = self.chosen
        return self.text if kind == "text" else self.drawn[kind][n - 1 : n]

    @cached_property
    def board(self) -> dict:
        """What does not depend on which embedding is painted."""
        drawn, found = torch.cat(list(self.drawn.values())), clip_index.load_index()
        points = [Point("text"), *(Point(kind, k + 1) for kind in self.drawn for k in range(DRAWS))]
        z = torch.cat([self.text, drawn])
        planes = {"gap": gap_plane(self.text, drawn), "drawings": drawings_plane()}
        best = found.cosines(z).topk(NEAR)
        shown = list(dict.fromkeys(best.indices.flatten().tolist()))
        near = [
            [[shown.index(k), f"{cosine:.2f}"] for k, cosine in zip(*one, strict=True)]
            for one in zip(best.indices.tolist(), best.values.tolist(), strict=True)
        ]
        marks = zip(points, _places(planes, z), (z @ self.text[0]).tolist(), near, strict=True)
        drawings = zip(shown, _places(planes, found.vectors[shown]), strict=True)
        return {
            "marks": [
                {"point": str(point), "at": at, "cosine": f"{cosine:.2f}", "near": like}
                for point, at, cosine, like in marks
            ],
            "drawings": [as_nearest(*found.places[k]) | {"at": at} for k, at in drawings],
            "means": {kind: _places(planes, one.mean(0, keepdim=True))[0] for kind, one in self.drawn.items()},
            "facts": {kind: self._facts(one) for kind, one in self.drawn.items()},
            "kept": {name: f"{plane.kept(z):.0%}" for name, plane in planes.items()},
            "dots": planes["drawings"].dots,
            "right": self._more_varied(),
        }

    def _facts(self, drawn: Tensor) -> list[str]:
        """Mean cosines of draws to the caption's embedding, and to each other."""
        return [f"{float((drawn @ self.text[0]).mean()):.2f}", f"{alike(drawn):.2f}"]

    def _more_varied(self) -> int | None:
        """Whose draws differ more: 1 the first prior's, 2 the second's, 3 where they hardly differ in that; None where
        one is missing."""
        if len(self.drawn) < len(KINDS):
            return None
        first, second = (alike(self.drawn[kind]) for kind in KINDS)
        return 3 if abs(first - second) < SAME else 1 if first < second else 2

    def shown(self) -> dict:
        """What is to be seen by now: nothing before all draws are there."""
        if not self.drawn:
            return {}
        newest = self.newest.get("upsampler") or self.newest.get("decoder")
        return self.board | {
            "painted": str(self.chosen),
            "picture": newest and pictures.data_url(newest.x0[0]),
            "remarks": self.remarks,
        }

    @property
    def remarks(self) -> list[list]:
        lacking = [CHECKPOINTS[NETWORK[kind]] for kind in KINDS if kind not in self.kinds]
        told = [["unclip.without", {"name": name}] for name in lacking]
        return [*self.request.remarks, *(one for one in told if one not in self.request.remarks)]

    def finished(self) -> dict:
        """With the finished picture, the nearest training picture and what the judge says."""
        judged = pictures.enlarged(self.result)
        return self.shown() | {
            "picture": pictures.data_url(self.result[0]),
            "nearest": nearest(judged)[0],
            "remarks": [*verdict(judged, self.request.prompt.concept), *self.remarks],
            "done": True,
        }


def _places(planes: dict[str, Plane], z: Tensor) -> list[dict[str, list[float]]]:
    """Of embeddings (N, E) the places on every plane: {plane: [x, y]} each."""
    found = {name: plane(z) for name, plane in planes.items()}
    return [dict(zip(found, one, strict=True)) for one in zip(*found.values(), strict=True)]
