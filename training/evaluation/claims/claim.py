"""A claim of a paper: what it says, what the paper measured, and the rule that decides whether our numbers agree.

A rule never sees a network: it reads what the commands of the claim have measured (`claims.measured`) and compares
numbers, each with its noise. A difference within the noise decides nothing, and neither does a number that is
missing.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from training.evaluation.claims.measured import Measured, Number, Undecided

AGREES, DIFFERS, UNDECIDED = "agrees", "differs", "undecided"
VERDICTS = (AGREES, DIFFERS, UNDECIDED)
ALIKE = 1.5  # times as many training pictures as another network's that still count as equally many


@dataclass(frozen=True)
class Finding:
    """What the numbers say. `reason` tells why they decide nothing: "missing", "noise", "judges", "unequal" or
    "young"."""

    verdict: str
    measure: str = ""  # of the numbers: a field of metrics.json
    numbers: tuple[Number, ...] = ()
    curves: dict = field(default_factory=dict)  # of the measure: {"x", "log", "lines": [{"label", "points": [[x, y]]}]}
    reason: str = ""
    lacks: str = ""  # what is missing


@dataclass(frozen=True)
class Claim:
    """What a paper says, where, and how it is decided here."""

    name: str
    says: str  # as the catalogue of the app says it in English
    theirs: str  # the paper's number, likewise
    source: str
    address: str
    tab: str  # of the app, where it can be tried
    commands: tuple[str, ...]  # of `python -m`, which measure it anew
    minutes: int  # that they take on two cores, about
    decide: Callable[[Measured], Finding]

    @property
    def key(self) -> str:
        """The claim's name in the catalogue."""
        return self.name.replace("-", "_")


def found(claim: Claim, measured: Measured) -> Finding:
    """What a claim's rule makes of what is measured; numbers of two judges are not compared."""
    try:
        finding = claim.decide(measured)
    except Undecided as why:
        return Finding(UNDECIDED, reason=why.reason, lacks=why.lacks)
    except KeyError as field:
        return Finding(UNDECIDED, reason="missing", lacks=str(field))
    judges = {number.judge for number in finding.numbers}
    if len(judges) > 1:
        return Finding(UNDECIDED, finding.measure, finding.numbers, finding.curves, "judges")
    return finding


def finding(measure: str, numbers: list[Number], verdict: str, curves: dict | None = None) -> Finding:
    """A finding; what is not decided by numbers that are there lies within their noise."""
    reason = "noise" if verdict == UNDECIDED else ""
    return Finding(verdict, measure, tuple(numbers), curves or {}, reason)


def above(more: Number, less: Number) -> str:
    """Whether the first number is the larger one, beyond the noise of both."""
    gap, noise = more.value - less.value, math.hypot(more.noise, less.noise)
    return AGREES if gap > noise else DIFFERS if gap < -noise else UNDECIDED


def not_above(one: Number, other: Number) -> str:
    """Whether the first number is no larger than the other, as far as can be measured."""
    return DIFFERS if above(one, other) == AGREES else AGREES


def every(*verdicts: str) -> str:
    """Of a claim with several parts: one part that differs decides it, one that is open leaves it open."""
    return next((verdict for verdict in (DIFFERS, UNDECIDED) if verdict in verdicts), AGREES)


def equally_trained(measured: Measured, *names: str) -> None:
    """Raises Undecided where one of the checkpoints has seen many more training pictures than another."""
    pictures = [measured.value(name, "pictures") for name in names]
    if max(pictures) > ALIKE * min(pictures):
        raise Undecided("unequal")
