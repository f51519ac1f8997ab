"""What is measured of the judges: names, styles and groups of the held-out pairs."""

import torch

from models.judge import Judge
from training.data import pictures as data
from training.families.judge import coarser


def evaluate(model: Judge) -> dict:
    """Names and styles of the held-out pairs, at full size and at half, and how a style it never saw fares."""
    pictures = data.load(64)
    held_out, unseen = pictures.validation(), pictures.take(pictures.unseen)
    full, half = accuracy(model, held_out, half=False), accuracy(model, held_out, half=True)
    found = full | {f"half_size_{name}": share for name, share in half.items()}
    return (
        {"score": half["concept_top1"]}
        | found
        | {"unseen_style_top5": accuracy(model, unseen, half=False)["concept_top5"]}
    )


@torch.inference_mode()
def accuracy(model: Judge, pictures: data.Pictures, half: bool) -> dict[str, float]:
    """Shares of names, styles and groups that are right, of pictures as they are or at half the size."""
    parts = [model(coarser(part, torch.full((len(part),), half))) for part in pictures.on().split(256)]
    names, styles, groups = (torch.cat(p) for p in zip(*parts, strict=True))
    concept, style, group = (torch.from_numpy(labels) for labels in (pictures.concept, pictures.style, pictures.group))
    right = names.topk(5).indices == concept[:, None]
    return {
        "concept_top1": right[:, 0].float().mean().item(),
        "concept_top5": right.any(1).float().mean().item(),
        "style": (styles.argmax(1) == style).float().mean().item(),
        "group": (groups.argmax(1) == group).float().mean().item(),
    }


def report(metrics: dict[str, dict]) -> str:
    """The tables' lines on the judges."""
    return "\n\n".join(_line(title, metrics[name]) for name, title in TITLES.items() if name in metrics)


TITLES = {"judge": "The judge", "judge_blind": "The judge that is blind to colour"}


def _line(title: str, m: dict) -> str:
    return (
        f"**{title}**, which has seen all drawings of the seven styles, names {m['concept_top1']:.0%} of the pairs "
        f"that are held out from all other networks at first among 1,914 concepts "
        f"({m['concept_top5']:.0%} in its top five; at 32 pixels {m['half_size_concept_top1']:.0%} and "
        f"{m['half_size_concept_top5']:.0%}), {m['style']:.0%} of their styles, {m['group']:.0%} of their groups, and "
        f"{m['unseen_style_top5']:.0%} in its top five of a style it never saw."
    )
