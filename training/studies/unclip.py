"""DALL·E 2 measured: what the prior brings, what x_T and η keep, what the components of an embedding hold.

    python -m training.studies.unclip                # all of it, going on where it stopped; Ctrl-C stops it
    python -m training.studies.unclip ways           # one part: ways, held_out, colours, inversion or components
    python -m training.studies.unclip --minutes 0    # only draws the plot and the tables again

Results are in assets/unclip/study.json. All ways draw the same names from the same noise. A row is measured again when
the weights of a network that takes part, the scales of the guidance, or the number of candidates are others.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from models.glide import Conditioning
from models.pretrained import CheckpointError
from models.prior import CANDIDATES
from models.samplers import Evaluation, Frame, Noise, run
from models.unclip import PRIOR_SCALE, PRIOR_STEPS, SCALE, STEPS, UPSAMPLER_STEPS, TextToImage
from training import files
from training.data import pictures as data
from training.evaluate import fill
from training.evaluation import colours as colour_report
from training.evaluation import measure
from training.evaluation.clip import concepts, drawings, name_vectors, picture_vectors, top, zero_shot_groups
from training.evaluation.glide import picture_scores
from training.evaluation.measure import evaluator, features, weights_hash
from training.evaluation.metrics import psnr
from training.evaluation.unclip import LANGUAGES, WAYS, plot, report
from training.files import ROOT
from training.studies import study
from training.studies.study import Row

SCALES = f"{PRIOR_SCALE:g} {SCALE:g} {CANDIDATES}"
COUNT, PART = 200, 50  # pictures a row, pictures at a time
NETWORKS = {"none": (), "text": (), "ar": ("ar_prior",), "diffusion": ("prior",), "oracle": ()}
ETAS, INVERTED, DIMENSIONS = (0.0, 0.25, 0.5, 1.0), 100, (1, 2, 4, 8, 16, 32, 64, 128, 256)
INVERSION_STEPS, ITERATIONS = 50, 5  # of DDIM each way; of the fixed point
PATH = ROOT / "assets" / "unclip" / "study.json"


@dataclass(frozen=True)
class Settings:
    """How a picture is drawn; the app's defaults."""

    candidates: int = CANDIDATES  # of the diffusion prior, for each picture
    prior_scale: float = PRIOR_SCALE  # guidance of the prior
    prior_steps: int = PRIOR_STEPS
    scale: float = SCALE  # guidance of the decoder
    steps: int = STEPS  # of the decoder
    upsampler_steps: int = UPSAMPLER_STEPS


DEFAULTS = Settings()


class Bench:
    """The stages that ship, and what they are asked for, each read when first asked for."""

    def __init__(self, count: int = COUNT):
        self.count, self.settings = count, DEFAULTS

    @cached_property
    def stages(self) -> TextToImage:
        found = TextToImage.from_pretrained(files.ASSETS)
        for part in (found.decoder, found.upsampler):
            if part is not None:
                part.to(memory_format=torch.channels_last)
        return found

    @cached_property
    def size(self) -> int:
        """Pixels a side of a finished picture."""
        return (self.stages.upsampler or self.stages.decoder).config.image_size

    @cached_property
    def evaluator(self) -> measure.Evaluator:
        if (seen := evaluator(self.size)) is None:
            raise CheckpointError("The study is measured with the judge: train it or fetch the assets folder.")
        return seen

    @cached_property
    def held_out(self) -> data.Pictures:
        """Held-out pairs, spread over the whole list."""
        return spread(data.load(64).validation(), self.count)

    @cached_property
    def seen(self) -> data.Pictures:
        """As many training pictures without skin tone."""
        known = data.load(64).training()
        return spread(known.take(known.tone <= 0), self.count)

    @cached_property
    def drawings(self) -> tuple[Tensor, Tensor]:
        """As many concepts (N,), and z_i (N, E) of a training drawing of each."""
        return drawings(self.stages.clip, self.count)

    def finished(self, prompts: list[str], way: str, oracle: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Pictures (N, 3, S, S) of prompts by a way, picture i from the seed i, and the embeddings (N, E) that were
        chosen."""
        parts = [
            self.answered(
                self._whole(
                    prompts[i : i + PART],
                    list(range(i, min(i + PART, len(prompts)))),
                    way,
                    None if oracle is None else oracle[i : i + PART],
                )
            )
            for i in range(0, len(prompts), PART)
        ]
        return torch.cat([x for x, _ in parts]), torch.cat([z for _, z in parts])

    def _whole(
        self, prompts: list[str], seeds: list[int], way: str, oracle: Tensor | None
    ) -> Generator[Evaluation | Frame, Any, tuple[Tensor, Tensor]]:
        """The coroutine of finished pictures and their embeddings."""
        stages, asked, z = self.stages, self.settings, oracle
        if z is None:
            z = yield from stages.choose(prompts, seeds, way, asked.prior_scale, asked.prior_steps, asked.candidates)
        small = yield from stages.paint(stages.told(prompts, z), seeds, asked.steps, asked.scale)
        return (yield from stages.sharpen(small, seeds, asked.upsampler_steps)), z

    @torch.inference_mode()
    def answered(self, sampler: Generator[Evaluation | Frame, Any, Any]):
        """What a coroutine of the stages returns."""
        stages = self.stages
        return run(
            sampler,
            stages.decoder,
            decoder=stages.decoder,
            prior=stages.prior,
            ar_prior=stages.ar_prior,
            upsampler=stages.upsampler,
        )


def spread(known: data.Pictures, count: int) -> data.Pictures:
    return known.take(torch.linspace(0, len(known) - 1, min(count, len(known))).long().numpy())


Cell = tuple[str, tuple[str, ...], Callable[[], dict]]  # a key, the checkpoints that take part, and how it is measured


def ways(bench: Bench) -> Iterator[Cell]:
    """Plain names by every way in both languages."""
    for way in WAYS:
        for language in LANGUAGES:
            yield f"ways/{way}/{language}", NETWORKS[way], lambda way=way, language=language: by(bench, way, language)


def by(bench: Bench, way: str, language: str) -> dict:
    concept, oracle = bench.drawings
    names = [concepts()[language][i] for i in concept.tolist()]
    drawn, z = bench.finished(names, way, oracle if way == "oracle" else None)
    found = picture_scores(bench.evaluator, drawn, concept)
    return found if way == "none" else found | {"cosine": (z * oracle).sum(1).mean().item()}


def held_out(bench: Bench) -> Iterator[Cell]:
    """Captions with a style by the diffusion prior, of held-out pairs and of seen ones."""
    for which in ("held_out", "seen"):
        yield f"held_out/{which}", ("prior",), lambda which=which: alike(bench, getattr(bench, which))


def alike(bench: Bench, pictures: data.Pictures) -> dict:
    """Of drawings of pairs: the judge, and the cosine of its features to the true picture and to the same thing in
    other styles."""
    prompts = [
        f"{names['en'][0]} in {pictures.styles[style]} style"
        for names, style in zip(pictures.captions, pictures.style, strict=True)
    ]
    drawn, _ = bench.finished(prompts, "diffusion")
    concept, known = torch.from_numpy(pictures.concept).long(), data.load(64).training()
    looks = F.normalize(features(bench.evaluator.judge, drawn), dim=1)
    true = F.normalize(features(bench.evaluator.judge, pictures.on()), dim=1)
    others = []
    for look, c, style in zip(looks, pictures.concept, pictures.style, strict=True):
        same = known.take((known.concept == c) & (known.style != style) & (known.tone <= 0))
        if len(same):
            others.append((F.normalize(features(bench.evaluator.judge, same.on()), dim=1) @ look).mean())
    return picture_scores(bench.evaluator, drawn, concept) | {
        "to_its_own": (looks * true).sum(1).mean().item(),
        "to_other_styles": torch.stack(others).mean().item(),
    }


def inversion(bench: Bench) -> Iterator[Cell]:
    """Held-out pictures inverted, then decoded with growing η."""
    for name, iterations in (("plain", 0), ("fixed_point", ITERATIONS)):
        for eta in ETAS if iterations else ETAS[:1]:
            yield f"inversion/{name}/{eta:g}", (), lambda i=iterations, eta=eta: varied(bench, i, eta)


@lru_cache(maxsize=1)
def inverted(bench: Bench, iterations: int) -> tuple[Tensor, Conditioning, Tensor]:
    """Held-out pictures (N, 3, S, S), what the decoder is told of them, and their x_T."""
    pictures, stages = spread(data.load(64).validation(), min(INVERTED, bench.count)), bench.stages
    x0 = F.interpolate(pictures.on(), stages.decoder.config.image_size, mode="area")
    condition = stages.told([""] * len(x0), picture_vectors(stages.clip, pictures))
    return x0, condition, bench.answered(stages.invert(condition, x0, INVERSION_STEPS, iterations))


def varied(bench: Bench, iterations: int, eta: float) -> dict:
    """PSNR to what went in, and the cosine of CLIP's embeddings."""
    (x0, condition, x), stages = inverted(bench, iterations), bench.stages
    again = bench.answered(stages.repaint(condition, x, eta, Noise(list(range(len(x0)))), 1.0, INVERSION_STEPS))
    with torch.inference_mode():
        near = (stages.clip.encode_image(again) * stages.clip.encode_image(x0)).sum(1).mean().item()
    return {"psnr": psnr(x0, again), "cosine": near}


def components(bench: Bench) -> Iterator[Cell]:
    """Pictures of embeddings of which only the leading components are kept."""
    for k in DIMENSIONS:
        if bench.stages.ar_prior is not None and k <= bench.stages.ar_prior.config.embedding:
            yield f"components/{k}", ("ar_prior",), lambda k=k: reduced(bench, k)


def reduced(bench: Bench, k: int) -> dict:
    """Whether CLIP still names the concept and the group in what is drawn of a held-out picture's embedding."""
    stages, pictures = bench.stages, spread(data.load(64).validation(), min(INVERTED, bench.count))
    z = stages.ar_prior.components.kept(picture_vectors(stages.clip, pictures), k)
    drawn, _ = bench.finished([""] * len(z), "oracle", z)
    with torch.inference_mode():
        seen = stages.clip.encode_image(drawn)
    names = name_vectors(stages.clip, concepts()["en"], "en")
    group = zero_shot_groups(stages.clip, pictures.groups, seen, torch.from_numpy(pictures.group).long())
    return {"group": group, "name_top5": top(seen @ names.T, torch.from_numpy(pictures.concept).long())[1]}


def colours(bench: Bench) -> Iterator[Cell]:
    """Colours and things that were never drawn together, by the diffusion prior, and real drawings moved to them."""
    for language in colour_report.LANGUAGES:
        yield f"colours/{language}", ("prior", "judge_blind"), lambda language=language: in_colours(bench, language)
    yield "colours/real", ("judge_blind",), lambda: in_colours(bench)


def in_colours(bench: Bench, language: str = "") -> dict:
    pairs = colour_report.never_drawn()
    if not language:
        return colour_report.colour_scores(colour_report.drawn_by_hand(pairs, bench.size), pairs)
    return colour_report.colour_scores(bench.finished(pairs.prompts(language), "diffusion")[0], pairs)


PARTS = {
    "ways": ways,
    "held_out": held_out,
    "colours": colours,
    "inversion": inversion,
    "components": components,
}


def main(argv: list[str] | None = None) -> None:
    options = study.arguments("unclip", __doc__, PARTS, COUNT).parse_args(argv)
    with study.interruptible():
        study.go_on(PATH, "rows", rows(options.parts or list(PARTS), options.count), options.minutes)
    publish()


def rows(parts: list[str], count: int) -> Iterator[Row]:
    """Of the stages that ship."""
    bench = Bench(count)
    for key, networks, measure_it in (row for part in parts for row in PARTS[part](bench)):
        if all(weights_hash(name) for name in networks):
            stamp = {
                "sha": " ".join(weights_hash(name) for name in ("clip", "glide", "upsampler", "judge", *networks)),
                "count": count,
                "scales": SCALES,
            }
            yield Row(key, stamp, measure_it)


def publish() -> None:
    """The plot, and the tables between the unclip markers of docs/MEASURED.md, of what has been measured."""
    if found := study.read(PATH, "rows")["rows"]:
        plot(found, PATH.parent / "curves.svg")
        fill(ROOT, "unclip", report(found, INVERSION_STEPS))


if __name__ == "__main__":
    main()
