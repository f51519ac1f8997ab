"""A decoder in one to four steps, distilled from one that takes many (Luhman & Luhman 2021; Song et al. 2023; Luo et
al. 2023, LCM).

From a point x_t the student jumps to where the teacher's guided path ends. Either the teacher walks the whole path, in
`walk` steps of DDIM under a guidance scale w, and the student is told its end; or, with `walk` 0, it walks `skip` steps
only, from x_t to x_u, and the student is taught that neighbours on a path end in the same place:

    L = d( f(x_t, t, w), f̄(x_u, u, w) ),    d(a, b) = √(‖a − b‖² + c²) − c,  c = 0.00054 √D

where f̄ takes no gradient, and is the teacher's own x̂_0 where the walk has reached the end. The scale is an input, so
one call does what takes the teacher two. The whole path costs more calls, and cannot drift away from the teacher. f(x,
t) = k x/√ᾱ + (1 − k) x̂_0 with k = s²/(s² + σ_t²) is x itself where no noise is left.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.glide import GLIDE, Conditioning, GLIDEConfig
from models.pretrained import read_config
from models.process import at
from models.samplers import clip
from models.tokenizer import Tokenizer
from models.unet import timestep_embedding, zero


@dataclass(frozen=True)
class ConsistencyConfig(GLIDEConfig):
    schedule: str = "cosine"  # "linear" or "cosine"
    predicts: str = "x0"  # what the network gives
    walk: int = 5  # steps in which the teacher walks the whole path; 0: it walks one part of it
    skip: int = 25  # steps of that part
    starts: int = 4  # evenly spaced steps that it learns to jump from, the noisiest among them; 0: all
    scales: tuple[float, ...] = (1.0, 6.0)  # the least and the largest guidance that it learns
    settled: float = 0.05  # s, the noise below which x is hardly changed


class Consistency(GLIDE):
    """A GLIDE that takes the guidance scale as an input too; `models.samplers.jumps` draws with it."""

    def __init__(self, config: ConsistencyConfig, tokenizer: Tokenizer | None = None):
        super().__init__(config, tokenizer)
        if config.predicts != "x0" or config.variance == "learned":
            raise ValueError("A consistency model predicts x0 and has no variance.")
        self.scaled = zero(nn.Linear(config.width, 4 * config.width))

    @classmethod
    def read_start(cls, folder):
        """A Consistency, or the GLIDE that it is distilled from."""
        distilled = "skip" in read_config(folder)
        return (cls if distilled else GLIDE).from_pretrained(folder)

    def encode(self, tokens: Tensor, embedding: Tensor | None = None, scale: Tensor | None = None) -> Conditioning:
        """The condition of captions (B, T), embeddings (B, E), NaN where there is none, and guidance scales (B,), by
        default 1."""
        told = super().encode(tokens, embedding)
        scale = torch.ones(len(tokens), device=tokens.device) if scale is None else scale
        return Conditioning(told.context, told.extra + self.scaled(timestep_embedding(100 * scale, self.config.width)))

    def forward(self, x: Tensor, t: Tensor, told: Conditioning | None = None) -> Tensor:
        """(B, 3, S, S) at original steps t (B,) → f(x, t)."""
        alpha = at(self.process.alpha_bar, t, x)
        kept = self.config.settled**2 / (self.config.settled**2 + (1 - alpha) / alpha)
        return kept * x / alpha.sqrt() + (1 - kept) * super().forward(x, t, told)

    def loss(
        self, x0: Tensor, tokens: Tensor, embedding: Tensor | None, teacher: GLIDE | None = None
    ) -> dict[str, Tensor]:
        """Distillation loss of pictures (B, 3, S, S), their captions (B, T) and embeddings (B, E), some withheld here.
        Without a teacher the path is the straight one to the picture (consistency training), without guidance."""
        tokens, embedding = self.withhold(tokens, embedding)
        low, high = self.config.scales
        scale = low + (high - low) * torch.rand(len(x0)).to(x0.device)
        t, told = self._starts(len(x0)), self.encode(tokens, embedding, scale)
        start = x0 if teacher is None or not self.config.walk else self._own(x0, t, told)
        x = self.process.noised(start, t, torch.randn_like(x0))
        guess = self(x, t.to(x.device), told)
        says = (
            (lambda *_: x0) if teacher is None else lambda x, t: self._guided(teacher, x, t, tokens, embedding, scale)
        )
        with torch.no_grad():
            wanted = self._whole_path(says, x, t) if self.config.walk else self._part_of_it(says, x, t, told)
        c = 0.00054 * math.sqrt(x0[0].numel())
        far = (guess - wanted).float().flatten(1).square().sum(1)
        return {"loss": ((far + c**2).sqrt() - c).mean(), "squared": far.detach().mean() / x0[0].numel()}

    def _starts(self, count: int) -> Tensor:
        starts, total = self.config.starts, len(self.process)
        return (
            torch.randint(starts, (count,)).add(1) * total // starts - 1 if starts else torch.randint(total, (count,))
        )

    @torch.no_grad()
    def _own(self, x0: Tensor, t: Tensor, told: Conditioning) -> Tensor:
        """The pictures where all is noise; elsewhere what the student draws of noise alone, for there its later jumps
        begin."""
        last = torch.full((len(x0),), len(self.process) - 1, device=x0.device)
        drawn = self(torch.randn_like(x0), last, told).clamp(-1, 1).to(x0.dtype)
        return torch.where((t.to(x0.device) < last).view(-1, 1, 1, 1), drawn, x0)

    def _whole_path(self, says, x: Tensor, t: Tensor) -> Tensor:
        """Where `says(x, t)`, a teacher's x̂_0, leads from x_t in `walk` steps."""
        end = x
        for left in reversed(range(self.config.walk)):
            end, u = says(x, t), t * left // (left + 1)
            x, t = self.process.noised(end, u, self.process.predict_eps(x, t, end)), u
        return end

    def _part_of_it(self, says, x: Tensor, t: Tensor, told: Conditioning) -> Tensor:
        """What the student says `skip` steps further on; where those reach the end, the teacher's word."""
        end, u = says(x, t), t - self.config.skip
        further = self.process.noised(end, u.clamp_min(0), self.process.predict_eps(x, t, end))  # a step of DDIM
        return torch.where(
            (u < 0).to(x.device).view(-1, 1, 1, 1), end, self(further, u.clamp_min(0).to(x.device), told)
        )

    def _guided(
        self, teacher: GLIDE, x: Tensor, t: Tensor, tokens: Tensor, embedding: Tensor | None, scale: Tensor
    ) -> Tensor:
        """The teacher's x̂_0 at x_t under the guidance scales (B,)."""
        told, nothing = teacher.encode(tokens, embedding), teacher.encode(teacher.empty(len(x)))
        with_it, without = (teacher.split(teacher(x, t.to(x.device), each))[0] for each in (told, nothing))
        return clip(without + scale.view(-1, 1, 1, 1) * (with_it - without))
