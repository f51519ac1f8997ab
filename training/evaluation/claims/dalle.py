"""The claims about DALL·E."""

from training.evaluation.claims.claim import Claim, Finding, above, every, finding
from training.evaluation.claims.measured import Measured, Number

RAMESH = ("Ramesh et al. 2021, Zero-Shot Text-to-Image Generation", "https://arxiv.org/abs/2102.12092")
TRIES = (1, 2, 4, 8)
ASKED = {"told": "best_of_1", "shuffled": "shuffled", "silent": "silent"}  # with its caption, with another's, without


def named(measured: Measured, key: str, of: str) -> Number:
    """The share of pictures that the judge names, of a way of asking."""
    number = measured.checkpoint("dalle", f"judge_top5_{key}", "judge_top5")
    return Number(of, number.value, number.noise, number.judge)


def joint(measured: Measured) -> Finding:
    """How often the judge names the picture: above a shuffled caption and none."""
    told, *others = numbers = [named(measured, key, of) for of, key in ASKED.items()]
    return finding("judge_top5", numbers, every(*(above(told, other) for other in others)))


def reranked(measured: Measured) -> Finding:
    """How often the judge names the best of many: above a single one."""
    numbers = [named(measured, f"best_of_{n}", f"N = {n}") for n in TRIES]
    lines = [{"label": "model.dalle", "points": [[n, one.value] for n, one in zip(TRIES, numbers, strict=True)]}]
    curves = {"x": "tries", "log": True, "lines": lines}
    return finding("judge_top5", [numbers[-1], numbers[0]], above(numbers[-1], numbers[0]), curves)


CLAIMS = (
    Claim(
        "dalle-joint",
        "Caption and picture as one sequence of tokens: the model draws what is said.",
        "93.3% of people find that its picture fits the caption better than DF-GAN's.",
        *RAMESH,
        "dalle",
        ("training.evaluate dalle",),
        12,
        joint,
    ),
    Claim(
        "dalle-reranked",
        "Many tries, sorted by CLIP, draw it better.",
        "The more of up to 512 tries, the better (figures 6 and 9c).",
        *RAMESH,
        "dalle",
        ("training.evaluate dalle",),
        12,
        reranked,
    ),
)
