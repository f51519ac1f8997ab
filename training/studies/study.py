"""A study: rows of numbers in a JSON file, each measured once, and again when a network that takes part has other
weights."""

import argparse
import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from models.pretrained import CheckpointError
from training.files import write_atomically


@dataclass(frozen=True)
class Row:
    """`stamp` tells what a row is measured with; where the file has another, the row is stale."""

    key: str
    stamp: dict
    measure: Callable[[], dict[str, float]]


def arguments(name: str, doc: str | None, parts: Iterable[str], count: int) -> argparse.ArgumentParser:
    """The parser of `python -m training.studies.NAME [PART …] [--minutes M] [--count N]`."""
    parser = argparse.ArgumentParser(
        f"python -m training.studies.{name}", description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[*parts, []], help=f"by default all: {', '.join(parts)}")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no row after that time")
    parser.add_argument(
        "--count", type=int, default=count, help=f"pictures, or steps, a row ({count or 'as the study says'})"
    )
    return parser


def read(path: Path, under: str) -> dict:
    """The content of the file; its rows are `under` a key."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {under: {}}


def go_on(
    path: Path, under: str, rows: Iterable[Row], minutes: float, beside: Callable[[], dict[str, float]] = dict
) -> None:
    """Measures the rows that are missing or stale and saves each, together with what `beside()` tells of the whole."""
    from tqdm import tqdm

    if minutes <= 0:
        return
    start, found = time.monotonic(), read(path, under)
    todo = [row for row in rows if not row.stamp.items() <= found[under].get(row.key, {}).items()]
    for row in tqdm(todo, unit="rows"):
        if time.monotonic() - start > minutes * 60:
            break
        found[under][row.key] = _rounded(row.measure()) | row.stamp
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, json.dumps(found | _rounded(beside()), indent=1, sort_keys=True) + "\n")


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C ends what stands inside, and what was measured stays; a checkpoint that is missing ends the command in
    words."""
    try:
        with suppress(KeyboardInterrupt):
            yield
    except CheckpointError as error:
        raise SystemExit(str(error)) from None


def _rounded(numbers: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.5g}") for name, value in numbers.items()}
