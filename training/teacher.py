"""The teacher: a sentence model tells the text tower where the words belong that no caption has.

    python -m training.teacher runs/clip/model        # writes data/lessons.safetensors, tells what its map alone reaches
    python -m training clip --init runs/clip/model --teacher=1 --runs runs/taught
    python -m training.teacher --compare without=runs/clip/model with=runs/taught/clip/model

    python -m training.teacher assets/clip --names    # lessons of another kind: where the pictures would have their concepts' names
                                                      # (training/recipes/clip.py goes on with them)

The map takes a sentence s to CLIP's space. It knows the captions' English phrases p, and with them the concepts c that have p:

    q(c | s) = Σ_p softmax_p(cos(s, p) / τ) · [c has p] / owners(p),    z = (CᵀC + λ)⁻¹ Cᵀ q

so that z's products with the concepts' mean pictures C are nearly q (Nadaraya 1964; then ridge regression). Beside CLIP's own
loss the tower learns to put every other word w there: 1 − cos(z_t(w), z(sentence(w))). No held-out word is treated in any way
of its own: like all English words it may be among those taught, and reaches a picture through the sentence model alone.
"""

import argparse
import json
import random
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from torch import Tensor

from models.clip import CLIP
from models.pretrained import CheckpointError
from models.tokenizer import Tokenizer
from training import clip_report, data
from training.captions import caption
from training.checkpoint import write_in_one_move
from training.loop import Descent
from training.minilm import MiniLM
from training.packages import PackageError
from training.words import words

LESSONS = data.DATA / "lessons.safetensors"
NEAR, RIDGE = 0.05, 3.0  # τ, and λ as a share of the mean eigenvalue of CᵀC: with less of it the tower cannot follow
SCALE = 27.0  # of the cosines by which a picture is named
LEAST = 0.5  # cosine to the nearest phrase below which a word has nothing to do with what we draw


@dataclass(frozen=True)
class Map:
    """Unit vectors of sentences (N, S) → unit vectors of CLIP (N, E)."""

    known: Tensor  # (P, S) phrases
    owners: Tensor  # (P, K), rows that sum to 1: which concepts have a phrase
    concepts: Tensor  # (K, E) their mean pictures

    def __call__(self, sentences: Tensor) -> Tensor:
        gram = self.concepts.T @ self.concepts  # E E
        ridge = RIDGE * gram.trace() / len(gram) * torch.eye(len(gram))
        places = self.owners @ torch.linalg.solve(gram + ridge, self.concepts.T).T  # P E
        return torch.cat([F.normalize(self._attend(part) @ places, dim=1) for part in sentences.split(1024)])

    def nearest(self, sentences: Tensor) -> Tensor:
        """(N, K): how much of each concept is in a sentence, by the sentence model alone."""
        return self._attend(sentences) @ self.owners

    def reaches(self, sentences: Tensor) -> Tensor:
        """(N,) whether a sentence is near to a phrase at all."""
        return torch.cat([(part @ self.known.T).amax(1) for part in sentences.split(1024)]) >= LEAST

    def _attend(self, sentences: Tensor) -> Tensor:
        return (sentences @ self.known.T / NEAR).softmax(1)  # N P


def captions_of(pictures: data.Pictures) -> tuple[list[str], Tensor, Tensor]:
    """English phrases of the training captions, which of the concepts (P, K) have each, and the concepts' numbers (K,)."""
    numbers, first = torch.from_numpy(pictures.concept).long().unique(), {}
    for number, each in zip(pictures.concept.tolist(), pictures.captions):
        first.setdefault(number, each.get("en", []))
    ids: dict[str, int] = {}
    has = [(ids.setdefault(text.lower(), len(ids)), k) for k, c in enumerate(numbers.tolist()) for text in first[c]]
    owners = torch.zeros(len(ids), len(numbers))
    owners[tuple(torch.tensor(has).T)] = 1
    return list(ids), owners / owners.sum(1, keepdim=True), numbers


def concept_vectors(model: CLIP, pictures: data.Pictures) -> Tensor:
    """(K, E): the mean of each concept's pictures."""
    which = torch.from_numpy(pictures.concept).long().unique(return_inverse=True)[1]
    sums = torch.zeros(int(which.max()) + 1, model.config.embedding)
    return F.normalize(sums.index_add_(0, which, clip_report.picture_vectors(model, pictures)), dim=1)


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
            raise data.DataError("The teacher has no lessons yet: run python -m training.teacher MODEL, the one that --init names.")
        try:
            with safe_open(path, "pt") as file:
                return cls(json.loads(file.metadata()["words"]), file.get_tensor("wanted").float())
        except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
            raise data.DataError(f"{path} is damaged ({error}): delete it and run python -m training.teacher again.") from error


class Taught:
    """Another's batches, and with each `count` words as tokens (W, T) and where they belong (W, E); of the step alone."""

    def __init__(self, batches, lessons: Lessons, tokenizer: Tokenizer, count: int, seed: int, device: torch.device):
        self.batches, self.lessons, self.tokenizer = batches, lessons, tokenizer
        self.count, self.seed, self.device = count, seed, device

    def __call__(self, step: int) -> tuple[object, Tensor, Tensor]:
        rng = random.Random(f"{self.seed} {step}")
        drawn = [rng.randrange(len(self.lessons.words)) for _ in range(self.count)]
        texts = [caption([word], rng, "en" if word.isascii() else "zh") for word in map(self.lessons.words.__getitem__, drawn)]
        return self.batches(step), self.tokenizer(texts).to(self.device), self.lessons.wanted[drawn].to(self.device)


class Study(Descent):
    """One AdamW on the model's own loss and, with the given weight, on how far the words are from where they belong."""

    def __init__(self, weight: float, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.weight = weight

    def losses(self, batch: tuple[object, Tensor, Tensor]) -> dict[str, Tensor]:
        given, tokens, wanted = batch
        losses = super().losses(given)
        far = 1 - (self.model.encode_text(tokens) * wanted).sum(1).mean()
        return losses | {"loss": losses["loss"] + self.weight * far, "far": far.detach()}


def teach(config, batches, model: CLIP, device: torch.device) -> tuple[Taught, Study]:
    """The batches and the update of a run whose text tower also learns the words of data/lessons.safetensors.

    Raises:
        DataError: there are no lessons.
        ValueError: they are of another space.
    """
    lessons = Lessons.load()
    if lessons.wanted.shape[1] != model.config.embedding:
        raise ValueError(f"the lessons are of {lessons.wanted.shape[1]} numbers and the model of {model.config.embedding}: "
                         "run python -m training.teacher with the model that --init names.")
    taught = Taught(batches, lessons, model.tokenizer, config.words, config.seed, device)
    return taught, Study(config.teacher, model, config, device, betas=(0.9, 0.98))


def prepare(model: CLIP, pictures: data.Pictures) -> tuple[Lessons, dict[str, dict[str, float]]]:
    """The lessons for a trained CLIP, and what their map and the sentence model alone reach on held-out keywords.

    Raises:
        DataError, PackageError: the sentence model or WordNet cannot be had.
    """
    sentences, plain = MiniLM.fetch(), pictures.take(pictures.tone <= 0)
    phrases, owners, numbers = captions_of(plain)
    to_clip = Map(sentences(phrases), owners, concept_vectors(model, plain))
    texts = words(sentences.words, phrases)
    vectors = sentences(texts)
    kept = to_clip.reaches(vectors)
    lessons = Lessons([text for text, keep in zip(texts, kept.tolist()) if keep], to_clip(vectors[kept]))
    return lessons, reach(to_clip, sentences, numbers)


def names(model: CLIP, pictures: data.Pictures, steps: int = 100) -> Lessons:
    """The concepts' English and Chinese names, and of each concept one vector for both, begun from the model's own and taught by
    picture → name alone, which leaves it about as far from the pictures as text is."""
    table, rng = clip_report.concepts(), torch.Generator().manual_seed(0)
    wanted = sum(clip_report.name_vectors(model, table[language], language) for language in ("en", "zh")).requires_grad_()
    seen, concept = clip_report.picture_vectors(model, pictures), torch.from_numpy(pictures.concept).long()
    weights, adam = torch.from_numpy(pictures.weights()), torch.optim.Adam([wanted], 2e-3)
    for _ in range(steps):
        drawn = torch.multinomial(weights, 2048, True, generator=rng)
        loss = F.cross_entropy(SCALE * seen[drawn] @ F.normalize(wanted, dim=1).T, concept[drawn])
        adam.zero_grad()
        loss.backward()
        adam.step()
    return Lessons([*table["en"], *table["zh"]], F.normalize(wanted.detach(), dim=1).repeat(2, 1))


def reach(to_clip: Map, sentences: MiniLM, numbers: Tensor) -> dict[str, dict[str, float]]:
    """Held-out English keywords → a right concept: by the sentence model alone, and through the map to the pictures."""
    table = clip_report.concepts()
    asked, right = clip_report.held_out_words(table["held_out_en"], numbers)
    new, vectors = torch.tensor([word not in table["said"] for word in asked]), sentences(asked)
    scores = {"the sentence model alone": to_clip.nearest(vectors), "through the map": to_clip(vectors) @ to_clip.concepts.T}
    return {name: clip_report.found_by(each, right, new, "en") for name, each in scores.items()}


def compare(folders: dict[str, Path]) -> dict[str, dict[str, float]]:
    """What models reach on held-out keywords."""
    pictures, table = data.load(64).training(), clip_report.concepts()
    return {name: clip_report.keywords(CLIP.from_pretrained(folder), pictures, table) for name, folder in folders.items()}


def record(measured: dict[str, dict[str, float]], path: Path) -> str:
    """Adds to what was measured before; returns the table of all."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    data.write_atomically(path, json.dumps(known | measured, indent=1, ensure_ascii=False) + "\n")
    return clip_report.with_and_without(known | measured)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m training.teacher", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=Path, help="the folder of the CLIP that is to be taught")
    parser.add_argument("--names", action="store_true", help="lessons of the concepts' names instead of the words that no caption has")
    parser.add_argument("--compare", nargs="+", default=[], metavar="NAME=FOLDER", help="measure these models instead")
    options = parser.parse_args(argv)
    if bool(options.model) == bool(options.compare) or not all("=" in each for each in options.compare):
        parser.error("give one model to prepare lessons for, or --compare NAME=FOLDER …")
    try:
        if options.compare:
            measured = compare({name: Path(folder) for name, folder in (each.split("=", 1) for each in options.compare)})
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
