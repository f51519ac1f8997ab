"""What is measured of DALL·E 2's priors: how near the embeddings that they draw are to those of held-out pictures."""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from models.ar_prior import ARPrior
from models.clip import CLIP
from models.prior import DiffusionPrior, TextFeatures
from training import files
from training.data import pictures as data
from training.evaluation.clip import concepts, name_vectors, picture_vectors, top
from training.evaluation.tables import markdown

SEEDS = 4  # draws of each caption
SCALES = (1.0, 2.0, 4.0)  # of the guidance
PRIORS = ("prior", "ar_prior")


@dataclass(frozen=True)
class Pairs:
    """Held-out pictures: embeddings (N, E), their captions as CLIP reads them, the empty caption as often, the concepts
    (N,), and the names' vectors (K, E)."""

    z: Tensor
    captions: TextFeatures
    nothing: TextFeatures
    concept: Tensor
    names: Tensor


@lru_cache(maxsize=1)
@torch.inference_mode()
def pairs() -> Pairs:
    """The held-out pairs as the shipped CLIP reads them."""
    clip, held_out = CLIP.from_pretrained(files.ASSETS / "clip"), data.load(64).validation()
    texts = [
        f"{names['en'][0]} in {held_out.styles[style]} style"
        for names, style in zip(held_out.captions, held_out.style, strict=True)
    ]
    return Pairs(
        picture_vectors(clip, held_out),
        TextFeatures.of(clip, texts),
        TextFeatures.of(clip, [""] * len(texts)),
        torch.from_numpy(held_out.concept).long(),
        name_vectors(clip, concepts()["en"], "en"),
    )


def evaluate(model: DiffusionPrior | ARPrior) -> dict:
    """Everything in metrics.json; `score` is the mean cosine of ẑ_i and the held-out picture's z_i without guidance."""
    known, found = pairs(), {}
    count = len(known.z)
    for scale in SCALES:
        drawn = torch.stack(
            [
                model.sample(known.captions, known.nothing, [seed * count + i for i in range(count)], scale)
                for seed in range(SEEDS)
            ]
        )  # S N E
        found |= {f"{key}_at_{scale:g}": value for key, value in embedding_scores(known, drawn).items()}
    found |= {
        "text_cosine": cosine(known.captions.vector, known.z),
        "text_picture_top5": found_again(known.captions.vector, known.z),
    }
    return {"score": found["cosine_at_1"]} | found


def embedding_scores(known: Pairs, drawn: Tensor) -> dict[str, float]:
    """Scores of embeddings (S, N, E), S draws of each caption; "likeness" is the cosine of two draws of one caption."""
    first, others = drawn[0], [cosine(a, b) for i, a in enumerate(drawn) for b in drawn[:i]]
    return {
        "cosine": cosine(first, known.z),
        "shuffled": cosine(first, known.z.roll(1, 0)),
        "picture_top5": found_again(first, known.z),
        "name_top5": top(first @ known.names.T, known.concept)[1],
        "likeness": sum(others) / len(others),
    }


def cosine(a: Tensor, b: Tensor) -> float:
    """Mean over the rows of unit vectors (N, E)."""
    return (a * b).sum(1).mean().item()


def found_again(z: Tensor, pictures: Tensor) -> float:
    """Share of rows z (N, E) whose own picture of (N, E) is among the five nearest of all."""
    return top(z @ pictures.T, torch.arange(len(z)))[1]


def report(metrics: dict[str, dict]) -> str:
    """The table of the priors."""
    known = {name: metrics[name] for name in PRIORS if name in metrics}
    if not known:
        return ""
    head = [
        "prior",
        "scale",
        "cosine to the picture",
        "to another's",
        "its picture among the five nearest",
        "its name in the top five",
        "likeness of two draws",
    ]
    first = next(iter(known.values()))
    rows = [["none: z_t itself", "", f"{first['text_cosine']:.3f}", "", f"{first['text_picture_top5']:.0%}", "", ""]]
    rows += [
        [
            name,
            f"{scale:g}",
            f"{m[f'cosine_at_{scale:g}']:.3f}",
            f"{m[f'shuffled_at_{scale:g}']:.3f}",
            f"{m[f'picture_top5_at_{scale:g}']:.0%}",
            f"{m[f'name_top5_at_{scale:g}']:.0%}",
            f"{m[f'likeness_at_{scale:g}']:.3f}",
        ]
        for name, m in known.items()
        for scale in SCALES
    ]
    return f"**From a caption to an embedding: {len(pairs().z)} held-out pairs**\n\n{markdown(head, rows)}"
