"""Which settings let DALL·E 2 draw what it is asked for: each is moved alone, the others stay at the app's defaults.

    python -m training.studies.settings                 # all of it, going on where it stopped; Ctrl-C stops it
    python -m training.studies.settings candidates      # one part: candidates, prior_scale, scale or steps
    python -m training.studies.settings --minutes 0     # only writes the table again

Results are in assets/unclip/settings.json: plain English names, one picture each from the same noise, by the diffusion
prior. A row is measured again when a network or another default has changed.
"""

import time
from collections.abc import Iterator
from dataclasses import asdict, replace

from training.evaluate import fill
from training.evaluation.clip import concepts
from training.evaluation.glide import picture_scores
from training.evaluation.measure import weights_hash
from training.evaluation.tables import markdown
from training.files import ROOT
from training.studies import study, unclip
from training.studies.study import Row
from training.studies.unclip import COUNT, Bench, Settings

PATH = ROOT / "assets" / "unclip" / "settings.json"
TRIED = {
    "candidates": (1, 2, 4, 8, 16),
    "prior_scale": (1.0, 2.0, 3.0, 4.0),
    "scale": (1.0, 1.5, 2.0, 3.0, 4.0),
    "steps": (6, 8, 15, 25),
}
TITLES = {
    "candidates": "embeddings that the prior draws for a picture",
    "prior_scale": "guidance of the prior",
    "scale": "guidance of the decoder",
    "steps": "steps of the decoder",
}
NETWORKS = ("clip", "prior", "glide", "upsampler", "judge")


def main(argv: list[str] | None = None) -> None:
    options = study.arguments("studies.settings", __doc__, TRIED, COUNT).parse_args(argv)
    with study.interruptible():
        study.go_on(PATH, "rows", rows(options.parts or list(TRIED), options.count), options.minutes)
    if found := study.read(PATH, "rows")["rows"]:
        fill(ROOT, "settings", report(found))


def rows(parts: list[str], count: int) -> Iterator[Row]:
    """A row per value; the defaults' own row is measured once and stands in every part."""
    bench, sha = Bench(count), " ".join(weights_hash(name) for name in NETWORKS)
    for settings in dict.fromkeys(replace(unclip.DEFAULTS, **{part: value}) for part in parts for value in TRIED[part]):
        stamp = asdict(settings) | {"sha": sha, "count": count}
        yield Row(key_of(settings), stamp, lambda settings=settings: named(bench, settings))


def key_of(settings: Settings) -> str:
    """What is moved: "scale 3"."""
    moved = [f"{name} {value:g}" for name, value in asdict(settings).items() if value != getattr(unclip.DEFAULTS, name)]
    return " ".join(moved) or "defaults"


def named(bench: Bench, settings: Settings) -> dict[str, float]:
    """What the judge names of the pictures, their Fréchet distance, and the seconds that each took beside the others
    of its batch."""
    bench.settings = settings
    concept, _ = bench.drawings
    names, start = [concepts()["en"][i] for i in concept.tolist()], time.perf_counter()
    drawn, _ = bench.finished(names, "diffusion")
    seconds = (time.perf_counter() - start) / len(drawn)
    return picture_scores(bench.evaluator, drawn, concept) | {"seconds": seconds}


def report(found: dict[str, dict]) -> str:
    """The table: a line per value, the defaults marked."""
    plain = found.get("defaults", {}).get("seconds")
    lines = [
        [
            TITLES[part],
            f"**{value:g}**" if value == getattr(unclip.DEFAULTS, part) else f"{value:g}",
            f"{row['judge_top1']:.0%}",
            f"{row['judge_top5']:.0%}",
            f"{row['frechet']:.1f}",
            f"{row['seconds'] / plain:.2f}" if plain else "",
        ]
        for part, values in TRIED.items()
        if any(key.startswith(part + " ") for key in found)
        for value in values
        if (row := found.get(key_of(replace(unclip.DEFAULTS, **{part: value}))))
    ]
    head = ["setting", "value", "the judge names it at first", "in its first five", "Fréchet", "time"]
    count = next(iter(found.values()))["count"]
    note = f"{count} plain English names, one picture each from the same noise; bold: the default, whose time is 1."
    return f"**Settings, each moved alone**\n\n{markdown(head, lines)}\n\n{note}"


if __name__ == "__main__":
    main()
