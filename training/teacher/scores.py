"""How much of a concept is in a text, by the sentence model and the captions alone."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from training.data import pictures as data

PHRASE = 0.5  # what the nearest phrase counts beside the whole of a concept
LEAST = 0.6  # cosine to the nearest phrase below which a word has nothing to do with what we draw


@dataclass(frozen=True)
class ConceptScorer:
    """Scores how much a sentence tells of each concept, from the sentence model and the captions alone."""

    known: Tensor  # (P, S) the captions' phrases
    has: Tensor  # (P, K) whether a concept has a phrase
    whole: Tensor  # (K, S) all phrases of a concept, read as one sentence

    def __call__(self, sentences: Tensor) -> Tensor:
        """Sentences (N, S) that no caption says → scores (N, K)."""
        return torch.cat([part @ self.whole.T + PHRASE * self._nearest(part) for part in sentences.split(256)])

    def caption_scores(self) -> Tensor:
        """The scores of the phrases that captions say (P, K)."""
        return self.known @ self.whole.T + self.concept_similarity(self.has)

    def concept_similarity(self, has: Tensor) -> Tensor:
        """(P, K): the mean likeness of the concepts to those that have a phrase."""
        return has / has.sum(1, keepdim=True) @ (self.whole @ self.whole.T)

    def reaches(self, sentences: Tensor) -> Tensor:
        """(N,): whether a sentence is near to any phrase."""
        return torch.cat([(part @ self.known.T).amax(1) for part in sentences.split(1024)]) >= LEAST

    def _nearest(self, sentences: Tensor) -> Tensor:
        cosines = sentences @ self.known.T
        return torch.stack([cosines[:, phrases].amax(1) for phrases in self._phrases], dim=1)

    @cached_property
    def _phrases(self) -> list[Tensor]:
        return [column.nonzero().flatten() for column in self.has.T]


def captions_of(pictures: data.Pictures, language: str = "en") -> tuple[list[str], Tensor, list[str]]:
    """Phrases of the training captions, which of the pictures' concepts have each (P, K), and all phrases of each in
    one."""
    first = {
        concept: each.get(language, [])
        for concept, each in zip(pictures.concept.tolist(), pictures.captions, strict=True)
    }
    ids: dict[str, int] = {}
    pairs = [(ids.setdefault(text.lower(), len(ids)), k) for k, c in enumerate(sorted(first)) for text in first[c]]
    has = torch.zeros(len(ids), len(first))
    has[tuple(torch.tensor(pairs).T)] = 1
    return list(ids), has, [", ".join(first[c]).lower() for c in sorted(first)]
