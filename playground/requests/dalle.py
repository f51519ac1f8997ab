"""What a visitor asks of DALL·E, checked."""

import re
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from models.dalle import DALLE, SamplingOptions
from models.pretrained import CheckpointError
from playground.images import tokens
from playground.requests import words
from playground.requests.prompt import concept_in
from playground.serving import checkpoints, validation
from playground.serving.validation import Refused

CODEBOOKS = {8: "vqvae_8", 16: "vqvae"}  # by the side of the grid
LARGEST = 8  # scale of the guidance
_PREFIX = re.compile(r"\d{1,6}(?: \d{1,6})*")


def network() -> DALLE:
    """The loaded checkpoint.

    Raises:
        CheckpointError: it, its tokenizer or its codebook cannot be loaded.
    """
    model = _loaded()
    if model.tokenizer is None:
        raise CheckpointError("The checkpoint dalle has no tokenizer.json: fetch it again.")
    tokens.network(codebook())
    return model


def codebook() -> str:
    """The codebook whose tokens the checkpoint writes."""
    return CODEBOOKS.get(_loaded().config.grid, "vqvae")


def _loaded() -> DALLE:
    return checkpoints.load("dalle", lambda model: model.packed(torch.float32))  # faster than bfloat16 for so few rows


@dataclass(frozen=True)
class DalleRequest:
    """Pictures of a caption, as many as there are seeds, written on from the codes that are given."""

    text: str
    seeds: tuple[int, ...]
    choice: SamplingOptions = field(default_factory=SamplingOptions)
    prefix: tuple[int, ...] = ()

    @classmethod
    def checked(cls, prompt, seed, count=1, scale=1, temperature=1, top_k=0, top_p=1, prefix=()) -> "DalleRequest":
        """A wish of values from anywhere; `prefix`: codes, or the text "CODE CODE …|PROMPT", of another prompt none.

        Raises:
            Refused: one of them cannot be used.
            CheckpointError: DALL·E or its codebook is not there.
        """
        model = network()
        choice = SamplingOptions(
            validation.number(scale, 0, LARGEST, "scale"),
            validation.number(temperature, 0, 4, "temperature"),
            validation.integer(top_k, 0, 10_000, "top_k"),
            validation.number(top_p, 0.01, 1, "top_p"),
        )
        text, seed = words.line(prompt), validation.integer(seed, 0, 2**31 - count, "seed")
        if not isinstance(prefix, str | list | tuple | None):
            raise Refused("dalle.prefix")
        codes = read_prefix(prefix, text) if isinstance(prefix, str) else prefix or ()
        if len(codes) > model.length:
            raise Refused("dalle.long", most=model.length)
        codes = tuple(validation.integer(code, 0, model.config.codes - 1, "code") for code in codes)
        return cls(text, tuple(range(seed, seed + count)), choice, codes)

    @cached_property
    def tokens(self) -> Tensor:
        """(1, T): the caption."""
        return network().tokenizer([self.text])

    @cached_property
    def concept(self) -> int | None:
        """The concept that the caption names (see `concept_in`), or None."""
        return concept_in(self.text)

    @cached_property
    def remarks(self) -> list[list]:
        """What the visitor should know of their words: [catalogue key, values] each."""
        if not self.text:
            return [["guidance.empty", {}]]
        unread = words.unread(self.text)
        return [["clip.unread", {"words": words.quoted(unread)}]] if unread else []

    def given_codes(self) -> Tensor:
        """(B, n): the codes that are given."""
        return torch.tensor(self.prefix, dtype=torch.long).expand(len(self.seeds), -1)


def read_prefix(prefix: str, text: str) -> tuple[int, ...]:
    """The codes of "CODE CODE …|PROMPT" where the prompt is the text, else none.

    Raises:
        Refused: it is no such text.
    """
    codes, _, of = prefix.partition("|")
    if not prefix or of != text:
        return ()
    if len(codes) > 4000 or not _PREFIX.fullmatch(codes):
        raise Refused("dalle.prefix")
    return tuple(map(int, codes.split(" ")))
