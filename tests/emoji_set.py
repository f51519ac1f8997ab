"""The emoji set that ships, read once for all tests that need it, and the judge's evaluator on a part of it."""

from functools import lru_cache

from models.judge import Judge
from tests.helpers import ROOT
from training.data import pictures as data
from training.evaluation import measure


@lru_cache(maxsize=1)
def known() -> data.Pictures:
    """At 64 pixels; nobody may change it."""
    return data.load(64)


@lru_cache(maxsize=1)
def few(_size: int) -> measure.Evaluator:
    """The judge's evaluator on a few hundred drawings instead of all."""
    judge, parts = Judge.from_pretrained(ROOT / "assets" / "judge"), (known().training(), known().validation())
    some = (part.take(slice(0, count)) for part, count in zip(parts, (300, 200), strict=True))
    return measure.Evaluator(judge, *(measure.features(judge, part.on()) for part in some))
