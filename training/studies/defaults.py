"""Which everyday things the models draw, and which edits of a caption change a picture: what the panels may open on.

    python -m training.studies.defaults                 # all of it, going on where it stopped; Ctrl-C stops it
    python -m training.studies.defaults edits           # one part: things or edits
    python -m training.studies.defaults --minutes 0     # only writes the table again

Results are in assets/defaults.json. The panel of edits opens on one that is seen in both languages; a test holds that.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache, partial

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d as area

from models.dalle import DALLE, SCALE
from models.embeddings import FURTHEST, text_diff
from models.vqvae import VQVAE
from training import files
from training.data import colours
from training.data import pictures as data
from training.evaluate import fill
from training.evaluation import colours as colour_report
from training.evaluation import dalle, glide
from training.evaluation.clip import concepts, picture_vectors, text_vectors
from training.evaluation.measure import weights_hash
from training.evaluation.tables import markdown
from training.files import ROOT
from training.studies import study
from training.studies.study import Row
from training.studies.unclip import INVERSION_STEPS, ITERATIONS, Bench

PATH = ROOT / "assets" / "defaults.json"
SEEDS = 8  # pictures of a thing
WORKS = 0.75  # the share of them that has to be named where a panel opens on it
LANGUAGES = ("en", "zh")
# fmt: off
THINGS = (
    "fox", "cat", "dog", "panda", "lion", "penguin", "owl", "fish", "butterfly", "turtle", "frog", "elephant", "whale",
    "octopus", "crab", "snail", "honeybee", "horse", "unicorn", "strawberry", "red apple", "banana", "cherries",
    "watermelon", "lemon", "tomato", "carrot", "pizza", "hamburger", "doughnut", "ice cream", "birthday cake",
    "mushroom", "cactus", "rose", "sunflower", "tulip", "evergreen tree", "palm tree", "house", "castle", "automobile",
    "bus", "bicycle", "rocket", "airplane", "sailboat", "umbrella", "guitar", "alarm clock", "key", "balloon", "crown",
    "gem stone", "red heart", "full moon", "sun", "star", "rainbow", "snowman", "cloud", "fire", "soccer ball",
    "grinning face", "crying face", "ghost", "robot",
)
# fmt: on
RECOLOURINGS = (
    *((thing, "blue") for thing in ("fox", "house", "automobile", "cat", "butterfly")),
    *((thing, "green") for thing in ("red apple", "balloon", "umbrella", "fox", "red heart")),
    *((thing, "purple") for thing in ("strawberry", "tulip", "fish", "house")),
)
CHANGES = (
    *(("fox", other) for other in ("panda", "cat", "lion")),
    *(("lemon", "tomato"), ("dog", "cat"), ("house", "castle"), ("sunflower", "rose"), ("full moon", "sun")),
)
Cell = tuple[str, tuple[str, ...], Callable[[], dict[str, float]]]  # a key, the checkpoints, and how it is measured


def things(bench: Bench) -> Iterator[Cell]:
    """A row per system, language and thing."""
    for system, (networks, draw) in SYSTEMS.items():
        for language in LANGUAGES:
            for thing in THINGS:
                yield f"{system}/{language}/{thing}", networks, partial(named, bench, draw, language, thing)


def named(bench: Bench, draw: Callable[[Bench, list[str]], Tensor], language: str, thing: str) -> dict[str, float]:
    """The shares of the pictures of a name that the judge names so at first, and in its first five."""
    drawn = draw(bench, [concepts()[language][number(thing)]] * bench.count)
    return glide.named(bench.evaluator, drawn, torch.full((len(drawn),), number(thing)))


def by_dalle2(bench: Bench, names: list[str]) -> Tensor:
    return bench.finished(names, "diffusion")[0]


def by_glide(bench: Bench, names: list[str]) -> Tensor:
    return glide.draw(bench.stages.decoder, names, glide.SCALE, list(range(len(names))))


def by_dalle(bench: Bench, names: list[str]) -> Tensor:
    return dalle.drawn(*token_models(), names, SCALE, 0)


@lru_cache(maxsize=1)
def token_models() -> tuple[DALLE, VQVAE]:
    return DALLE.from_pretrained(files.ASSETS / "dalle"), VQVAE.from_pretrained(files.ASSETS / "vqvae_8")


SYSTEMS = {
    "dalle2": (("clip", "prior", "glide", "upsampler"), by_dalle2),
    "glide": (("glide",), by_glide),
    "dalle": (("dalle", "vqvae_8"), by_dalle),
}


def edits(bench: Bench) -> Iterator[Cell]:
    """A row per language and edit."""
    networks = "clip", "glide", "upsampler"
    for language in LANGUAGES:
        for thing, colour in RECOLOURINGS:
            key = f"edit/{language}/{thing} to {colour}"
            yield key, (*networks, "judge_blind"), partial(recoloured, bench, language, thing, colour)
        for thing, other in CHANGES:
            yield f"edit/{language}/{thing} to {other}", networks, partial(changed, bench, language, thing, other)


def recoloured(bench: Bench, language: str, thing: str, colour: str) -> dict[str, float]:
    """Whether a drawing that is edited towards a colour has it, and is the same thing still."""
    pair = colour_report.Pairs(torch.tensor([number(thing)]), torch.tensor([colours.NAMES.index(colour)]))
    return colour_report.colour_scores(edited(bench, language, thing, pair.prompts(language)[0]), pair)


def changed(bench: Bench, language: str, thing: str, other: str) -> dict[str, float]:
    """Whether a drawing that is edited towards another thing is named so."""
    drawn = edited(bench, language, thing, concepts()[language][number(other)])
    return glide.named(bench.evaluator, drawn, torch.tensor([number(other)]))


def edited(bench: Bench, language: str, thing: str, after: str) -> Tensor:
    """(1, 3, S, S): the first drawing of a thing, turned from its name towards the caption `after` as far as the panel
    turns it."""
    known, stages = data.load(64).training(), bench.stages
    drawing = known.take([known.concept.tolist().index(number(thing))])
    z, x0 = picture_vectors(stages.clip, drawing), area(drawing.on(), stages.decoder.config.image_size)
    name, target = text_vectors(stages.clip, [concepts()[language][number(thing)], after]).split(1)
    told = stages.told([""], text_diff(z, name, target, FURTHEST))
    noise = bench.answered(stages.invert(stages.told([""], z), x0, INVERSION_STEPS, ITERATIONS))
    small = bench.answered(stages.repaint(told, noise, 0.0, None, 1.0, INVERSION_STEPS))
    return bench.answered(stages.sharpen(small, [0]))


def number(thing: str) -> int:
    """Of a concept, by its English name."""
    return concepts()["en"].index(thing)


PARTS = {"things": things, "edits": edits}


def main(argv: list[str] | None = None) -> None:
    options = study.arguments("defaults", __doc__, PARTS, SEEDS).parse_args(argv)
    with study.interruptible():
        study.go_on(PATH, "rows", rows(options.parts or list(PARTS), options.count), options.minutes)
    if found := study.read(PATH, "rows")["rows"]:
        fill(ROOT, "defaults", report(found))


def rows(parts: list[str], count: int) -> Iterator[Row]:
    bench = Bench(count)
    for key, networks, measure_it in (row for part in parts for row in PARTS[part](bench)):
        if all(weights_hash(name) for name in networks):
            stamp = {"sha": " ".join(weights_hash(name) for name in ("judge", *networks)), "count": count}
            yield Row(key, stamp, measure_it)


def report(found: dict[str, dict]) -> str:
    """Of each system what it draws, and what the edits bring."""
    told = {(system, language): under(found, f"{system}/{language}/") for system in SYSTEMS for language in LANGUAGES}
    lines = [
        [
            system,
            language,
            f"{sum(row['judge_top1'] >= WORKS for row in rows.values())} of {len(rows)}",
            ", ".join(name for name, row in rows.items() if not row["judge_top1"]) or "–",
        ]
        for (system, language), rows in told.items()
        if rows
    ]
    changed_to = {key: "yes" if worked(row) else "no" for key, row in under(found, "edit/en/").items()}
    tables = {
        "What may be asked for": (["system", "language", "named in three pictures of four", "never named"], lines),
        "Edits of a caption": (["edit", "seen in the picture"], [list(row) for row in changed_to.items()]),
    }
    return "\n\n".join(f"**{title}**\n\n{markdown(*table)}" for title, table in tables.items() if table[1])


def under(found: dict[str, dict], prefix: str) -> dict[str, dict]:
    return {key.removeprefix(prefix): row for key, row in found.items() if key.startswith(prefix)}


def worked(row: dict) -> bool:
    """Whether an edit is seen in its one picture."""
    return bool(row["both"] if "both" in row else row["judge_top5"])


if __name__ == "__main__":
    main()
