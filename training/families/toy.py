"""Lessons in the plane: points of a known or drawn shape, one loop for every toy, and how many of the shape's modes a
toy draws.

lesson = Lesson("gan", shape("ring"), seed=0)
lesson.teach(500)                        # steps of every player in turn
lesson.teach(1, ("discriminator",))      # of one player alone
covered(lesson.sample(512), lesson.shape)
"""

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from models.toy import TOYS, ToyOptions

BATCH = 256  # points a step
LR = 2e-3
PER_MODE = 64  # points of a shape around each of its modes
SHAPES = ("ring", "grid", "moons", "spiral")


@dataclass(frozen=True)
class Shape:
    """Points (N, 2) in about [-1, 1], with the modes (M, 2) and their radius that a model should cover."""

    points: Tensor
    modes: Tensor
    radius: float


def shape(name: str) -> Shape:
    """One of SHAPES, always the same points."""
    rng = torch.Generator().manual_seed(0)
    if name in ("ring", "grid"):
        angle, line = torch.arange(8) * math.pi / 4, torch.linspace(-0.9, 0.9, 4)
        modes = (
            0.85 * torch.stack([angle.cos(), angle.sin()], 1) if name == "ring" else torch.cartesian_prod(line, line)
        )
        deviation = 0.05
        points = modes.repeat(PER_MODE, 1) + deviation * torch.randn(PER_MODE * len(modes), 2, generator=rng)
        return Shape(points, modes, 3 * deviation)
    at = torch.rand(1000, generator=rng)
    if name == "moons":
        angle, side = at * math.pi, torch.arange(1000) % 2
        path = torch.stack([angle.cos() - 0.5 + side, (0.25 - angle.sin()) * (2 * side - 1)], 1) * torch.tensor(
            [0.62, 0.8]
        )
    else:
        angle = 3.2 * math.pi * at.sqrt()
        path = 0.095 * angle[:, None] * torch.stack([angle.cos(), angle.sin()], 1)
    return of_points(path + 0.03 * torch.randn(1000, 2, generator=rng))


def of_points(points: Tensor, modes: int = 16) -> Shape:
    """A shape that has no modes of its own: points of it as far apart as can be, each with what lies nearer than half
    the gap.

    Raises:
        ValueError: there are no points.
    """
    if not len(points):
        raise ValueError("A shape needs at least one point.")
    chosen, far = [0], torch.full((len(points),), math.inf)
    for _ in range(min(modes, len(points.unique(dim=0))) - 1):  # farthest point first (Gonzalez 1985)
        far = far.minimum((points - points[chosen[-1]]).square().sum(1))
        chosen.append(int(far.argmax()))
    gap = float(far.minimum((points - points[chosen[-1]]).square().sum(1)).max().sqrt()) if len(chosen) > 1 else 0.0
    return Shape(points, points[chosen], max(0.1, gap))


def covered(drawn: Tensor, shape: Shape) -> tuple[int, float]:
    """How many modes have at least a quarter of their fair share of the points drawn (N, 2) within their radius, and
    the share of the points that lie within any mode."""
    distance, mode = torch.cdist(drawn, shape.modes).min(1)
    counts = mode[distance <= shape.radius].bincount(minlength=len(shape.modes))
    return int((counts >= max(1, len(drawn) / len(shape.modes) / 4)).sum()), float(counts.sum() / max(1, len(drawn)))


@dataclass
class Lesson:
    """A toy and its optimisers, one for each player; the same seed and the same steps give the same toy."""

    kind: str
    shape: Shape
    seed: int = 0
    config: ToyOptions = ToyOptions()
    steps: int = 0
    losses: dict[str, float] = field(default_factory=dict)

    def __post_init__(self):
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            self.toy = TOYS[self.kind](self.config)
        self.rng = torch.Generator().manual_seed(self.seed)
        parts = {player: getattr(self.toy, player, self.toy) for player in self.toy.players}
        self.optimizers = {
            player: torch.optim.Adam(part.parameters(), LR, self.toy.betas) for player, part in parts.items()
        }

    def teach(self, steps: int, players: tuple[str, ...] = ()) -> None:
        """Takes so many steps of the given players, by default of each in turn."""
        for _ in range(steps):
            x = self.shape.points[torch.randint(len(self.shape.points), (BATCH,), generator=self.rng)]
            for player in players or self.toy.players:
                optimizer = self.optimizers[player]
                self.toy.zero_grad(set_to_none=True)
                loss = self.toy.loss(player, x, self.rng)
                loss.backward()
                optimizer.step()
                self.losses[player] = float(loss.detach())
            self.steps += 1

    @torch.no_grad()
    def sample(self, count: int) -> Tensor:
        """(count, 2) points, always from the same noise, so that each change can be seen."""
        return self.toy.sample(count, torch.Generator().manual_seed(self.seed + 1))
