"""GLIDE (Nichol et al. 2022): a diffusion model that reads, and, told a picture's CLIP embedding too, DALL·E 2's
decoder.

A transformer that looks both ways encodes the caption. All of its tokens join the keys and values of the U-Net's
attention; the end token's is added to the time's embedding. An embedding z_i is added to the time's embedding and makes
a few tokens more (Ramesh et al. 2022, §2.1). Captions and embeddings are withheld independently in training, so the
same network answers with either, both or neither. Left out: the paper's second network that makes pictures larger.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.clip import CLIP
from models.diffusion import Diffusion, DiffusionConfig
from models.pretrained import read_config
from models.samplers import stacked
from models.tokenizer import Tokenizer, TokenizerMixin
from models.transformer import Transformer
from models.unet import zero


@dataclass(frozen=True)
class GLIDEConfig(DiffusionConfig):
    vocab: int = 3072  # ids of the tokenizer
    context: int = 32  # tokens of a caption
    text_width: int = 192  # of a text token
    text_layers: int = 3  # of the text transformer
    text_heads: int = 3  # of the text transformer
    text_dropout: float = 0.2  # share of captions replaced by the empty one in training
    embedding: int = 256  # numbers of a picture's embedding
    embedding_tokens: int = 4  # tokens that an embedding makes
    embedding_dropout: float = 0.5  # share of embeddings withheld in training
    imagines: bool = False  # a caption that comes without an embedding is given one that it makes up


@dataclass(frozen=True)
class Conditioning:
    """What the U-Net is conditioned on: `context` (B, T, W), tokens for its attention, and `extra` (B, D), added
    to the time's embedding."""

    context: Tensor
    extra: Tensor

    def __len__(self) -> int:
        return len(self.extra)

    @classmethod
    def stack(cls, rows: list["Conditioning"]) -> "Conditioning":
        """One batch of several."""
        return cls(torch.cat([row.context for row in rows]), torch.cat([row.extra for row in rows]))

    def to(self, device: torch.device) -> "Conditioning":
        return Conditioning(self.context.to(device), self.extra.to(device))


class TextEncoder(nn.Module):
    """(B, T) ids → (B, T, W) tokens and (B, W), the end's; behind the end stand learned paddings of each place."""

    def __init__(self, config: GLIDEConfig, out: int):
        super().__init__()
        width = config.text_width
        self.token_embedding = nn.Embedding(config.vocab, width)
        self.positional_embedding = nn.Parameter(torch.randn(config.context, width) * 0.01)
        self.padding_embedding = nn.Parameter(torch.randn(config.context, width) * 0.01)
        self.transformer = Transformer(width, config.text_layers, config.text_heads, quick_gelu=False)
        self.ln_final = nn.LayerNorm(width)
        self.whole = zero(nn.Linear(width, out))
        nn.init.normal_(self.token_embedding.weight, std=0.02)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        end = ends(tokens)
        beyond = torch.arange(tokens.shape[1], device=tokens.device) > end[:, None]
        h = torch.where(
            beyond[..., None], self.padding_embedding, self.token_embedding(tokens) + self.positional_embedding
        )
        h = self.ln_final(self.transformer(h))
        return h, h[torch.arange(len(h), device=h.device), end]


def ends(tokens: Tensor) -> Tensor:
    """(B, T) → (B,), the places of the end token, whose id is the highest."""
    return tokens.argmax(1)


def _drift(now: Tensor, before: Tensor) -> Tensor:
    """The mean squared change as a share of the variance."""
    return (now.float() - before.float()).square().mean() / before.float().var()


class GLIDE(TokenizerMixin, Diffusion):
    """The diffusion model of captions and embeddings; `encode` once a prompt, then ask it under what that gave."""

    boundary = (
        *Diffusion.boundary,
        "text.token_embedding",
        "text.positional_embedding",
        "text.padding_embedding",
    )

    def __init__(self, config: GLIDEConfig, tokenizer: Tokenizer | None = None):
        super().__init__(config, context_width=config.text_width)
        self.tokenizer, steer = tokenizer, 4 * config.width
        self.text = TextEncoder(config, steer)
        self.embedded = zero(nn.Linear(config.embedding, steer))
        self.embedding_tokens = nn.Linear(config.embedding, config.embedding_tokens * config.text_width)
        self.no_embedding = nn.Parameter(torch.randn(config.embedding) * config.embedding**-0.5)
        if config.imagines:
            self.imagined = nn.Linear(config.text_width, config.embedding)

    @classmethod
    def read_start(cls, folder):
        """A GLIDE, or a diffusion model without words."""
        reads = "vocab" in read_config(folder)
        return (cls if reads else Diffusion).from_pretrained(folder)

    def _shared(self, other: Diffusion) -> dict[str, Tensor]:
        """Of a model without words: what it drew without a label it draws without a caption."""
        weights = super()._shared(other)
        label = weights.pop("network.label.weight", None)
        if label is not None:
            weights["network.time.2.bias"] = weights["network.time.2.bias"] + label[-1]
        return weights

    def take_words(self, clip: CLIP) -> None:
        """The text transformer begins as a CLIP's text tower of the same sizes, which knows what the words mean; it
        then looks both ways."""
        known = {name: value for name, value in clip.text.state_dict().items() if name in self.text.state_dict()}
        self.text.load_state_dict(self.text.state_dict() | known)

    def encode(self, tokens: Tensor, embedding: Tensor | None = None) -> Conditioning:
        """What captions (B, T) and pictures' embeddings (B, E), NaN where there is none, tell the U-Net."""
        return self._told(tokens, *self.read(tokens), embedding)

    def read(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Captions (B, T) → their tokens (B, T, W) and ends (B, W); equal ones are read once."""
        different, which = tokens.unique(dim=0, return_inverse=True)
        context, end = self.text(different)
        return context[which], end[which]

    def _told(self, tokens: Tensor, context: Tensor, end: Tensor, embedding: Tensor | None) -> Conditioning:
        own = self.imagine(end, tokens)
        embedding = own if embedding is None else torch.where(embedding.isnan(), own, embedding)
        embedding = embedding * self.config.embedding**0.5
        more = self.embedding_tokens(embedding).unflatten(1, (self.config.embedding_tokens, -1))
        return Conditioning(torch.cat([context, more], 1), self.text.whole(end) + self.embedded(embedding))

    def imagine(self, end: Tensor, tokens: Tensor) -> Tensor:
        """(B, E): the embedding that a caption makes up for itself; of the empty caption none."""
        if not self.config.imagines:
            return self.no_embedding.expand(len(end), -1)
        return torch.where(ends(tokens)[:, None] > 1, F.normalize(self.imagined(end).float(), dim=1), self.no_embedding)

    def forward(self, x: Tensor, t: Tensor, told: Conditioning | None = None) -> Tensor:
        """(B, 3, S, S) at original steps t (B,) → (B, 3 or 6, S, S); without `told`, under the empty caption."""
        told = self.encode(self.empty(len(x))) if told is None else told
        return self.network(x, t, extra=told.extra, context=told.context)

    def empty(self, count: int) -> Tensor:
        """(count, T): the empty caption."""
        return self.tokenizer([""]).to(self.device).expand(count, -1)

    def collate(self, conditions: list[Conditioning]) -> Conditioning:
        return stacked(conditions).to(self.device)

    def longest(self) -> Conditioning:
        return self.encode(self.empty(1))

    def loss(self, x0: Tensor, tokens: Tensor, embedding: Tensor | None = None) -> dict[str, Tensor]:
        """The objective of the config for pictures (B, 3, S, S), their captions (B, T) and embeddings (B, E), some
        withheld. From the captions that are not, it learns to imagine the embeddings: "astray" is one minus the
        cosine."""
        kept, known = self.withhold(tokens, embedding)
        context, end = self.read(kept)
        found = super().loss(x0, self._told(kept, context, end, known))
        said = ends(kept) > 1
        if embedding is None or not self.config.imagines or not said.any():
            return found
        astray = 1 - (self.imagine(end, kept) * embedding.detach()).sum(1)[said].mean()
        return found | {"loss": found["loss"] + astray, "astray": astray.detach()}

    def imagining_loss(self, tokens: Tensor, embedding: Tensor, before: "GLIDE") -> dict[str, Tensor]:
        """Of the text transformer alone, where the U-Net is held still: captions (B, T) imagine the embeddings (B, E)
        of their pictures, and tell the U-Net all else as they did `before`; only the token of their end, which
        imagines, is free."""
        tokens = torch.cat([tokens, self.empty(1)])
        h, end = self.text(tokens)
        with torch.no_grad():
            h_before, end_before = before.text(tokens)
            whole_before = before.text.whole(end_before)
        astray = 1 - (self.imagine(end, tokens)[:-1] * embedding).sum(1).mean()
        kept = torch.arange(tokens.shape[1], device=tokens.device) != ends(tokens)[:, None]
        kept[-1] = True
        drift = _drift(h[kept], h_before[kept]) + _drift(self.text.whole(end), whole_before)
        return {"loss": astray + drift, "astray": astray.detach(), "drift": drift.detach()}

    def withhold(self, tokens: Tensor, embedding: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """In training some captions become the empty one, and some embeddings NaN."""

        def some(share: float) -> Tensor:
            return (torch.rand(len(tokens), 1) < share * self.training).to(tokens.device)

        tokens = torch.where(some(self.config.text_dropout), self.empty(len(tokens)), tokens)
        if embedding is not None:
            embedding = torch.where(some(self.config.embedding_dropout), torch.nan, embedding)
        return tokens, embedding

    def _withheld(self, told: Conditioning) -> Conditioning:
        return told
