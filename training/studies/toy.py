"""In the plane: how many modes the three families cover, over losses and penalties of the GAN and over three seeds.

    python -m training.studies.toy                # measures what is missing: about three minutes on one core

Results are in assets/gan/toys.json; the table in docs/MEASURED.md is written from them.
"""

import hashlib
import inspect
from collections.abc import Iterator
from statistics import mean

import models.toy
import training.families.toy
from models.gan import LOSSES
from models.toy import ToyOptions
from training.evaluate import fill
from training.evaluation.tables import markdown
from training.families.toy import Lesson, covered, shape
from training.files import ASSETS, ROOT
from training.studies import study
from training.studies.study import Row

PATH = ASSETS / "gan" / "toys.json"
STEPS = 1500  # of every player
SEEDS = (0, 1, 2)
SHAPES = ("ring", "grid")
LEARNERS = {
    f"GAN, {loss.replace('_', '-')}{', R1 and R2' if gamma else ''}": ("gan", ToyOptions(loss=loss, gamma=gamma))
    for loss in LOSSES
    for gamma in (0.1, 0.0)
}
LEARNERS |= {"VAE": ("vae", ToyOptions()), "diffusion": ("diffusion", ToyOptions())}


def rows(parts: list[str], count: int) -> Iterator[Row]:
    sources = map(inspect.getsource, (models.toy, training.families.toy))
    code = hashlib.sha256("".join(sources).encode()).hexdigest()[:16]
    for name in parts:
        for label, learner in LEARNERS.items():
            yield Row(
                f"{name}/{label}",
                {"code": code, "steps": count},
                lambda name=name, learner=learner: modes_covered(name, *learner, count),
            )


def modes_covered(name: str, kind: str, config: ToyOptions, steps: int) -> dict[str, float]:
    """Modes covered with each seed, and the mean share of samples within a mode."""
    found = []
    for seed in SEEDS:
        lesson = Lesson(kind, shape(name), seed, config)
        lesson.teach(steps)
        found.append(covered(lesson.sample(2000), lesson.shape))
    return {f"modes_{seed}": modes for seed, (modes, _) in zip(SEEDS, found, strict=True)} | {
        "inside": mean(inside for _, inside in found)
    }


def report(found: dict) -> str:
    """The table."""
    whole = [label for label in LEARNERS if all(f"{name}/{label}" in found for name in SHAPES)]
    table = markdown(
        ["model", "ring, of 8", "grid, of 16"],
        [[label, *(_cell(found[f"{name}/{label}"]) for name in SHAPES)] for label in whole],
    )
    return (
        f"**The laboratory in two dimensions: modes covered**\n\n{table}\n\n"
        f"Modes covered after {STEPS:,} steps with the seeds 0, 1 and 2; "
        "in brackets the mean share of the samples that lies within a mode. "
        "A mode counts when it holds at least a quarter of its fair share."
    )


def _cell(row: dict) -> str:
    return ", ".join(f"{row[f'modes_{seed}']:.0f}" for seed in SEEDS) + f" ({row['inside']:.0%})"


def main(argv: list[str] | None = None) -> None:
    options = study.arguments("toy", __doc__, SHAPES, STEPS).parse_args(argv)
    study.go_on(PATH, "rows", rows(options.parts or list(SHAPES), options.count), options.minutes)
    fill(ROOT, "toys", report(study.read(PATH, "rows")["rows"]))


if __name__ == "__main__":
    main()
