"""Lessons of the text tower: texts, where in CLIP's space each belongs, and the update that learns them.

`python -m training.teacher` prepares them. Beside CLIP's own loss the tower learns to put every text w where it
belongs: 1 − cos(z_t(w), z(w)).
"""

import json
import random
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from torch import Tensor

from models.clip import CLIP
from models.pretrained import write_tensors
from models.tokenizer import Tokenizer
from training.data import pictures as data
from training.data.captions import caption, sentence
from training.files import DATA
from training.loop import Descent

LESSONS = DATA / "lessons.safetensors"


@dataclass(frozen=True)
class Lessons:
    """Words, and where in CLIP's space each belongs: unit vectors (W, E)."""

    words: list[str]
    wanted: Tensor

    def save(self, path: Path | None = None) -> None:
        write_tensors(path or LESSONS, {"wanted": self.wanted.half()}, {"words": json.dumps(self.words)})

    @classmethod
    def load(cls, path: Path | None = None) -> "Lessons":
        """Raises DataError where there are none, or they cannot be read."""
        path = path or LESSONS
        if not path.exists():
            raise data.DataError(
                "The teacher has no lessons yet: run python -m training.teacher MODEL, the one that --init names."
            )
        try:
            with safe_open(path, "pt") as file:
                return cls(json.loads(file.metadata()["words"]), file.get_tensor("wanted").float())
        except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
            raise data.DataError(
                f"{path} is damaged ({error}): delete it and run python -m training.teacher again."
            ) from error


class LessonBatches:
    """The given batches, each with `count` words as tokens (W, T) and the places where they belong (W, E); a function
    of the step alone.

    Most words stand alone or as captions put them. Some stand in a sentence, which belongs where the word belongs; some
    sentences hold two words and belong between them.
    """

    alone, sentences = 0.55, 0.75  # shares: as a caption; one in a sentence; the rest two

    def __init__(self, batches, lessons: Lessons, tokenizer: Tokenizer, count: int, seed: int, device: torch.device):
        self.batches, self.lessons, self.tokenizer = batches, lessons, tokenizer
        self.count, self.seed, self.device = count, seed, device

    def __call__(self, step: int) -> tuple[object, Tensor, Tensor]:
        rng = random.Random(f"{self.seed} {step}")
        texts, meant = zip(*(self._lesson(rng) for _ in range(self.count)), strict=True)
        wanted = F.normalize(self.lessons.wanted[torch.tensor(meant)].sum(1), dim=1)
        return self.batches(step), self.tokenizer(list(texts)).to(self.device), wanted.to(self.device)

    def _lesson(self, rng: random.Random) -> tuple[str, tuple[int, int]]:
        """A text and the two lessons, or twice the one, that it is made of."""
        known, how = self.lessons.words, rng.random()
        first = rng.randrange(len(known))
        language = "en" if known[first].isascii() else "zh"
        if how < self.alone:
            return caption([known[first]], rng, language), (first, first)
        second = rng.randrange(len(known))
        if how < self.sentences or known[second].isascii() != known[first].isascii():
            return sentence([known[first]], rng, language), (first, first)
        return sentence([known[first], known[second]], rng, language), (first, second)


class LessonUpdate(Descent):
    """One AdamW on the model's own loss and, with the given weight, on how far the words are from where they belong."""

    def __init__(self, weight: float, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.weight = weight

    def losses(self, batch: tuple[object, Tensor, Tensor]) -> dict[str, Tensor]:
        given, tokens, wanted = batch
        losses = super().losses(given)
        alike = tokens.argmax(1).argsort().chunk(4)  # texts of like length go together, so that little is padded
        far = 1 - torch.cat([(self.model.encode_text(tokens[part]) * wanted[part]).sum(1) for part in alike]).mean()
        return losses | {"loss": losses["loss"] + self.weight * far, "far": far.detach()}


def teach(config, batches, model: CLIP, device: torch.device) -> tuple[LessonBatches, LessonUpdate]:
    """The batches and the update of a run whose text tower also learns the words of data/lessons.safetensors.

    Raises:
        DataError: there are no lessons.
        ValueError: they are of another space.
    """
    lessons = Lessons.load()
    if lessons.wanted.shape[1] != model.config.embedding:
        raise ValueError(
            f"the lessons are of {lessons.wanted.shape[1]} numbers and the model of {model.config.embedding}: "
            "run python -m training.teacher with the model that --init names."
        )
    assert model.tokenizer is not None, "A CLIP that is taught words has a tokenizer."
    model.taught |= set(lessons.words)
    taught = LessonBatches(batches, lessons, model.tokenizer, config.words, config.seed, device)
    return taught, LessonUpdate(config.teacher, model, config, device, betas=(0.9, 0.98))
