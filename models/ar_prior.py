"""DALL·E 2's autoregressive prior (Ramesh et al. 2022, §2.2): an embedding as a sentence of numbers, written after a
caption.

The pictures' embeddings are turned onto their principal components, the leading k are kept in the order of their
variance, and each is rounded to one of a few buckets with equally many training embeddings in each. A causal
transformer reads the caption's tokens, z_t and a token for the dot product z_i · z_t, rounded too, then predicts
component after component:

    L = −Σ_j log p(c_j | c_<j, y, z_t, z_i · z_t)

To draw, the dot product is taken from the better half of those seen in training. A caption is withheld by an empty one.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.pretrained import Pretrained
from models.prior import Listener, TextFeatures
from models.samplers import Evaluation, Noise, Sampler, run, stacked
from models.transformer import Transformer


@dataclass(frozen=True)
class ARPriorConfig:
    embedding: int = 256  # numbers of a CLIP embedding
    text_width: int = 192  # of a token of CLIP's text tower
    context: int = 32  # tokens of a caption
    components: int = 64  # k, the leading principal components that are kept
    buckets: int = 64  # that a component is rounded to
    dots: int = 32  # buckets of the dot product
    width: int = 192  # of a token here
    layers: int = 4  # of the transformer
    heads: int = 3  # of the transformer
    smoothing: float = 0.1  # of a bucket's target, shared by its two neighbours
    text_dropout: float = 0.1  # share of captions replaced by the empty one in training


class Components(nn.Module):
    """Principal components of embeddings in the order of their variance, and buckets for the leading ones."""

    mean: Tensor  # (E,)
    basis: Tensor  # (E, E), a row for each component
    centres: Tensor  # (k, buckets)
    edges: Tensor  # (k, buckets − 1)
    dot_edges: Tensor  # (dots − 1,)

    def __init__(self, config: ARPriorConfig):
        super().__init__()
        size, k = config.embedding, config.components
        if k > size or min(config.buckets, config.dots) < 2:
            raise ValueError(
                f"Of embeddings of {size} numbers at most {size} components are kept, in two buckets or more each."
            )
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("basis", torch.eye(size))
        self.register_buffer("centres", torch.zeros(k, config.buckets))
        self.register_buffer("edges", torch.zeros(k, config.buckets - 1))
        self.register_buffer("dot_edges", torch.zeros(config.dots - 1))

    @torch.no_grad()
    def fit(self, z: Tensor, dots: Tensor) -> None:
        """Fits the components to embeddings (N, E), and the dot product's buckets to dot products (M,) of embeddings
        and their captions' embeddings."""
        self.mean.copy_(z.mean(0))
        values, vectors = torch.linalg.eigh(torch.cov((z - self.mean).T.double()))
        self.basis.copy_(vectors.flip(1).T)
        coordinates = self.coordinates(z)[:, : len(self.edges)].T.contiguous()  # k N
        self.edges.copy_(_edges(coordinates, self.centres.shape[1]))
        index = torch.searchsorted(self.edges, coordinates)
        sums = torch.zeros_like(self.centres).scatter_add_(1, index, coordinates)
        counts = torch.zeros_like(self.centres).scatter_add_(1, index, torch.ones_like(coordinates))
        between = F.pad(self.edges, (1, 1), mode="replicate")
        self.centres.copy_(torch.where(counts > 0, sums / counts.clamp_min(1), (between[:, 1:] + between[:, :-1]) / 2))
        self.dot_edges.copy_(_edges(dots[None], len(self.dot_edges) + 1)[0])

    def coordinates(self, z: Tensor) -> Tensor:
        """(B, E) → (B, E), the component of the largest variance first."""
        return (z - self.mean) @ self.basis.T

    def kept(self, z: Tensor, count: int) -> Tensor:
        """The embeddings (B, E) of length 1 with all components but the leading `count` set to their mean."""
        return F.normalize(self.coordinates(z)[:, :count] @ self.basis[:count] + self.mean, dim=1)

    def rounded(self, z: Tensor) -> Tensor:
        """(B, E) → the buckets (B, k) of the leading components."""
        return torch.searchsorted(self.edges, self.coordinates(z)[:, : len(self.edges)].T.contiguous()).T

    def embeddings(self, index: Tensor) -> Tensor:
        """Buckets (B, k) → (B, E) of length 1."""
        values = self.centres.gather(1, index.T).T
        return F.normalize(values @ self.basis[: len(self.centres)] + self.mean, dim=1)

    def dot(self, z: Tensor, vector: Tensor) -> Tensor:
        """(B,) buckets of the dot products of embeddings (B, E) and (B, E)."""
        return torch.searchsorted(self.dot_edges, (z * vector).sum(1))


def _edges(values: Tensor, count: int) -> Tensor:
    """(R, N) → (R, count − 1): what parts each row into equal shares."""
    shares = torch.arange(1, count, device=values.device) / count
    return values.float().quantile(shares.float(), dim=1).T.contiguous()


@dataclass(frozen=True)
class Wish:
    """What the autoregressive prior is asked for: captions, the empty ones, and the scale (B,) of the guidance between
    them."""

    said: TextFeatures
    nothing: TextFeatures
    scale: Tensor

    def __len__(self) -> int:
        return len(self.scale)

    @property
    def length(self) -> int:
        return max(self.said.length, self.nothing.length)

    @classmethod
    def stack(cls, rows: list["Wish"]) -> "Wish":
        return cls(
            TextFeatures.stack([r.said for r in rows]),
            TextFeatures.stack([r.nothing for r in rows]),
            torch.cat([r.scale for r in rows]),
        )

    def to(self, device: torch.device) -> "Wish":
        return Wish(self.said.to(device), self.nothing.to(device), self.scale.to(device))


class ARPrior(Pretrained):
    """Answers uniform numbers (B, 1 + k), its only source of chance, with embeddings (B, E) of length 1."""

    def __init__(self, config: ARPriorConfig):
        super().__init__(config)
        width = config.width
        self.components = Components(config)
        self.heard, self.dot = Listener(config, width), nn.Embedding(config.dots, width)
        self.value = nn.Embedding(config.buckets, width)
        self.place = nn.Parameter(torch.randn(config.components, width) * 0.02)
        self.transformer = Transformer(width, config.layers, config.heads, quick_gelu=False)
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, config.buckets)
        for table in (self.dot, self.value):
            nn.init.normal_(table.weight, std=0.02)

    def logits(self, said: TextFeatures, dot: Tensor, index: Tensor) -> Tensor:
        """(B, k, buckets): of each component, given the caption, the dot product's bucket (B,) and the components
        before it (B, k)."""
        heard, hidden = self.heard(said)
        h = torch.cat([heard, self.dot(dot)[:, None], self.value(index[:, :-1]) + self.place[:-1]], 1)
        h = self.transformer(h, causal=True, hidden=F.pad(hidden, (0, index.shape[1])))
        return self.out(self.norm(h[:, heard.shape[1] :])).float()

    def loss(self, z: Tensor, said: TextFeatures, vector: Tensor | None = None) -> dict[str, Tensor]:
        """Cross-entropy in nats a component. `vector` (B, E) is z_t of the captions before any was withheld; the dot
        product is taken with it."""
        index, dot = self.components.rounded(z), self.components.dot(z, said.vector if vector is None else vector)
        logits, config = self.logits(said, dot, index), self.config
        log = logits.log_softmax(2)
        near = torch.stack([index - 1, index + 1], 2).clamp(0, config.buckets - 1)
        exact = -log.gather(2, index[..., None]).squeeze(2)
        blurred = -log.gather(2, near).mean(2)
        return {
            "loss": ((1 - config.smoothing) * exact + config.smoothing * blurred).mean(),
            "exact": exact.detach().mean(),
        }

    def collate(self, conditions: list[Wish]) -> Wish:
        """A batch's conditions, one per row, as `forward` takes them."""
        return stacked(conditions).to(self.device)

    def probe(self, count: int) -> tuple[Tensor, Tensor, Wish]:
        """x (count, 1 + k), t (count,) and conditions that cost as much as any, to time `forward` with."""
        said = TextFeatures.longest(self.config)
        x, t = torch.zeros(count, 1 + self.config.components), torch.zeros(count, dtype=torch.long)
        return x, t, self.collate([Wish(said, said, torch.ones(1))] * count)

    @torch.no_grad()
    def forward(self, chance: Tensor, t: Tensor | None, wish: Wish) -> Tensor:
        """Uniform numbers (B, 1 + k) → (B, E): draws the dot product from the better half, then component after
        component."""
        said, rows = TextFeatures.stack([wish.said, wish.nothing]), len(chance)
        half = self.config.dots // 2
        dot = half + (chance[:, 0] * (self.config.dots - half)).long().clamp_max(self.config.dots - half - 1)
        heard, hidden = self.heard(said)
        past, index = (
            self.transformer.past(),
            torch.zeros(rows, self.config.components, dtype=torch.long, device=chance.device),
        )
        new = torch.cat([heard, self.dot(dot).repeat(2, 1)[:, None]], 1)
        for j in range(self.config.components):
            hidden = F.pad(hidden, (0, 1))
            h = self.transformer(new, causal=True, hidden=hidden, past=past)
            told, nothing = self.out(self.norm(h[:, -1])).float().chunk(2)
            p = (nothing + wish.scale[:, None] * (told - nothing)).softmax(1)
            index[:, j] = (p.cumsum(1) < chance[:, 1 + j, None]).sum(1).clamp_max(self.config.buckets - 1)
            new = (self.value(index[:, j]) + self.place[j]).repeat(2, 1)[:, None]
        return self.components.embeddings(index)

    def choose(self, said: TextFeatures, nothing: TextFeatures, noise: Noise, scale: float = 1.0) -> Sampler:
        """The coroutine that draws z_i (B, E) of length 1; it asks once."""
        normal = noise(1 + self.config.components).to(self.device)
        wish = Wish(said, nothing, torch.full((len(said),), float(scale), device=self.device))
        return (yield Evaluation((1 + torch.erf(normal / 2**0.5)) / 2, 0, wish))

    @torch.inference_mode()
    def sample(self, said: TextFeatures, nothing: TextFeatures, seeds: list[int], scale: float = 1.0) -> Tensor:
        """(B, E) of length 1, row i from its own seed."""
        return run(self.choose(said, nothing, Noise(seeds), scale), self)
