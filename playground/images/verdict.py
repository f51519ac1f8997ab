"""What the independent judge says of a picture: no generator and no guide was trained with it."""

import torch.nn.functional as F
from torch import Tensor

from models.pretrained import CheckpointError
from playground.images import pictures
from playground.images.atlas import concept_name
from playground.serving import checkpoints, device
from playground.serving.validation import checkpoint_note

NAMED = 5
HEADS = ("concept", "style", "group")


def judge_probabilities(x: Tensor) -> dict[str, Tensor]:
    """Of pictures (B, 3, S, S) the judge's probabilities {"concept": (B, …), "style", "group"}."""
    logits = device.run(checkpoints.load("judge"), pictures.enlarged(x), exact=True)
    return {head: each.softmax(1) for head, each in zip(HEADS, logits, strict=True)}


def judge_likeness(x: Tensor, other: Tensor) -> Tensor:
    """(B,): cosine of the judge's features of pictures (B, 3, S, S) and of another one (1, 3, S, S)."""
    features = checkpoints.load("judge").features
    return F.cosine_similarity(*(device.run(features, pictures.enlarged(each), exact=True) for each in (x, other)))


def verdict(x: Tensor, concept: int | None) -> list[list]:
    """Remarks on a picture (1, 3, S, S): whether the judge names what was asked for, and its five best names."""
    try:
        found = judge_probabilities(x)["concept"][0]
    except CheckpointError as error:
        return [checkpoint_note(error)]
    best = found.topk(min(NAMED, len(found))).indices.tolist()
    told = [
        [
            "guidance.judged",
            {
                language: ", ".join(f"{concept_name(i)[language]} {found[i]:.0%}" for i in best)
                for language in ("en", "zh")
            },
        ]
    ]
    if concept is None:
        return [["guidance.unnamed", {}], *told]
    place = int((found > found[concept]).sum()) + 1
    return [
        [
            "guidance.judged_place",
            {**concept_name(concept), "place": place, "n": len(found), "share": percent(found[concept])},
        ],
        *told,
    ]


def percent(share: Tensor | float) -> str:
    """A share as people read it."""
    return "<0.1%" if share < 0.001 else f"{share:.1%}" if share < 0.1 else f"{share:.0%}"
