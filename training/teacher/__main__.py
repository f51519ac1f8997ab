"""The teacher: a sentence model tells the text tower where words belong that no caption has; the pictures tell it where
their concepts' names belong.

    python -m training.teacher runs/clip/model        # writes data/lessons.safetensors, tells what it reaches by itself
    python -m training clip --init runs/clip/model --locked=4096 --teacher=40 --runs runs/taught      # see recipes/clip
    python -m training.teacher --compare without=runs/clip/model with=runs/taught/clip/model

    python -m training.teacher runs/clip/model --names    # lessons of the names alone

Lessons are made by `training.teacher.prepare` and learned by `training.families.lessons`.
"""

import argparse
import json
from pathlib import Path

from models.clip import CLIP
from models.pretrained import CheckpointError
from training.data import pictures as data
from training.data.packages import PackageError
from training.evaluation import clip as clip_report
from training.families.lessons import LESSONS
from training.files import write_atomically
from training.teacher.prepare import names, prepare


def compare(folders: dict[str, Path]) -> dict[str, dict[str, float]]:
    """What models reach on held-out keywords."""
    pictures, table = data.load(64).training(), clip_report.concepts()
    return {
        name: clip_report.keywords(CLIP.from_pretrained(folder), pictures, table) for name, folder in folders.items()
    }


def record(measured: dict[str, dict[str, float]], path: Path) -> str:
    """Adds to what was measured before and returns the table of all."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(known | measured, indent=1, ensure_ascii=False) + "\n")
    return clip_report.with_and_without(known | measured)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        "python -m training.teacher", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", nargs="?", type=Path, help="the folder of the CLIP that is to be taught")
    parser.add_argument("--names", action="store_true", help="lessons of the concepts' names alone")
    parser.add_argument("--compare", nargs="+", default=[], metavar="NAME=FOLDER", help="measure these models instead")
    options = parser.parse_args(argv)
    if bool(options.model) == bool(options.compare) or not all("=" in each for each in options.compare):
        parser.error("give one model to prepare lessons for, or --compare NAME=FOLDER …")
    try:
        if options.compare:
            measured = compare(
                {name: Path(folder) for name, folder in (each.split("=", 1) for each in options.compare)}
            )
        else:
            model, pictures = CLIP.from_pretrained(options.model), data.load(64).training()
            lessons, measured = (names(model, pictures), {}) if options.names else prepare(model, pictures)
            lessons.save()
            print(f"{len(lessons.words):,} texts in {LESSONS}")
    except (data.DataError, PackageError, CheckpointError) as error:
        raise SystemExit(str(error)) from None
    print(record(measured, clip_report.COMPARED))


if __name__ == "__main__":
    main()
