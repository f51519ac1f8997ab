"""Every shipped diffusion model by every sampler at every number of steps: Fréchet distance, precision, recall.

    python -m training.studies.sampling                      # all of it, going on where it stopped; Ctrl-C stops it
    python -m training.studies.sampling --minutes 30         # the most telling cells first, as many as fit
    python -m training.studies.sampling ddpm iddpm           # some models; two processes may share the work
    python -m training.studies.sampling --minutes 0          # only draws the plots and the table again

Results are in assets/diffusion/study.json. A cell is measured again when the weights, the judge or --count are others.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch

from models.diffusion import Diffusion
from models.pretrained import CheckpointError
from training import files, recipes
from training.evaluate import fill
from training.evaluation import plots
from training.evaluation.diffusion import WAYS, comparable, curves, draw, read_study, study_path
from training.evaluation.measure import SEEDS, Evaluator, evaluator, features, weights_hash
from training.evaluation.metrics import frechet_distance, precision_recall
from training.files import ROOT, locked, write_atomically

STEPS = (5, 10, 25, 50, 100, 250, 1000)
LONG = {
    ("ddpm", "fixed_small"),
    ("ddpm", "fixed_large"),
    ("iddpm", "fixed_small"),
    ("iddpm", "learned"),
}  # for the claims
SEED = 0
LEAST = 8  # pictures a cell
COLOURS = ("#1d5fbf", "#6d3fc0", "#b4530a", "#0f766e")
TITLES = {
    "predicts": "What the network predicts (DDIM)",
    "variance": "The variance of a step back (iddpm, ancestral)",
    "schedule": "The noise schedule (DDIM)",
    "scale": "A larger network that is told the group (DDIM)",
}


@dataclass(frozen=True)
class Cell:
    name: str
    way: str
    steps: int

    @property
    def key(self) -> str:
        return f"{self.name}/{self.way}/{self.steps}"

    @property
    def rank(self) -> tuple:
        """Few steps of all models first, then 100, then what the claims need, then the rest; the cheaper the
        earlier."""
        late = 0 if self.steps <= 50 else 1 if self.steps == 100 else 2 if (self.name, self.way) in LONG else 3
        return late, self.steps, list(WAYS).index(self.way), self.name


def main(argv: list[str] | None = None) -> None:
    options = arguments().parse_args(argv)
    if options.count < LEAST:
        raise SystemExit(f"--count is {options.count}: precision and recall need at least {LEAST} pictures a cell.")
    try:
        models = {name: load(name) for name in options.names or shipped()}
        with suppress(KeyboardInterrupt):
            if models and options.minutes != 0:
                study(models, options.count, options.minutes)
    except (recipes.RecipeError, CheckpointError) as error:
        raise SystemExit(str(error)) from None
    publish()


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m training.studies.sampling", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="checkpoints; by default all diffusion models in assets/")
    parser.add_argument("--minutes", type=float, help="stop before a cell that would take longer than what is left")
    parser.add_argument(
        "--count", type=int, default=100, help="pictures a cell (100); cells of another count are measured again"
    )
    return parser


def shipped() -> list[str]:
    """The diffusion models in assets/ that need no caption and no picture."""
    return [
        name
        for name in recipes.names()
        if recipes.get(name).MODEL is Diffusion and (files.ASSETS / name / "model.safetensors").exists()
    ]


def load(name: str) -> Diffusion:
    if recipes.get(name).MODEL is not Diffusion:
        raise recipes.RecipeError(
            f"{name} is no diffusion model of pictures alone: choose from {', '.join(shipped()) or 'those to come'}."
        )
    return Diffusion.from_pretrained(files.ASSETS / name).to(memory_format=torch.channels_last)


def cells(models: dict[str, Diffusion]) -> list[Cell]:
    """All cells that can be measured of the models, the most telling first."""
    every = [
        Cell(name, way, steps)
        for name, model in models.items()
        for way in WAYS
        for steps in STEPS
        if steps <= model.config.steps and (way != "learned" or model.config.variance == "learned")
    ]
    return sorted(every, key=lambda cell: cell.rank)


def study(models: dict[str, Diffusion], count: int = 100, minutes: float | None = None) -> int:
    """Measures the cells that are missing or stale, saving each; returns how many it measured.

    Raises:
        CheckpointError: there is no judge, or the models are of several sizes.
    """
    from tqdm import tqdm

    seen, stamps = _evaluator(models), {name: stamp(name, count) for name in models}
    todo = begin(cells(models), stamps, seen)
    start, walked, done = time.monotonic(), 0, 0
    with tqdm(total=sum(cell.steps for cell in todo), unit="steps", desc=f"{len(todo)} cells") as bar:
        for cell in todo:
            spent = time.monotonic() - start
            if spent + spent / max(walked, 1) * cell.steps > (math.inf if minutes is None else minutes * 60):
                break
            bar.set_postfix_str(cell.key)
            keep({cell.key: cell_scores(models[cell.name], cell, seen, count) | stamps[cell.name]})
            walked, done = walked + cell.steps, done + 1
            bar.update(cell.steps)
    return done


def _evaluator(models: dict[str, Diffusion]) -> Evaluator:
    sizes = {model.config.image_size for model in models.values()}
    if len(sizes) > 1:
        raise CheckpointError(f"The models draw {sorted(sizes)} pixels: study those of one size at a time.")
    if (seen := evaluator(*sizes)) is None:
        raise CheckpointError("The study is measured with the judge: train it or fetch the assets folder.")
    return seen


def stamp(name: str, count: int) -> dict:
    """What a cell of a checkpoint is measured with; where it differs, the cell is stale."""
    return {"sha": weights_hash(name), "judge": weights_hash("judge"), "count": count, "seed": SEED}


def cell_scores(model: Diffusion, cell: Cell, seen: Evaluator, count: int) -> dict:
    """A cell's numbers; every cell starts from the same noise."""
    start = time.monotonic()
    drawn = features(seen.judge, draw(model, cell.way, cell.steps, count, torch.Generator().manual_seed(SEED)))
    precision, recall = precision_recall(seen.held_out, drawn)
    found = {"frechet": frechet_distance(seen.training, drawn), "precision": precision, "recall": recall}
    return {k: float(f"{v:.5g}") for k, v in (found | {"seconds": time.monotonic() - start}).items()}


def floor(seen: Evaluator, count: int) -> float:
    """Fréchet distance of as many real held-out pictures, mean over the seeds."""
    draws = [
        torch.randperm(len(seen.held_out), generator=torch.Generator().manual_seed(seed))[:count] for seed in SEEDS
    ]
    return sum(frechet_distance(seen.training, seen.held_out[index]) for index in draws) / len(draws)


def begin(wanted: list[Cell], stamps: dict[str, dict], seen: Evaluator) -> list[Cell]:
    """Writes the floor, drops what no longer ships, and returns the cells to measure."""
    real = {key: next(iter(stamps.values()))[key] for key in ("judge", "count")}

    def prepare(found: dict) -> None:
        drop_replaced(found)
        if not real.items() <= found.get("floor", {}).items():
            found["floor"] = {"frechet": float(f"{floor(seen, real['count']):.5g}")} | real
        found["note"] = (
            f"Fréchet distances of {real['count']} pictures a cell: few pictures inflate them. The floor is that of "
            "as many real held-out pictures; compare cells of one count with each other and with nothing else."
        )

    found = change(prepare)["cells"]
    return [cell for cell in wanted if not stamps[cell.name].items() <= found.get(cell.key, {}).items()]


def drop_replaced(found: dict) -> None:
    """Removes the cells whose weights or judge have been replaced."""
    now = {name: weights_hash(name) for name in {"judge", *(key.split("/")[0] for key in found["cells"])}}
    found["cells"] = {
        key: cell
        for key, cell in found["cells"].items()
        if cell["sha"] == now[key.split("/")[0]] and cell["judge"] == now["judge"]
    }


def keep(new: dict[str, dict]) -> None:
    """Adds cells to the study, even while another process is writing."""
    change(lambda found: found["cells"].update(new))


def change(edit: Callable[[dict], None]) -> dict:
    """Reads, edits and writes the study under a lock, the file as a whole; returns what was written."""
    with locked(study_path().parent):
        found = read_study()
        edit(found)
        write_atomically(study_path(), json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    return found


def publish() -> None:
    """Draws the plots and the table between the diffusion markers of docs/MEASURED.md, from what the study has."""
    found = change(drop_replaced) if study_path().exists() else read_study()
    if not found["cells"]:
        return print("Nothing is measured yet: train a diffusion model, then python -m training.evaluate NAME --keep.")
    with locked(study_path().parent):
        plot(found, study_path().parent)
        fill(ROOT, "diffusion", table(found))


def table(found: dict) -> str:
    """The study as Markdown: a row per model and way, a column per number of steps; then the plots."""
    rows = comparable(found)
    lines = ["| model | way | " + " | ".join(f"{steps:,}" for steps in STEPS) + " |", "|---" * (2 + len(STEPS)) + "|"]
    for name, way in dict.fromkeys(which[:2] for which in rows):
        values = (f"{rows[name, way, s]['frechet']:.1f}" if (name, way, s) in rows else "" for s in STEPS)
        lines.append(f"| {name} | {way.replace('_', ' ')} | " + " | ".join(values) + " |")
    plots = "\n".join(
        f"![{TITLES[name]}](../assets/diffusion/{name}.svg)" for name, drawn in curves(found).items() if drawn
    )
    note = (
        f"Each cell is of {found['floor']['count']} pictures. So few inflate the distance: "
        f"as many real held-out drawings measure {found['floor']['frechet']:.1f}. "
        "Precision and recall of each cell are in assets/diffusion/study.json."
    )
    return (
        "**Fréchet distance by way of sampling and number of steps**\n\n" + "\n".join(lines) + f"\n\n{note}\n\n{plots}"
    )


def plot(found: dict, folder: Path) -> None:
    """Writes FIGURE.svg for every figure that has a curve."""
    with plots.styled():
        for name, lines in curves(found).items():
            if lines:
                plots.save(draw_figure(TITLES[name], lines, found["floor"]), folder / f"{name}.svg")


def draw_figure(title: str, lines: list[dict], floor: dict):
    """A matplotlib figure: distances over steps, both logarithmic, the floor dashed."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FixedLocator, LogLocator, NullLocator, ScalarFormatter

    figure = Figure(figsize=(5.4, 3.6), layout="constrained", facecolor="white")
    axes = figure.subplots()
    axes.set(
        title=title, xscale="log", yscale="log", xlabel="steps", ylabel=f"Fréchet distance, {floor['count']} pictures"
    )
    for line, colour in zip(lines, COLOURS, strict=False):
        axes.plot(
            *zip(*line["points"], strict=True),
            color=colour,
            label=line["label"],
            linewidth=1.6,
            marker="o",
            markersize=3.5,
        )
    axes.axhline(floor["frechet"], color="#7b8490", linewidth=1, linestyle=(0, (4, 3)), label="real drawings", zorder=0)
    axes.set_xlim(STEPS[0] * 0.85, STEPS[-1] * 1.2)
    axes.xaxis.set(major_locator=FixedLocator(STEPS), minor_locator=NullLocator(), major_formatter=ScalarFormatter())
    axes.yaxis.set(
        major_locator=LogLocator(subs=(1, 2, 3, 5, 7)), minor_locator=NullLocator(), major_formatter=ScalarFormatter()
    )
    axes.grid(axis="y", color="#e6e9ed", linewidth=0.7)
    figure.legend(
        loc="outside lower center", ncols=5, frameon=False, labelcolor="linecolor", handlelength=1.6, fontsize=9
    )
    return figure


if __name__ == "__main__":
    main()
