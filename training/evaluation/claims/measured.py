"""What was measured, as numbers with their noise: metrics.json of checkpoints, and the rows of studies."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

SHARES = ("precision", "recall", "judge_top5", "memorised", "used", "group", "name_top5")
HELD_OUT = 465  # pictures behind a share where the file does not say
NAMES = 200  # pictures behind a share of names where the file does not say
NOISE = {"psnr": 0.2, "bits_per_dim": 0.05, "cosine": 0.02}  # what counts as no difference, as runs are not repeated
FRECHET_NOISE = 0.1  # share of a distance of one seed: over three, those of the checkpoints deviate by up to a tenth
EARLIER = "an earlier judge"


class Undecided(Exception):
    """Numbers that would decide a claim are missing, or cannot be compared."""

    def __init__(self, reason: str, lacks: str = ""):
        super().__init__(f"{reason} {lacks}".strip())
        self.reason, self.lacks = reason, lacks


@dataclass(frozen=True)
class Number:
    """A measured value and the half width of what chance explains (two deviations)."""

    of: str  # whose: "model.NAME" of a checkpoint, or a word of the claim's own such as "shuffled"
    value: float
    noise: float
    judge: str = ""  # who judged; empty where nobody did


@dataclass(frozen=True)
class Measured:
    """The measured numbers of a folder such as assets/."""

    folder: Path

    def value(self, name: str, field: str) -> float:
        """A field of a checkpoint's metrics.json.

        Raises:
            Undecided: it was not measured.
        """
        return _number(self.table(name), field, f"{name}: {field}")

    def checkpoint(self, name: str, field: str, measure: str = "") -> Number:
        """The same with its noise; `measure` where the field has more in its name than that."""
        table, value, measure = self.table(name), self.value(name, field), measure or field
        count = NAMES if measure == "judge_top5" else HELD_OUT
        noise = noise_of(measure, value, count, table.get(f"{field}_std"))
        return Number(f"model.{name}", value, noise, self._judge(measure, table.get("judge")))

    def corrupted(self, name: str, kind: str) -> dict[str, float]:
        """PSNR of a checkpoint over the amount of a kind of corruption.

        Raises:
            Undecided: it was not measured.
        """
        found = (self.table(name).get("corrupted") or {}).get(kind)
        if not found:
            raise Undecided("missing", f"{name}: corrupted")
        return found

    def table(self, name: str) -> dict:
        """A checkpoint's whole metrics.json."""
        return self.read(f"{name}/metrics.json")

    def rows(self, path: str) -> dict[str, dict]:
        """The rows of a study's file by key.

        Raises:
            Undecided: nothing was measured.
        """
        table = self.read(path)
        rows = table.get("rows") or table.get("cells")
        if not isinstance(rows, dict):
            raise Undecided("missing", path)
        return rows

    def row(self, path: str, key: str, field: str, of: str) -> Number:
        """A number of one row of a study."""
        row = self.rows(path).get(key, {})
        value = _number(row, field, f"{path}: {key}")
        noise = noise_of(field, value, row.get("count", HELD_OUT), row.get(f"{field}_std"))
        return Number(of, value, noise, self._judge(field, row.get("judge"), *str(row.get("sha")).split()))

    def is_by_shipped_judge(self, name: str) -> bool:
        """Whether a checkpoint's numbers come from the judge that ships, as far as a judge has to do with them."""
        table = self.table(name)
        return not any(map(is_judged, table)) or table.get("judge") == self._shipped_judge

    def _judge(self, measure: str, *stamps) -> str:
        if not is_judged(measure):
            return ""
        return self._shipped_judge if self._shipped_judge in stamps else EARLIER

    @cached_property
    def _shipped_judge(self) -> str:
        file = self.folder / "judge" / "model.safetensors"
        return hashlib.sha256(file.read_bytes()).hexdigest()[:16] if file.exists() else "no judge"

    def read(self, path: str) -> dict:
        """A whole file.

        Raises:
            Undecided: it is not there, or no table.
        """
        file = self.folder / path
        try:
            return _parsed(file, file.stat().st_mtime_ns)
        except (OSError, ValueError):
            raise Undecided("missing", path) from None


@lru_cache(maxsize=64)
def _parsed(path: Path, _stamp: int) -> dict:
    table = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(table, dict):
        raise ValueError(f"{path} is no table of numbers.")
    return table


def _number(table: dict, field: str, what: str) -> float:
    value = table.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Undecided("missing", what)
    return float(value)


def is_judged(field: str) -> bool:
    """Whether a number comes from the judge: its names, or distances between its features."""
    return any(part in field for part in ("judge_", "frechet", "precision", "recall", "memorised"))


def noise_of(measure: str, value: float, count: int, deviation: float | None = None) -> float:
    """Two deviations of a measured value; `count` pictures stand behind it, `deviation` is that over seeds."""
    if measure in SHARES:  # a share of 0 or 1 has noise, too (Agresti & Coull 1998)
        centred = (value * count + 2) / (count + 4)
        return 2 * (centred * (1 - centred) / (count + 4)) ** 0.5
    if "frechet" in measure:
        return 2 * deviation if deviation is not None else FRECHET_NOISE * value
    return NOISE.get(measure, 0.0)
