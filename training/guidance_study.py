"""Every kind of guidance over its scale: nearness to drawings, diversity, what the judge sees, what the guide itself believes.

    python -m training.guidance_study                      # all of it, going on where it stopped; Ctrl-C stops it
    python -m training.guidance_study classifier_free      # one kind
    python -m training.guidance_study --minutes 0          # only draws the plot and the README's table again

Results are in assets/guidance/study.json. All kinds draw the same names from the same noise by 25 steps of DDIM. A cell is
measured again when the weights of a network that takes part are others.
"""

import argparse
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from models.classifier import Classifier
from models.clip import CLIP
from models.glide import GLIDE
from models.guidance import by_gradient, classifier_free, gradient_of, of_classes, of_vectors
from models.pretrained import CheckpointError
from models.samplers import Noise, ddim, run, spacing
from training import data, measure
from training.clip_report import concepts
from training.data import ROOT, write_atomically
from training.evaluate import fill
from training.measure import eye
from training.metrics import frechet_distance
from training.reading_report import measured
from training.sampling_study import sha

STEPS, COUNT = 25, 100
PATH = ROOT / "assets" / "guidance" / "study.json"


@dataclass(frozen=True)
class Kind:
    label: str
    scales: tuple[float, ...]
    network: str = ""  # of the guide; none: GLIDE guides itself
    head: str = ""  # of a classifier
    at: str = "x_t"  # where a gradient is taken
    wishes: str = "name"  # "name" (the concept's) or "picture" (a held-out drawing of it)


KINDS = {
    "classifier_free": Kind("classifier-free", (0, 1, 2, 3, 5, 8)),
    "classifier": Kind("classifier", (0.5, 1, 2, 4), "classifier", "concept"),
    "clip_noised": Kind("CLIP that knows noise", (0.5, 1, 2, 4), "clip_noised"),
    "clip_at_x0": Kind("clean CLIP at x̂₀", (0.25, 0.5, 1, 2), "clip", at="x0"),
    "clip_at_xt": Kind("clean CLIP at x_t", (0.5, 1, 2, 4), "clip"),
    "feature": Kind("features of a drawing", (0.5, 1, 2, 4), "clip_noised", wishes="picture"),
}


class Bench:
    """The networks that ship, the names to draw and the drawings to look like, each read when first asked for."""

    def __init__(self, count: int = COUNT):
        self.count = count

    @cached_property
    def glide(self) -> GLIDE:
        return GLIDE.from_pretrained(measure.ASSETS / "glide").to(memory_format=torch.channels_last)

    @cached_property
    def pictures(self) -> data.Pictures:
        """Held-out drawings of as many concepts, each another, spread over the whole list."""
        known, first = data.load(64).validation(), {}
        for i, concept in enumerate(known.concept.tolist()):
            first.setdefault(concept, i)
        rows = list(first.values())
        return known.take([rows[int(i)] for i in torch.linspace(0, len(rows) - 1, self.count)])

    @cached_property
    def concept(self) -> Tensor:
        return torch.from_numpy(self.pictures.concept).long()

    @cached_property
    def names(self) -> list[str]:
        return [concepts()["en"][i] for i in self.concept.tolist()]

    @cached_property
    def eye(self) -> measure.Eye:
        if (seen := eye(self.glide.config.image_size)) is None:
            raise CheckpointError("The study is measured with the judge: train it or fetch the assets folder.")
        return seen

    def clip(self, name: str) -> CLIP:
        return CLIP.from_pretrained(measure.ASSETS / name).to(memory_format=torch.channels_last)

    @torch.no_grad()
    def guide(self, kind: Kind) -> tuple[Callable, list]:
        """A kind's guide, and what is wished for: a row per picture."""
        if kind.head:
            return of_classes(Classifier.from_pretrained(measure.ASSETS / kind.network), kind.head), self.concept.tolist()
        clip = self.clip(kind.network)
        if kind.wishes == "picture":
            x = self.pictures.on()
            vectors = clip.encode_image(F.interpolate(x, clip.config.noise_size, mode="area") if clip.process else x)
        else:
            vectors = clip.encode_text(clip.tokenizer(self.names))
        return of_vectors(clip), list(vectors)

    @torch.no_grad()
    def draw(self, kind: Kind, scale: float) -> tuple[Tensor, float | None]:
        """The pictures (count, 3, S, S), and the guide's own mean log-likelihood of them."""
        model, side = self.glide, self.glide.config.image_size
        nothing = model.encode(model.empty(self.count))
        process = model.process.respaced(spacing(len(model.process), min(STEPS, len(model.process))))
        x = Noise(list(range(self.count)))(3, side, side)
        if not kind.network:
            told = model.encode(model.tokenizer(self.names))
            return run(ddim(classifier_free(model, nothing, (told, scale)), process, x), model).clamp(-1, 1), None
        guide, wishes = self.guide(kind)
        denoise = by_gradient(classifier_free(model, nothing, (nothing, 1.0)), model.process, "guide", wishes, scale, kind.at)
        drawn = run(ddim(denoise, process, x), model, guide=gradient_of(guide)).clamp(-1, 1)
        return drawn, guide(drawn, torch.zeros(self.count, dtype=torch.long), wishes).mean().item()


def main(argv: list[str] | None = None) -> None:
    options = arguments().parse_args(argv)
    try:
        with suppress(KeyboardInterrupt):
            study(options.kinds or list(KINDS), options.count, options.minutes)
    except CheckpointError as error:
        raise SystemExit(str(error)) from None
    publish()


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m training.guidance_study", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], help=f"by default all: {', '.join(KINDS)}")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no cell after that time")
    parser.add_argument("--count", type=int, default=COUNT, help=f"pictures a cell ({COUNT})")
    return parser


def study(kinds: list[str], count: int, minutes: float) -> None:
    """Measures the cells that are missing or stale of the kinds whose networks ship, saving each."""
    from tqdm import tqdm

    bench, start, found = Bench(count), time.monotonic(), read()
    wanted = {f"{name}/{scale:g}": (KINDS[name], scale) for name in kinds for scale in KINDS[name].scales if ships(KINDS[name])}
    todo = {key: cell for key, cell in wanted.items() if not stamp(cell[0], count).items() <= found["cells"].get(key, {}).items()}
    for key, (kind, scale) in tqdm(todo.items(), unit="cells"):
        if time.monotonic() - start > minutes * 60:
            break
        drawn, own = bench.draw(kind, scale)
        numbers = measured(bench.eye, drawn, bench.concept) | ({} if own is None else {"own_score": own})
        found["cells"][key] = {k: float(f"{v:.5g}") for k, v in numbers.items()} | stamp(kind, count)
        found["floor"] = float(f"{frechet_distance(bench.eye.training, bench.eye.held_out[:count]):.5g}")
        PATH.parent.mkdir(exist_ok=True)
        write_atomically(PATH, json.dumps(found, indent=1, sort_keys=True) + "\n")


def ships(kind: Kind) -> bool:
    return all((measure.ASSETS / name / "model.safetensors").exists() for name in ("glide", "judge", kind.network or "glide"))


def stamp(kind: Kind, count: int) -> dict:
    """What a cell is measured with; where it differs, the cell is stale."""
    return {"sha": " ".join(sha(name) for name in ("glide", "judge", kind.network) if name), "count": count}


def read() -> dict:
    return json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else {"cells": {}}


def publish() -> None:
    """The plot, and the README's table between its guidance markers, of what has been measured."""
    found = read()
    if found["cells"]:
        plot(found)
        fill(ROOT / "README.md", "guidance", table(found))


def rows(found: dict) -> dict[str, list[tuple[float, dict]]]:
    """Per kind its cells by scale."""
    split = [(*key.split("/"), cell) for key, cell in found["cells"].items()]
    return {name: sorted([(float(scale), cell) for kind, scale, cell in split if kind == name], key=lambda row: row[0])
            for name in KINDS if any(kind == name for kind, _, _ in split)}


def table(found: dict) -> str:
    """The study as Markdown."""
    lines = ["| guidance | scale | Fréchet | precision | recall | the judge names it (top five) | its own score |", "|---" * 7 + "|"]
    for name, cells in rows(found).items():
        for scale, cell in cells:
            own = f"{cell['own_score']:.2f}" if "own_score" in cell else ""
            lines.append(f"| {KINDS[name].label} | {scale:g} | {cell['frechet']:.1f} | {cell['precision']:.2f} | {cell['recall']:.2f} | "
                         f"{cell['judge_top5']:.0%} | {own} |")
    count = next(iter(found["cells"].values()))["count"]
    note = (f"{count} names, one picture each from the same noise, {STEPS} steps of DDIM; as many real drawings measure "
            f"{found['floor']:.1f}. Scale 0 of classifier-free is drawn under no caption. A guide's own score is its mean "
            "log-likelihood (a CLIP's: its logit) of what it helped to draw: it rises even where the judge sees nothing better.")
    return "**Guidance over its scale**\n\n" + "\n".join(lines) + f"\n\n{note}\n\n![Nearness and diversity](assets/guidance/curves.svg)"


def plot(found: dict) -> None:
    """curves.svg: Fréchet distance over recall, a line per kind, a point per scale."""
    import matplotlib
    from matplotlib.figure import Figure

    from training.sampling_study import STYLE

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(5.4, 3.8), layout="constrained", facecolor="white")
        axes = figure.subplots()
        axes.set(title="Nearness and diversity along the scale", xlabel="recall (diversity)", ylabel="Fréchet distance", yscale="log")
        for name, cells in rows(found).items():
            line = axes.plot([cell["recall"] for _, cell in cells], [cell["frechet"] for _, cell in cells], marker="o",
                             markersize=3.5, linewidth=1.4, label=KINDS[name].label)[0]
            for scale, cell in cells:
                axes.annotate(f"{scale:g}", (cell["recall"], cell["frechet"]), textcoords="offset points", xytext=(4, 3), fontsize=7,
                              color=line.get_color())
        figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=8)
        figure.savefig(PATH.parent / "curves.svg", metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    main()
