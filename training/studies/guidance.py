"""Every kind of guidance over its scale: nearness to drawings, diversity, what the judge sees, what the guide itself
believes.

    python -m training.studies.guidance                      # all of it, going on where it stopped; Ctrl-C stops it
    python -m training.studies.guidance classifier_free      # one kind
    python -m training.studies.guidance --minutes 0          # only draws the plot and the table again

Results are in assets/guidance/study.json. All kinds draw the same names from the same noise by 25 steps of DDIM. A cell
is measured again when the weights of a network that takes part are others.
"""

from collections.abc import Callable, Iterator
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
from training import files
from training.data import pictures as data
from training.evaluate import fill
from training.evaluation import measure, plots
from training.evaluation.clip import concepts
from training.evaluation.glide import picture_scores
from training.evaluation.measure import evaluator, weights_hash
from training.evaluation.metrics import frechet_distance
from training.evaluation.tables import markdown
from training.files import ROOT
from training.studies import study

STEPS = 25  # of DDIM
COUNT = 100  # pictures a cell
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
        return GLIDE.from_pretrained(files.ASSETS / "glide").to(memory_format=torch.channels_last)

    @cached_property
    def pictures(self) -> data.Pictures:
        """Held-out drawings, each of another concept, spread over the whole list."""
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
    def evaluator(self) -> measure.Evaluator:
        if (seen := evaluator(self.glide.config.image_size)) is None:
            raise CheckpointError("The study is measured with the judge: train it or fetch the assets folder.")
        return seen

    def clip(self, name: str) -> CLIP:
        return CLIP.from_pretrained(files.ASSETS / name).to(memory_format=torch.channels_last)

    @torch.no_grad()
    def guide(self, kind: Kind) -> tuple[Callable, list]:
        """A kind's guide, and what it wishes for: a row per picture."""
        if kind.head:
            return of_classes(Classifier.from_pretrained(files.ASSETS / kind.network), kind.head), self.concept.tolist()
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
            condition = model.encode(model.tokenizer(self.names))
            return run(ddim(classifier_free(model, nothing, (condition, scale)), process, x), model).clamp(-1, 1), None
        guide, wishes = self.guide(kind)
        denoise = by_gradient(
            classifier_free(model, nothing, (nothing, 1.0)), model.process, "guide", wishes, scale, kind.at
        )
        drawn = run(ddim(denoise, process, x), model, guide=gradient_of(guide)).clamp(-1, 1)
        return drawn, guide(drawn, torch.zeros(self.count, dtype=torch.long), wishes).mean().item()


def main(argv: list[str] | None = None) -> None:
    options = study.arguments("guidance", __doc__, KINDS, COUNT).parse_args(argv)
    bench = Bench(options.count)

    def floor() -> dict[str, float]:
        return {"floor": frechet_distance(bench.evaluator.training, bench.evaluator.held_out[: options.count])}

    with study.interruptible():
        study.go_on(PATH, "cells", cells(bench, options.parts or list(KINDS)), options.minutes, floor)
    publish()


def cells(bench: Bench, kinds: list[str]) -> Iterator[study.Row]:
    """For each kind whose networks ship a row per scale."""
    for name, kind in ((name, KINDS[name]) for name in kinds if ships(KINDS[name])):
        stamp = {
            "sha": " ".join(weights_hash(each) for each in ("glide", "judge", kind.network) if each),
            "count": bench.count,
        }
        for scale in kind.scales:
            yield study.Row(f"{name}/{scale:g}", stamp, lambda kind=kind, scale=scale: numbers(bench, kind, scale))


def numbers(bench: Bench, kind: Kind, scale: float) -> dict[str, float]:
    drawn, own = bench.draw(kind, scale)
    return picture_scores(bench.evaluator, drawn, bench.concept) | ({} if own is None else {"own_score": own})


def ships(kind: Kind) -> bool:
    return all(
        (files.ASSETS / name / "model.safetensors").exists() for name in ("glide", "judge", kind.network or "glide")
    )


def publish() -> None:
    """Writes the plot, and the table between the guidance markers of docs/MEASURED.md, from what has been measured."""
    found = study.read(PATH, "cells")
    if found["cells"]:
        plot(found)
        fill(ROOT, "guidance", table(found))


def rows(found: dict) -> dict[str, list[tuple[float, dict]]]:
    """The cells of each kind, by scale."""
    split = [(*key.split("/"), cell) for key, cell in found["cells"].items()]
    return {
        name: sorted([(float(scale), cell) for kind, scale, cell in split if kind == name], key=lambda row: row[0])
        for name in KINDS
        if any(kind == name for kind, _, _ in split)
    }


def table(found: dict) -> str:
    """The study as Markdown."""
    lines = [
        [
            KINDS[name].label,
            f"{scale:g}",
            f"{cell['frechet']:.1f}",
            f"{cell['precision']:.2f}",
            f"{cell['recall']:.2f}",
            f"{cell['judge_top5']:.0%}",
            f"{cell['own_score']:.2f}" if "own_score" in cell else "",
        ]
        for name, cells in rows(found).items()
        for scale, cell in cells
    ]
    head = ["guidance", "scale", "Fréchet", "precision", "recall", "the judge names it (top five)", "its own score"]
    count = next(iter(found["cells"].values()))["count"]
    note = (
        f"{count} names, one picture each from the same noise, {STEPS} steps of DDIM; as many real drawings measure "
        f"{found['floor']:.1f}. Scale 0 of classifier-free is drawn under no caption. A guide's own score is its mean "
        "log-likelihood (a CLIP's: its logit) of what it helped to draw: "
        "it rises even where the judge sees nothing better."
    )
    curves = "![Nearness and diversity](../assets/guidance/curves.svg)"
    return f"**Guidance over its scale**\n\n{markdown(head, lines)}\n\n{note}\n\n{curves}"


def plot(found: dict) -> None:
    """Writes curves.svg: Fréchet distance over recall, a line per kind, a point per scale."""
    from matplotlib.figure import Figure

    with plots.styled():
        figure = Figure(figsize=(5.4, 3.8), layout="constrained", facecolor="white")
        axes = figure.subplots()
        axes.set(
            title="Nearness and diversity along the scale",
            xlabel="recall (diversity)",
            ylabel="Fréchet distance",
            yscale="log",
        )
        for name, cells in rows(found).items():
            line = axes.plot(
                [cell["recall"] for _, cell in cells],
                [cell["frechet"] for _, cell in cells],
                marker="o",
                markersize=3.5,
                linewidth=1.4,
                label=KINDS[name].label,
            )[0]
            for scale, cell in cells:
                axes.annotate(
                    f"{scale:g}",
                    (cell["recall"], cell["frechet"]),
                    textcoords="offset points",
                    xytext=(4, 3),
                    fontsize=7,
                    color=line.get_color(),
                )
        figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=8)
        plots.save(figure, PATH.parent / "curves.svg")


if __name__ == "__main__":
    main()
