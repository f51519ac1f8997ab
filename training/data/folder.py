"""A folder of one's own pictures with metadata.jsonl: the Hub's imagefolder form, a JSON object a line."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from training.data.decode import to_rgba
from training.files import DataError, read_text

WORDS = ("text", "caption", "prompt")  # the first of these that a line has words under is taken


@dataclass(frozen=True)
class Row:
    """A line of metadata.jsonl."""

    number: int  # of the line, from 1
    file_name: str
    texts: list[str]  # that are true of the picture; none where nothing is said


def read_rows(listing: Path) -> list[Row]:
    """All lines of metadata.jsonl.

    Raises:
        DataError: it is missing, or a line is none that can be used.
    """
    if not listing.exists():
        raise DataError(f"{listing} is missing: one JSON object a line with file_name and text.")
    try:
        lines = read_text(listing).split("\n")  # captions may hold other separators
    except (OSError, ValueError) as error:
        raise DataError(f"{listing} is no text in UTF-8 ({error}).") from error
    rows = [_row(line, number, listing) for number, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise DataError(f"{listing} names no pictures.")
    return rows


def _row(line: str, number: int, listing: Path) -> Row:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"Line {number} of {listing} is no JSON in UTF-8 ({error}).") from error
    if not isinstance(found, dict) or not isinstance(found.get("file_name"), str):
        raise DataError(f"Line {number} of {listing} has no file_name.")
    texts = [_texts(found[key], key, number, listing) for key in WORDS if found.get(key) is not None]
    return Row(number, found["file_name"], next(filter(None, texts), []))


def _texts(value: Any, key: str, number: int, listing: Path) -> list[str]:
    """The words under a key, without empty ones."""
    values = value if isinstance(value, list) else [value]
    for text in values:
        if not isinstance(text, str):
            wrong = json.dumps(text)[:40]
            raise DataError(f"Line {number} of {listing} has {wrong} under {key}: give a string or a list of strings.")
    return [text.strip() for text in values if text.strip()]


def read_square(path: Path, size: int) -> np.ndarray:
    """The middle of a picture as uint8 (size, size, 4).

    Raises:
        DataError: it cannot be read.
    """
    try:
        with Image.open(path) as file:
            picture = to_rgba(file)
    except Exception as error:  # Pillow's readers raise many kinds on damaged files
        reason = str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
        raise DataError(f"{path} cannot be read as a picture ({reason}).") from error
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return np.asarray(picture.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.LANCZOS))
