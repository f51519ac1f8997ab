"""DALL·E (Ramesh et al. 2021): a caption and a picture's tokens as one sentence, written on by a causal transformer.

    text_1 … text_T  image_1 … image_N,    L = ⅛ CE(text) + ⅞ CE(image)

Every place behind a caption's end has a padding token of its own. An image token is embedded by its code, its row and
its column; text places predict only text, image places only codes. In training some captions are the empty one, so that
a picture can be drawn under guidance: logits l(∅) + s (l(caption) − l(∅)). Left out: sparse attention, BPE dropout.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.clip import CLIP
from models.inference import for_inference, linear, packed
from models.pretrained import Pretrained
from models.samplers import Evaluation
from models.tokenizer import Tokenizer, TokenizerMixin
from models.transformer import Company, Past, Transformer

SCALE = 4.0  # of the guidance under which what ships is asked by default


@dataclass(frozen=True)
class DALLEConfig:
    vocab: int = 3072  # ids of the tokenizer
    context: int = 32  # tokens of a caption, T
    codes: int = 512  # of the codebook
    grid: int = 16  # side of the token grid; N is its square
    width: int = 256  # of a token
    layers: int = 6  # of the transformer
    heads: int = 4  # of the transformer
    text_share: float = 0.125  # of the loss
    text_dropout: float = 0.1  # share of captions replaced by the empty one in training


@dataclass(frozen=True)
class SamplingOptions:
    """How a token is drawn: `temperature` (0: the likeliest), of the `top_k` likeliest (0: of all), of those that make
    up `top_p`."""

    scale: float = 1.0  # of the guidance
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0


@dataclass(frozen=True)
class SampledToken:
    """Token number `i` of B pictures: which code stands there (B,), and how likely each one was (B, K)."""

    i: int
    code: Tensor
    probabilities: Tensor


# A coroutine as in `models.samplers`: what it is sent is the network's output for an Evaluation, nothing for a token.
Writer = Generator[Evaluation | SampledToken, Any, Tensor]


class DALLE(TokenizerMixin, Pretrained):
    """Captions (B, T) and codes (B, N) → what follows each token."""

    def __init__(self, config: DALLEConfig, tokenizer: Tokenizer | None = None):
        super().__init__(config)
        width, self.tokenizer = config.width, tokenizer
        self.text = nn.Embedding(config.vocab, width)
        self.code = nn.Embedding(config.codes, width)
        self.place = nn.Parameter(torch.randn(config.context, width) * 0.02)
        self.padding = nn.Parameter(torch.randn(config.context, width) * 0.02)
        self.row, self.column = (nn.Parameter(torch.randn(config.grid, width) * 0.02) for _ in range(2))
        self.transformer = Transformer(width, config.layers, config.heads, quick_gelu=False)
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, config.vocab + config.codes)
        for table in (self.text, self.code):
            nn.init.normal_(table.weight, std=0.02)

    @property
    def length(self) -> int:
        """N, tokens of a picture."""
        return self.config.grid**2

    @torch.no_grad()
    def take_words(self, clip: CLIP) -> None:
        """The words, their places and the first blocks begin as a CLIP's text tower of the same width and context,
        which knows what the words mean.

        Raises:
            RuntimeError: the sizes differ.
        """
        tower = clip.text
        self.text.load_state_dict(tower.token_embedding.state_dict())
        self.place.copy_(tower.positional_embedding)
        for own, known in zip(self.transformer.resblocks, tower.transformer.resblocks, strict=False):
            own.load_state_dict(known.state_dict())

    def forward(self, tokens: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Captions (B, T) and the first n codes (B, n) → logits (B, T − 1, vocab) of the text's next tokens, and
        (B, n + 1, codes) of the picture's, at most N."""
        h = torch.cat([self._read(tokens), self._seen(codes[:, : self.length - 1], 0)], 1)
        text, picture = self.norm(self.transformer(h, causal=True)).split(
            [tokens.shape[1] - 1, h.shape[1] - tokens.shape[1] + 1], 1
        )
        return self._says(text, slice(self.config.vocab)), self._draws(picture)

    def _read(self, tokens: Tensor) -> Tensor:
        beyond = (
            torch.arange(tokens.shape[1], device=tokens.device) > tokens.argmax(1)[:, None]
        )  # the end has the highest id
        return torch.where(beyond[..., None], self.padding, self.text(tokens) + self.place)

    def _seen(self, codes: Tensor, first: int | Tensor) -> Tensor:
        """Codes (B, n), of which the first is number `first` of the picture, or (B, 1) one of its own → (B, n, D)."""
        at = first + torch.arange(codes.shape[1], device=codes.device)
        return self.code(codes) + self.row[at // self.config.grid] + self.column[at % self.config.grid]

    def _draws(self, h: Tensor) -> Tensor:
        return self._says(h, slice(self.config.vocab, None))

    def _says(self, h: Tensor, words: slice) -> Tensor:
        return F.linear(h, self.out.weight[words].to(h.dtype), self.out.bias[words].to(h.dtype)).float()

    def empty(self, count: int) -> Tensor:
        """(count, T): the empty caption."""
        return self.tokenizer([""]).to(self.device).expand(count, -1)

    def loss(self, tokens: Tensor, codes: Tensor) -> dict[str, Tensor]:
        """Cross-entropy of captions (B, T), some withheld here, and the pictures' codes (B, N); "text" and "image" are
        in nats a token."""
        withheld = (torch.rand(len(tokens), 1) < self.config.text_dropout * self.training).to(tokens.device)
        tokens = torch.where(withheld, self.empty(len(tokens)), tokens)
        said, drawn = self(tokens, codes)
        kept = torch.arange(1, tokens.shape[1], device=tokens.device) <= tokens.argmax(1)[:, None]
        text = F.cross_entropy(said[kept], tokens[:, 1:][kept])
        image = F.cross_entropy(drawn.flatten(0, 1), codes.flatten())
        share = self.config.text_share
        return {"loss": share * text + (1 - share) * image, "text": text.detach(), "image": image.detach()}

    def writing(
        self,
        tokens: Tensor,
        seeds: list[int],
        choice: SamplingOptions = SamplingOptions(),
        prefix: Tensor | None = None,
    ) -> Writer:
        """The coroutine that writes pictures of captions (B, T) token by token and returns (B, N); `read` answers it.
        The tokens of `prefix` (B, n) come first, unchanged.

        Row i draws with its own seed's numbers, one a token, so its token j depends on no other row. The prefix is read
        at once and yielded like the rest: each code with how likely it was.

        Raises:
            ValueError: the choice cannot be made, the prefix is not of codes, or there are not as many seeds as
            captions.
        """
        codes = self._checked(tokens, seeds, choice, prefix)
        chance = torch.stack(
            [torch.rand(self.length, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
        ).to(tokens.device)
        times, seen, past = 1 + (choice.scale != 1), 0, self.transformer.past(tokens.shape[1] + self.length - 1)
        read = torch.cat([tokens, self.empty(len(tokens)).to(tokens.device)][:times])
        new, written = torch.cat([read, codes[:, : self.length - 1].repeat(times, 1)], 1), []
        while len(written) < self.length:
            answer = yield Evaluation(new, seen, past)
            seen += new.shape[1]
            for logits in guided(answer.to(tokens.device), choice.scale).unbind(1):
                i, p = len(written), likely(logits, choice)
                code = codes[:, i] if i < codes.shape[1] else drawn(p, chance[:, i])
                yield SampledToken(i, code, p)
                written.append(code)
            new = written[-1][:, None].repeat(times, 1)
        return torch.stack(written, 1)

    def read(self, x: Tensor, t: Tensor, pasts: list[list[Past]]) -> Tensor:
        """The next tokens x (B, n) of sentences of which t (B,) are read, with what each row's run has seen → logits
        (B, m, codes) of the picture's tokens that follow. Rows of one run are neighbours; a caption comes whole."""
        heard = self.config.context - int(t[0])  # of a caption, by this call: all of it or nothing
        if heard > 0:
            new = torch.cat([self._read(x[:, :heard]), self._seen(x[:, heard:], 0)], 1)
        else:
            new = self._seen(x, t[:, None] - self.config.context)
        h = self.transformer(new, causal=True, past=_joined(pasts, t.tolist()))[:, max(heard - 1, 0) :]
        return self._draws(self.norm(h))

    def packed(self, dtype: torch.dtype) -> "DALLE":
        """The same, packed for `read`, see `for_inference`."""
        vars(self)["_draws"] = packed(linear(*(one[self.config.vocab :] for one in self.out.parameters())), dtype)
        self.transformer = for_inference(self.transformer, dtype)
        return self

    @torch.no_grad()
    def write(
        self,
        tokens: Tensor,
        seeds: list[int],
        choice: SamplingOptions = SamplingOptions(),
        prefix: Tensor | None = None,
    ) -> Generator[SampledToken, None, Tensor]:
        """The same for one who writes alone: yields each token and returns (B, N)."""
        writer, answer = self.writing(tokens, seeds, choice, prefix), None
        try:
            while True:
                item = writer.send(answer)
                answer = None
                if isinstance(item, SampledToken):
                    yield item
                else:
                    t = torch.full((len(item.x),), item.t, device=item.x.device)
                    answer = self.read(item.x, t, [item.condition] * len(item.x))
        except StopIteration as end:
            return end.value

    def _checked(self, tokens: Tensor, seeds: list[int], choice: SamplingOptions, prefix: Tensor | None) -> Tensor:
        """The prefix, or an empty one."""
        if len(seeds) != len(tokens):
            raise ValueError(f"{len(tokens)} captions need as many seeds, not {len(seeds)}.")
        _check_choice(choice)
        if prefix is None:
            return torch.empty(len(tokens), 0, dtype=torch.long, device=tokens.device)
        self._check_codes(prefix, len(tokens))
        return prefix

    def _check_codes(self, codes: Tensor, rows: int) -> None:
        if codes.ndim != 2 or len(codes) != rows or codes.shape[1] > self.length or codes.dtype != torch.long:
            raise ValueError(
                f"A prefix is ({rows}, at most {self.length}) whole numbers, not {tuple(codes.shape)} of {codes.dtype}."
            )
        if codes.numel() and not 0 <= int(codes.min()) <= int(codes.max()) < self.config.codes:
            raise ValueError(
                f"Codes are from 0 to {self.config.codes - 1}, not {int(codes.min())} to {int(codes.max())}."
            )

    def sample(
        self,
        texts: list[str],
        seeds: list[int],
        choice: SamplingOptions = SamplingOptions(),
        prefix: Tensor | None = None,
    ) -> Tensor:
        """(B, N) codes of captions, row i from its own seed."""
        writer = self.write(self.tokenizer(texts).to(self.device), seeds, choice, prefix)
        while True:
            try:
                next(writer)
            except StopIteration as end:
                return end.value


def _joined(pasts: list[list[Past]], lengths: list[int]) -> list[Past] | list[Company]:
    """For each block what the runs of a batch have seen, given a run's pasts for each of its rows and how much counts
    of them: a call that failed is made anew."""
    runs: list[list[Past]] = []
    rows: list[int] = []
    for own, length in zip(pasts, lengths, strict=True):
        if not runs or own is not runs[-1]:
            runs.append(own)
            rows.append(0)
            for past in own:
                past.length = length
        rows[-1] += 1
    return runs[0] if len(runs) == 1 else [Company(list(blocks), rows) for blocks in zip(*runs, strict=True)]


def guided(logits: Tensor, scale: float) -> Tensor:
    """Logits, where the scale is not 1 of the caption and then of the empty one, → those of the guidance."""
    if scale == 1:
        return logits
    told, nothing = logits.chunk(2)
    return nothing + scale * (told - nothing)


def drawn(p: Tensor, chance: Tensor) -> Tensor:
    """The codes (B,) that numbers (B,) from 0 to 1 choose under the probabilities (B, K)."""
    return (p.cumsum(1) <= chance[:, None] * p.sum(1, keepdim=True)).sum(1).clamp_max(p.shape[1] - 1)


def _check_choice(choice: SamplingOptions) -> None:
    """NaN fails too: no comparison with it holds."""
    if not choice.temperature >= 0 or not 0 < choice.top_p <= 1 or choice.top_k < 0 or choice.scale != choice.scale:
        raise ValueError(f"{choice} cannot be: temperature and top_k are at least 0, top_p is above 0 and at most 1.")


def likely(logits: Tensor, choice: SamplingOptions) -> Tensor:
    """Logits (B, K) → the probabilities (B, K) that are drawn from."""
    if choice.temperature == 0:
        return F.one_hot(logits.argmax(1), logits.shape[1]).float()
    p = (logits / choice.temperature).softmax(1)
    ordered, index = p.sort(dim=1, descending=True)
    before = ordered.cumsum(1) - ordered
    dropped = before >= choice.top_p
    if choice.top_k:
        dropped[:, choice.top_k :] = True
    kept = ordered.masked_fill(dropped, 0)
    return torch.zeros_like(p).scatter(1, index, kept / kept.sum(1, keepdim=True))
