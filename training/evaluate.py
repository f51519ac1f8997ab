"""Measures the checkpoints, keeps the better ones, writes the tables.

python -m training.evaluate                 # measures what is in assets/, writes metrics.json, cards and tables
python -m training.evaluate ae vae --keep   # first takes over runs/ae and runs/vae where they measure better
python -m training.evaluate --claim gan-data       # measures anew what decides a claim of a paper
python -m training.evaluate --claim                # only decides all claims by what has been measured
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from models.clip import TAUGHT
from models.pretrained import CheckpointError
from training import recipes
from training.checkpoint import training_of
from training.data.pictures import DataError
from training.evaluation import claims
from training.evaluation.claims import conclusions
from training.evaluation.claims.measured import is_judged
from training.evaluation.measure import evaluator, weights_hash
from training.files import ASSETS, ROOT, write_atomically

FIRST = ("judge", "pca")  # what the others are measured with


def main(argv: list[str] | None = None) -> None:
    options = arguments().parse_args(argv)
    if options.claim is None:
        evaluate(options)
    else:
        measure_claims(options.claim)
    fill(ROOT, "claims", conclusions.report(conclusions.conclude(ASSETS)))


def evaluate(options: argparse.Namespace) -> None:
    """Measures checkpoints, and writes their tables."""
    try:
        names = [name for name in (options.names or recipes.names()) if hasattr(recipes.get(name), "evaluate")]
        for name in sorted(names, key=lambda n: (n not in FIRST, n)):
            try:
                take(name, options.runs / name / "model", options.keep)
            except DataError as error:
                print(f"{name}: not measured. {error}")
    except (recipes.RecipeError, CheckpointError) as error:
        raise SystemExit(str(error)) from None
    fill(ROOT, "measured", report(collect()))


def measure_claims(names: list[str]) -> None:
    """Runs the commands that measure what decides these claims, each once; a study measures only what is stale."""
    try:
        found = [claims.get(name) for name in names]
    except claims.ClaimError as error:
        raise SystemExit(str(error)) from None
    for command in dict.fromkeys(command for claim in found for command in claim.commands):
        print(f"python -m {command}", flush=True)
        if subprocess.run([sys.executable, "-m", *command.split()], cwd=ROOT).returncode:
            raise SystemExit(f"python -m {command} failed: see above.")


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m training.evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help=f"recipes; by default all: {', '.join(recipes.names())}")
    parser.add_argument("--claim", nargs="*", metavar="NAME", help=f"one of: {', '.join(claims.claims())}")
    parser.add_argument("--keep", action="store_true", help="replace a shipped checkpoint by a better one from runs/")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs")
    return parser


def take(name: str, candidate: Path, keep: bool) -> None:
    """Measures the shipped checkpoint and, with `keep`, the candidate; the one with the higher score stays."""
    recipe, shipped = recipes.get(name), ASSETS / name
    found = measure(recipe, shipped) if (shipped / "model.safetensors").exists() else None
    if keep and (candidate / "model.safetensors").exists():
        new = measure(recipe, candidate)
        print(f"{name}: score {new['score']:.4f} against {found['score'] if found else float('nan'):.4f}")
        if found is None or new["score"] > found["score"]:
            ship(candidate, shipped)
            found = new
    if found is None:
        print(f"{name}: nothing to measure yet")
        return
    if name == "judge":
        evaluator.cache_clear()
    model = recipe.MODEL.from_pretrained(shipped)
    if hasattr(recipe, "extras"):
        recipe.extras(model, shipped)
    write_atomically(shipped / "metrics.json", json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    write_atomically(shipped / "README.md", card(name, recipe, found))
    print(f"{name}: " + ", ".join(f"{k} {v:.4g}" for k, v in found.items() if isinstance(v, (int, float))))


def measure(recipe, folder: Path) -> dict:
    """metrics.json of a checkpoint: its size, its training, and what the recipe measures."""
    model = recipe.MODEL.from_pretrained(folder)
    found = {"parameters": model.parameters_count} | training_of(folder) | recipe.evaluate(model)
    return found | ({"judge": weights_hash("judge")} if any(map(is_judged, found)) else {})


def ship(candidate: Path, shipped: Path) -> None:
    """Replaces a shipped folder's weights, config and, where the model has them, tokenizer and taught texts."""
    shipped.mkdir(parents=True, exist_ok=True)
    carried = [file for file in ("tokenizer.json", TAUGHT) if (candidate / file).exists()]
    for file in ("model.safetensors", "config.json", *carried):
        shutil.copyfile(candidate / file, shipped / (file + ".partial"))
        (shipped / (file + ".partial")).replace(shipped / file)
    if TAUGHT not in carried:
        (shipped / TAUGHT).unlink(missing_ok=True)  # it tells of the weights that were


def card(name: str, recipe, found: dict) -> str:
    """The model card in the Hub's form."""
    rows = "\n".join(
        f"| {k.replace('_', ' ')} | {v:,.4g} |" if isinstance(v, float) else f"| {k.replace('_', ' ')} | {v:,} |"
        for k, v in found.items()
        if isinstance(v, (int, float))
    )
    model = recipe.MODEL
    return f"""---
license: apache-2.0
library_name: pytorch
tags: [education, emoji, {name.replace("_", "-")}]
---
# {name}

{recipe.__doc__.strip()}

```python
from {model.__module__} import {model.__name__}

model = {model.__name__}.from_pretrained("assets/{name}")
```

Measured on the held-out pairs of the emoji set (no model trains on them), seeds 0, 1 and 2 for random draws:

| | |
|---|---|
{rows}

Trained on drawings of other authors; see assets/emoji/CREDITS.md for their licences. Knows emoji and nothing else.
"""


def collect() -> dict[str, dict]:
    """metrics.json of every shipped checkpoint, by name."""
    return {
        path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(ASSETS.glob("*/metrics.json"))
    }


def report(metrics: dict[str, dict]) -> str:
    """The tables of all recipes that have one, each once."""
    reports = dict.fromkeys(recipe.report for recipe in map(recipes.get, recipes.names()) if hasattr(recipe, "report"))
    parts = [stale(metrics), *(write(metrics) for write in reports)]
    return "\n\n".join(part for part in parts if part)


def stale(metrics: dict[str, dict]) -> str:
    """One sentence on the checkpoints whose numbers come from another judge than the one that ships."""
    now = weights_hash("judge")
    before = [name for name, found in metrics.items() if any(map(is_judged, found)) and found.get("judge") != now]
    if not before:
        return ""
    return (
        f"*Measured with the judge before this one, and to be measured anew: {', '.join(before)}, and the studies of "
        "samplers, of guidance and of DALL·E 2. Their Fréchet distances compare among themselves only.*"
    )


def fill(root: Path, marker: str, text: str) -> None:
    """Puts text between <!-- marker --> and <!-- /marker --> of docs/MEASURED.md in the repository at `root`."""
    path = root / "docs" / "MEASURED.md"
    old = path.read_text(encoding="utf-8")
    pattern = rf"(<!-- {marker} -->\n).*?(\n?<!-- /{marker} -->)"
    write_atomically(path, re.sub(pattern, lambda m: m[1] + text + "\n" + m[2].lstrip(), old, flags=re.S))


if __name__ == "__main__":
    main()
