"""DALL·E 2's diffusion prior (Ramesh et al. 2022, §2.2): from a caption to the embedding of a picture that it may
describe.

A causal transformer reads, in this order, the caption's tokens, its CLIP embedding z_t, the time, the noised embedding
and a learned query, whose place gives ẑ_i:

    L = E ‖f(√ᾱ_t z + √(1−ᾱ_t) ε, t, y) − z‖²,    z = r z_i

Embeddings have length 1; they are made r long, so that the noise drowns them as it does pictures (r = 0.5375 √d gives
the paper's 17.2 for 1024 numbers). A caption is withheld by an empty one. Left out: the Analytic-DPM variance of its
sampler.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.clip import CLIP
from models.guidance import classifier_free
from models.pretrained import Pretrained
from models.process import Process
from models.samplers import Noise, Sampler, ddim, run, spacing, stacked, unclipped
from models.transformer import Transformer
from models.unet import timestep_embedding, zero

CANDIDATES = 8  # embeddings that the diffusion prior draws; the one that fits the caption best is kept
STRIDE = 8  # tokens by which captions grow, so that many are read as one batch
STEPS = 8  # by default; more bring the embedding no nearer to the pictures'


@dataclass(frozen=True)
class DiffusionPriorConfig:
    embedding: int = 256  # numbers of a CLIP embedding
    text_width: int = 192  # of a token of CLIP's text tower
    context: int = 32  # tokens of a caption
    width: int = 256  # of a token here
    layers: int = 4  # of the transformer
    heads: int = 4  # of the transformer
    radius: float = 8.6  # r, the length that embeddings are given
    text_dropout: float = 0.1  # share of captions replaced by the empty one in training
    schedule: str = "cosine"  # "linear" or "cosine"
    steps: int = 1000  # T
    predicts: str = "x0"  # what the network gives


@dataclass(frozen=True)
class TextFeatures:
    """What a CLIP reads in captions: `tokens` (B, T, W) of its text tower, `ends` (B,), the index of each end token,
    and `vector` (B, E), z_t of length 1."""

    tokens: Tensor
    ends: Tensor
    vector: Tensor

    @classmethod
    def of(cls, clip: CLIP, texts: list[str]) -> "TextFeatures":
        """What `clip` reads in texts, a row each."""
        return cls.read(clip, clip.tokenizer(texts))

    @classmethod
    def read(cls, clip: CLIP, ids: Tensor) -> "TextFeatures":
        """What `clip` reads in texts as tokens (B, T)."""
        ids = ids.to(clip.device)
        tokens, ends = clip.text.read(ids)
        vector = F.normalize(clip.text.vector(tokens, ends).float(), dim=1)
        return cls(F.pad(tokens, (0, 0, 0, ids.shape[1] - tokens.shape[1])), ends, vector)

    @classmethod
    def longest(cls, config) -> "TextFeatures":
        """Of one caption that fills the context of a prior's config."""
        tokens, vector = torch.zeros(1, config.context, config.text_width), torch.zeros(1, config.embedding)
        return cls(tokens, torch.tensor([config.context - 1]), vector)

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def length(self) -> int:
        """Tokens that are read: up to the last end, in steps of `STRIDE`."""
        return min(-(-(int(self.ends.max()) + 1) // STRIDE) * STRIDE, self.tokens.shape[1])

    @classmethod
    def stack(cls, rows: list["TextFeatures"]) -> "TextFeatures":
        """Several as one batch."""
        return cls(
            *(torch.cat(parts) for parts in zip(*((row.tokens, row.ends, row.vector) for row in rows), strict=True))
        )

    def rows(self, index: Tensor) -> "TextFeatures":
        """The rows with these indices."""
        return TextFeatures(self.tokens[index], self.ends[index], self.vector[index])

    def repeated(self, count: int) -> "TextFeatures":
        """Each row `count` times, one after the other."""
        return self.rows(torch.arange(len(self)).repeat_interleave(count))

    def to(self, device: torch.device) -> "TextFeatures":
        return TextFeatures(self.tokens.to(device), self.ends.to(device), self.vector.to(device))


class Listener(nn.Module):
    """What was said → (B, T + 1, D): a token for each of the caption's up to the longest, one for z_t; and which are
    hidden."""

    def __init__(self, config, width: int):
        super().__init__()
        self.token, self.vector = nn.Linear(config.text_width, width), nn.Linear(config.embedding, width)
        self.place = nn.Parameter(torch.randn(config.context, width) * 0.02)

    def forward(self, said: TextFeatures) -> tuple[Tensor, Tensor]:
        length = said.length
        text = self.token(said.tokens[:, :length]) + self.place[:length]
        beyond = torch.arange(length + 1, device=text.device) > said.ends[:, None]
        beyond[:, -1] = False
        vector = self.vector(said.vector * said.vector.shape[1] ** 0.5)
        return torch.cat([text, vector[:, None]], 1), beyond


class DiffusionPrior(Pretrained):
    """A diffusion model of embeddings x (B, E), which have the radius of the config, conditioned on
    `TextFeatures`; samplers use it like one of pictures."""

    boundary = ("heard.place", "query", "time", "noised", "out")

    def __init__(self, config: DiffusionPriorConfig):
        super().__init__(config)
        width = config.width
        self.process = Process.named(config.schedule, config.steps)
        self.heard = Listener(config, width)
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.noised = nn.Linear(config.embedding, width)
        self.query = nn.Parameter(
            torch.randn(4, width) * 0.02
        )  # of z_t, the time, the noised embedding, and the answer
        self.transformer = Transformer(width, config.layers, config.heads, quick_gelu=False)
        self.norm, self.out = nn.LayerNorm(width), zero(nn.Linear(width, config.embedding))

    def forward(self, x: Tensor, t: Tensor, said: TextFeatures) -> Tensor:
        """(B, E) at original steps t (B,) → (B, E)."""
        heard, hidden = self.heard(said)
        last = (
            torch.stack(
                [
                    heard[:, -1],
                    self.time(timestep_embedding(t, self.config.width)).to(heard.dtype),
                    self.noised(x).to(heard.dtype),
                    torch.zeros_like(heard[:, -1]),
                ],
                1,
            )
            + self.query
        )
        h = self.transformer(torch.cat([heard[:, :-1], last], 1), causal=True, hidden=F.pad(hidden, (0, 3)))
        return self.out(self.norm(h[:, -1]))

    def collate(self, conditions: list[TextFeatures]) -> TextFeatures:
        """A batch's conditions, one per row, as `forward` takes them."""
        return stacked(conditions).to(self.device)

    def probe(self, count: int) -> tuple[Tensor, Tensor, TextFeatures]:
        """x (count, E), t (count,) and conditions that cost as much as any, to time `forward` with."""
        said = TextFeatures.longest(self.config)
        x, t = torch.zeros(count, self.config.embedding), torch.zeros(count, dtype=torch.long)
        return x, t, self.collate([said] * count)

    def split(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """The prediction, and that the variance is fixed."""
        return output.float(), -torch.ones_like(output, dtype=torch.float32)

    def loss(self, z: Tensor, said: TextFeatures) -> dict[str, Tensor]:
        """Squared error of pictures' embeddings (B, E) of length 1 under what was said of them; "cosine" is that of ẑ_i
        and z_i."""
        x0, t = self.config.radius * z, torch.randint(len(self.process), (len(z),))
        x = self.process.noised(x0, t, torch.randn(z.shape).to(z.device))
        guess = self(x, t.to(z.device), said).float()
        return {"loss": (guess - x0).square().mean(), "cosine": F.cosine_similarity(guess.detach(), z).mean()}

    def choose(
        self, said: TextFeatures, nothing: TextFeatures, noise: Noise, scale: float = 1.0, steps: int = STEPS
    ) -> Sampler:
        """The coroutine that draws z_i (B, E) of length 1: DDIM, with classifier-free guidance where scale is not 1."""
        process = self.process.respaced(spacing(len(self.process), min(steps, len(self.process))))
        x = noise(self.config.embedding).to(self.device)
        z = yield from ddim(classifier_free(self, nothing, (said, scale)), process, x, clip=unclipped)
        return F.normalize(z, dim=1)

    @torch.inference_mode()
    def sample(
        self, said: TextFeatures, nothing: TextFeatures, seeds: list[int], scale: float = 1.0, steps: int = STEPS
    ) -> Tensor:
        """(B, E) of length 1, row i from its own seed."""
        return run(self.choose(said, nothing, Noise(seeds), scale, steps), self)


def best_of(
    prior: DiffusionPrior,
    said: TextFeatures,
    nothing: TextFeatures,
    seeds: list[int],
    scale: float,
    steps: int,
    candidates: int = CANDIDATES,
) -> Sampler:
    """Of `candidates` draws for each caption the embedding with the largest dot product with z_t: (B, E)."""
    noise = Candidates(seeds, candidates)
    z = yield from prior.choose(said.repeated(candidates), nothing.repeated(candidates), noise, scale, steps)
    z = z.unflatten(0, (-1, candidates))
    return z[torch.arange(len(z)), (z @ said.vector[..., None]).argmax(1).squeeze(1)]


class Candidates(Noise):
    """Noise that gives `each` rows for every seed."""

    def __init__(self, seeds: list[int], each: int = CANDIDATES):
        super().__init__(seeds)
        self.each = each

    def __call__(self, *shape: int) -> Tensor:
        return super().__call__(self.each, *shape).flatten(0, 1)
