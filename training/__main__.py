"""python -m training RECIPE [--minutes M] [--FIELD=VALUE …]: train one model, or `all`.

A recipe goes on from runs/RECIPE where it stopped; Ctrl-C or SIGTERM stop it after a checkpoint.
"""

import argparse
import dataclasses
import os
import sys
import time
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from tqdm import tqdm

from models.pretrained import CheckpointError
from training import recipes
from training.checkpoint import log_row
from training.data.pictures import DataError
from training.files import ROOT
from training.loop import ConfigError, Progress, train

RUNS = ROOT / "runs"
LIMITS = {
    "pictures": (1, 2**62),
    "batch": (1, 2**20),
    "seed": (0, 2**32 - 1),
}  # the least and the most that a run takes


def main(argv: list[str] | None = None) -> None:
    options, rest = arguments().parse_known_args(argv)
    try:
        check(options)
        device = start_processes(options.device)
        names = recipes.names() if options.recipe == "all" else [options.recipe]
        deadline = time.monotonic() + options.minutes * 60 if options.minutes else None
        for i, name in enumerate(names):
            recipe = recipes.get(name)
            config = override(recipe.CONFIG, rest + ([f"--data={options.data}"] if options.data else []))
            minutes = max(0.0, deadline - time.monotonic()) / 60 / (len(names) - i) if deadline else None
            if not run(name, recipe, config, options, device, minutes):
                break
    except (recipes.RecipeError, OptionError, ConfigError, DataError, CheckpointError, FloatingPointError) as error:
        raise SystemExit(str(error)) from None
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m training", description=__doc__, allow_abbrev=False)
    parser.add_argument("recipe", help=f"one of: {', '.join(recipes.names())}, all")
    parser.add_argument("--minutes", type=float, help="time to spend now; the learning rate falls to zero within it")
    parser.add_argument("--device", help="cpu or cuda; by default the faster one")
    parser.add_argument("--init", type=Path, help="a model folder to go on from, such as assets/ae")
    parser.add_argument("--data", help="a folder of pictures with metadata.jsonl")
    parser.add_argument("--runs", type=Path, default=RUNS, help="where checkpoints, logs and sheets go")
    parser.add_argument("--save-every", type=float, default=180, help="seconds between checkpoints")
    return parser


def check(options: argparse.Namespace) -> None:
    """Finds "~" in paths; raises OptionError for values that no run can have."""
    if options.minutes is not None and not 0 < options.minutes < float("inf"):
        raise OptionError(f"--minutes {options.minutes:g} is no time to train: give a number above 0.")
    if options.device not in (None, "cpu", "cuda"):
        raise OptionError(f"--device {options.device} is not known: give cpu or cuda.")
    options.runs = Path(at_home("runs", str(options.runs)))
    options.init = options.init and Path(at_home("init", str(options.init)))
    if options.device == "cuda" and not torch.cuda.is_available():
        raise OptionError("--device cuda needs a CUDA device and a PyTorch built for it: give cpu.")


def start_processes(device: str | None) -> torch.device:
    """The device of this process; joins the others where torchrun started several."""
    kind = device or ("cuda" if torch.cuda.is_available() else "cpu")
    if "RANK" not in os.environ:
        return torch.device(kind)
    dist.init_process_group("nccl" if kind == "cuda" else "gloo")
    local = int(os.environ.get("LOCAL_RANK", 0))
    if kind == "cuda":
        torch.cuda.set_device(local)
    return torch.device(kind, local) if kind == "cuda" else torch.device(kind)


class OptionError(ValueError):
    """An option is unknown or of the wrong type; the message lists what there is."""


def override(config, options: list[str]):
    """The config with `--field=value` applied, to itself or to the dataclass inside that has the field."""
    for option in options:
        name, equals, text = option.removeprefix("--").partition("=")
        if not equals:
            raise OptionError(f"{option} is not understood: write --field=value.")
        config = _set(config, name.replace("-", "_"), text)
    for name, (least, most) in LIMITS.items():
        if not least <= getattr(config, name) <= most:
            raise OptionError(
                f"--{name}={getattr(config, name)} cannot be: give a whole number from {least} to {most}."
            )
    return config


def _set(config, name: str, text: str):
    values = _fields(config)
    inner = {key: value for key, value in values.items() if dataclasses.is_dataclass(value)}
    if name in values and name not in inner:
        return dataclasses.replace(config, **{name: _parse(name, text, values[name])})
    for key, value in inner.items():
        if name in _fields(value):
            return dataclasses.replace(config, **{key: _set(value, name, text)})
    raise OptionError(f"--{name} is no option here; there are: {', '.join(_options(values, inner))}.")


def _options(values: dict[str, Any], inner: dict[str, Any]) -> list[str]:
    """A config's own options, then those of the dataclasses inside."""
    own = [f"--{key}" for key in values if key not in inner]
    return own + [f"--{key}" for value in inner.values() for key in _fields(value)]


def _fields(config) -> dict[str, Any]:
    return {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}


def _parse(name: str, text: str, default):
    kind = type(default)
    if kind is str:
        return at_home(name, text)
    try:
        if kind is tuple:
            return tuple(type(default[0])(part) for part in text.split(","))
        if kind is bool:
            return {"true": True, "false": False}[text.lower()]
        return kind(text)
    except (ValueError, KeyError):
        raise OptionError(f"--{name}={text[:40]} is not of type {kind.__name__} (such as {default!r}).") from None


def at_home(name: str, text: str) -> str:
    """A path that begins with "~", in full; any other text as it is."""
    try:
        return str(Path(text).expanduser()) if text.startswith("~") else text
    except RuntimeError:
        raise OptionError(f"--{name}={text} is no path: nobody here is called so.") from None


def run(name: str, recipe, config, options, device: torch.device, minutes: float | None) -> bool:
    """Trains one recipe and shows how far it is. Returns whether it came to its end (False: it was told to stop)."""
    folder = options.runs / name
    draw = getattr(recipe, "sheet", None)
    steps = train(
        recipe.setup,
        config,
        folder,
        device=device,
        minutes=minutes,
        init=options.init,
        save_every=options.save_every,
        sheet=draw and (lambda model: draw(config, model)),
    )
    first = not dist.is_initialized() or dist.get_rank() == 0
    logged, share = 0.0, 0.0
    with tqdm(
        total=100,
        desc=name,
        unit="%",
        disable=not first,
        mininterval=1,
        bar_format="{desc} {percentage:3.0f}% |{bar:20}| {postfix}",
    ) as bar:
        for progress in steps:
            share = progress.share
            left = int(min(progress.seconds_left, 359_999))
            shown = " ".join(f"{k} {v:.4g}" for k, v in progress.losses.items())
            bar.set_postfix_str(
                f"{progress.pictures:,} pictures, {progress.rate:.0f}/s, {left // 60}:{left % 60:02} left {shown}",
                refresh=False,
            )
            bar.update(100 * progress.share - bar.n)
            if first and progress.losses and time.monotonic() - logged > 5:
                logged = time.monotonic()
                log(folder / "log.csv", progress)
            if first and progress.note:
                tqdm.write(f"{name}: {progress.note}", file=sys.stderr)
    return share >= 1


def log(path: Path, progress: Progress) -> None:
    row = {"step": progress.step, "pictures": progress.pictures, "seconds": progress.seconds, "rate": progress.rate}
    try:
        log_row(path, row | progress.losses)
    except OSError as error:
        tqdm.write(f"{path} could not be written ({error}).", file=sys.stderr)


if __name__ == "__main__":
    main()
