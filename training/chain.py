"""CLIP, the decoder and both priors one after the other, each told what the one before has learnt, within a given time.

    python -m training.chain --minutes 10 --out weights          # on a large GPU, from the archive of training.pack
    python -m training.chain --minutes 1 --out weights --tiny    # a rehearsal on a CPU

`weights/` gets a folder for each model. A file over 16 MiB is written in parts, which `cat` joins again.
"""

import argparse
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

from training import recipes
from training.data import pictures as data
from training.data.prefetch import prefetched
from training.files import ROOT
from training.loop import train

SHARES = {"clip": 0.3, "glide": 0.5, "prior": 0.1, "ar_prior": 0.1}  # of the time
LARGE = {  # what a GPU with much memory is given
    "clip": {"batch": 2048, "lr": 2e-3},
    "glide": {"batch": 1024, "lr": 4e-3},
    "prior": {"batch": 2048, "lr": 2e-3},
    "ar_prior": {"batch": 2048, "lr": 2e-3},
}
ENDLESS = 10**9  # pictures: the time ends a run
PART = 16 * 2**20  # bytes of the largest file


def run(name: str, minutes: float, options: argparse.Namespace, device: torch.device) -> None:
    """Trains one stage into `out/runs` for so many minutes and copies its weights to `out`."""
    recipe, runs = recipes.get(name), options.out / "runs"
    config = recipe.TINY if options.tiny else replace(recipe.CONFIG, pictures=ENDLESS, **LARGE[name])
    if name != "clip":
        config = replace(config, clip_folder=str(runs / "clip" / "model"))
    if options.tiny:
        config = fitting(replace(config, data=options.data), runs)
    start = ROOT / "assets" / "clip" if name == "clip" and not options.tiny else None
    setup = prefetched(compiled(recipe.setup) if device.type == "cuda" else recipe.setup, options.workers)
    began = time.monotonic()
    for progress in train(setup, config, runs / name, device=device, minutes=minutes, init=start, save_every=60):
        if progress.note or progress.step % 200 == 0:
            print(f"{name}: {progress.pictures:,} pictures, {progress.rate:.0f}/s", progress.losses, flush=True)
    print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    hand_over(runs / name / "model", options.out / name)


def fitting(config, runs: Path):
    """A tiny config whose embeddings and words are those of the tiny CLIP."""
    if not hasattr(config, "clip_folder"):
        return config
    clip = recipes.get("clip").TINY.model
    known = {name: getattr(clip, name) for name in ("embedding", "text_width", "context", "vocab")}
    known["components"] = clip.embedding
    fields = {key: value for key, value in known.items() if hasattr(config.model, key)}
    return replace(config, model=replace(config.model, **fields))


def compiled(setup):
    """The same `setup`, the networks that take most of a step compiled."""

    def faster(config, device: torch.device):
        model, batches, update = setup(config, device)
        for part in ("network", "visual", "transformer"):
            if hasattr(model, part):
                getattr(model, part).compile()
        return model, batches, update

    return faster


def hand_over(folder: Path, out: Path) -> None:
    """Copies a model folder, its large files in parts of 16 MiB: NAME.00, NAME.01 …"""
    out.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.stat().st_size <= PART:
            shutil.copyfile(path, out / path.name)
            continue
        content = path.read_bytes()
        for i, start in enumerate(range(0, len(content), PART)):
            (out / f"{path.name}.{i:02}").write_bytes(content[start : start + PART])


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        "python -m training.chain", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=12, help="processes that plan batches ahead")
    parser.add_argument("--tiny", action="store_true", help="every model at the size of its tests")
    parser.add_argument("--data", default="", help="a folder of pictures with metadata.jsonl, for a rehearsal")
    options = parser.parse_args(argv)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    for name, share in SHARES.items():
        try:
            run(name, options.minutes * share, options, device)
        except (RuntimeError, ValueError, data.DataError) as error:  # what is done stays; the others may still go
            print(f"{name} failed: {error}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
