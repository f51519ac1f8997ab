"""The lessons for a trained CLIP: where the words belong that no caption has, and the concepts' names.

A score says how much of a concept c is in a word w that no caption says, or in a phrase p that captions say. Sentences
are vectors of the sentence model, a concept is the sentence of all its phrases, and c(p) are the concepts that have p:

    s(w, c) = cos(w, c) + ½ max_{p of c} cos(w, p),    s(p, c) = cos(p, c) + mean_{d in c(p)} cos(d, c)

A Chinese phrase has only the mean. The text's vector z in CLIP's space starts at the tower's own and is trained until
softmax_c(27 cos(z, pictures of c)) is softmax_c(s / τ); the vector of a name, until pictures find it. Then the tower
learns, beside CLIP's own loss, to put every text there: 1 − cos(z_t(w), z(w)). Held-out words get no treatment of their
own: like all English words they may be among those taught, and reach a picture only through the sentence model.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from models.clip import CLIP
from models.layers import total
from training.data import pictures as data
from training.evaluation import clip as clip_report
from training.families.lessons import Lessons
from training.teacher.minilm import MiniLM
from training.teacher.scores import ConceptScorer, captions_of
from training.teacher.words import words

NEAR = 0.05  # τ
SCALE = 27.0  # of the cosines by which a picture is named
NAMES = 2  # times that the lessons have each name


def prepare(model: CLIP, pictures: data.Pictures) -> tuple[Lessons, dict[str, dict[str, float]]]:
    """The lessons for a trained CLIP, and what the sentence model alone and their vectors reach on held-out keywords.

    Raises:
        DataError, PackageError: the sentence model or WordNet cannot be had.
    """
    sentences, plain = MiniLM.fetch(), pictures.take(pictures.tone <= 0)
    phrases, has, whole = captions_of(plain)
    scorer, places = ConceptScorer(sentences(phrases), has, sentences(whole)), clip_report.concept_vectors(model, plain)
    named, (texts, scores) = names(model, pictures), scored(scorer, sentences, phrases, plain)
    known = {name.lower() for name in named.words}
    rest = [i for i, text in enumerate(texts) if text not in known]
    texts = [texts[i] for i in rest]
    wanted = torch.cat([placed(model, texts, scores[rest], places), named.wanted.repeat(NAMES, 1)])
    return Lessons(texts + NAMES * named.words, wanted), reach(model, scorer, sentences, phrases, places, plain)


def scored(
    scorer: ConceptScorer, sentences: MiniLM, phrases: list[str], plain: data.Pictures
) -> tuple[list[str], Tensor]:
    """The new words that are near to a phrase, the captions' phrases and the Chinese ones, with their scores (N, K)."""
    new = sorted(set(words(sentences.words, phrases)) - set(phrases))
    vectors = sentences(new)
    near = scorer.reaches(vectors)
    chinese, has_chinese, _ = captions_of(plain, "zh")
    texts = [*(text for text, keep in zip(new, near.tolist(), strict=True) if keep), *phrases, *chinese]
    return texts, torch.cat([scorer(vectors[near]), scorer.caption_scores(), scorer.concept_similarity(has_chinese)])


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
    model: CLIP, scorer: ConceptScorer, sentences: MiniLM, phrases: list[str], places: Tensor, plain: data.Pictures
) -> dict[str, dict[str, float]]:
    """Held-out English keywords → a right concept: by the sentence model alone, and by vectors among the pictures."""
    rows = {phrase: row for row, phrase in enumerate(phrases)}
    asked = clip_report.held_out_words(clip_report.concepts(), "en", torch.from_numpy(plain.concept).long().unique())
    new, caption_scores = scorer(sentences(asked.words)), scorer.caption_scores()
    scores = torch.stack(
        [caption_scores[rows[word]] if word in rows else score for word, score in zip(asked.words, new, strict=True)]
    )
    by_vectors = placed(model, asked.words, scores, places) @ places.T
    return {
        "the sentence model alone": asked.found_by(scores),
        "through the lessons' vectors": asked.found_by(by_vectors),
    }
