"""A prompt: the words of a visitor, cleaned, and the condition that a network gets of them."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from models.diffusion import Diffusion
from models.glide import GLIDE
from models.pretrained import CheckpointError
from models.tokenizer import whole
from playground.images import atlas
from playground.requests import words
from playground.serving import checkpoints, device, sampling, validation

MODELS = ("glide", "adm")  # one that reads captions, and one that was told groups of drawings


@dataclass(frozen=True)
class Prompt:
    """A prompt to a network. GLIDE reads it; adm is told the group of the concept that it names."""

    model: str
    text: str

    @classmethod
    def checked(cls, model, prompt) -> "Prompt":
        """A prompt of values from anywhere.

        Raises:
            Refused: one of them cannot be used.
            CheckpointError: the network is not there.
        """
        made = cls(validation.choice(model, MODELS, "model"), words.line(prompt))
        if isinstance(made.network, GLIDE) and made.network.tokenizer is None:
            raise CheckpointError(f"The checkpoint {model} has no tokenizer.json: fetch it again.")
        return made

    @property
    def network(self) -> Diffusion:
        """The loaded network; raises CheckpointError where it is not there."""
        return sampling.model(self.model)

    @cached_property
    def unconditional(self) -> Any:
        """The condition of an empty prompt."""
        return self._encoded("") if self.model == "glide" else None

    @cached_property
    def condition(self) -> Any:
        """The condition of the prompt; the same as `unconditional` where the network understands none of it."""
        if self.model == "glide":
            return self._encoded(self.text) if self.text else self.unconditional
        return self.group

    @property
    def is_empty(self) -> bool:
        """Whether the condition is that of an empty prompt."""
        return not self.text or self.model == "adm" and self.group is None

    @cached_property
    def concept(self) -> int | None:
        """The number of the concept that the prompt names."""
        return concept_in(self.text)

    @property
    def group(self) -> int | None:
        """The group of the concept that the words name, or None."""
        return None if self.concept is None else atlas.table()["concepts"][self.concept][3]

    def _encoded(self, text: str):
        return device.run(self.network.encode, self.network.tokenizer([text]), exact=True)

    @cached_property
    def remarks(self) -> list[list]:
        """What the visitor should know of their words: [catalogue key, values] each."""
        return self.remarked()

    def remarked(self, taught: frozenset[str] = frozenset()) -> list[list]:
        """The same where the words are read by another network too, which was `taught` further ones."""
        if not self.text:
            return [["guidance.empty", {}]]
        if self.model == "adm":
            return [
                ["guidance.no_group", {}]
                if self.group is None
                else ["guidance.judged_group", atlas.table()["groups"][self.group]]
            ]
        bpe, found = self.network.tokenizer, words.never_read([self.text], taught, "guidance.foreign")
        if len(self.text) == words.LONGEST or bpe.bpe.encode(whole(self.text)).overflowing:
            found.append(["guidance.cut", {"n": bpe.context}])
        return found


def concept_in(text: str) -> int | None:
    """The concept with the longest name in a text, in English (as whole words), in Chinese, or as an emoji."""
    plain = "".join(c for c in words.read_as(text) if c not in words.JOINS)
    spaced = f" {' '.join(''.join(c if c.isalnum() else ' ' for c in plain).split())} "
    found = [
        (len(name.strip()), -concept)
        for name, concept in _names(checkpoints.assets())
        if name in (spaced if name[0] == " " else plain)
    ]
    return -max(found)[1] if found else None


@lru_cache(maxsize=2)
def _names(_folder: Path) -> list[tuple[str, int]]:
    """(name, concept); an English one between spaces."""
    found = []
    for concept, (emoji, en, zh, *_) in enumerate(atlas.table()["concepts"]):
        plain = " ".join("".join(c if c.isalnum() else " " for c in words.read_as(en)).split())
        sign = "".join(c for c in emoji if c not in words.JOINS)
        found += [
            (f" {plain} ", concept),
            *((name, concept) for name in (words.read_as(zh), sign) if name and not name.isascii()),
        ]
    return found
