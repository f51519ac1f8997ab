"""The tables and the plot of the study of DALL·E 2."""

from pathlib import Path

from models.prior import CANDIDATES
from models.unclip import PRIOR_STEPS, SCALE, STEPS, UPSAMPLER_STEPS
from training.evaluation import colours as colour_report
from training.evaluation import plots
from training.evaluation.tables import markdown

WAYS = {
    "none": "caption alone",
    "text": "z_t in place of z_i",
    "ar": "autoregressive prior",
    "diffusion": "diffusion prior",
    "oracle": "z_i of a drawing of it",
}
LANGUAGES = {"en": "English", "zh": "Chinese"}


def report(rows: dict, steps: int) -> str:
    """The tables of the rows by their keys; `steps` are the inversion's."""
    parts = (
        ways_table(rows),
        held_out_table(rows),
        colours_table(rows),
        inversion_table(rows, steps),
        components_table(rows),
    )
    return "\n\n".join(table for table in parts if table)


def part(rows: dict, name: str) -> dict[str, dict]:
    """The rows of one part by the rest of their keys."""
    return {key.split("/", 1)[1]: row for key, row in rows.items() if key.startswith(name + "/")}


def ways_table(rows: dict) -> str:
    """Where the embedding comes from, in both languages; empty where nothing was measured."""
    found = part(rows, "ways")
    if not found:
        return ""
    lines = [
        [
            title,
            spoken,
            f"{row['judge_top1']:.0%}" if "judge_top1" in row else "",
            f"{row['judge_top5']:.0%}",
            f"{row['frechet']:.1f}",
            f"{row['precision']:.2f}",
            f"{row['recall']:.2f}",
            f"{row['cosine']:.3f}" if "cosine" in row else "",
        ]
        for way, title in WAYS.items()
        for language, spoken in LANGUAGES.items()
        if (row := found.get(f"{way}/{language}"))
    ]
    count = next(iter(found.values()))["count"]
    note = (
        f"{count} plain names, one finished picture each from the same noise: {PRIOR_STEPS} steps of the "
        f"diffusion prior (the best of {CANDIDATES} draws), {STEPS} of the decoder by DPM-Solver++ under guidance "
        f"of {SCALE:g}, {UPSAMPLER_STEPS} of the upsampler. In the paper the caption alone comes last; here the "
        "decoder makes up an embedding for a caption that comes without one."
    )
    head = [
        "the embedding is",
        "language",
        "the judge names it at first",
        "in its first five",
        "Fréchet",
        "precision",
        "recall",
        "cosine to the drawing's",
    ]
    return f"**Where the embedding comes from**\n\n{markdown(head, lines)}\n\n{note}"


def held_out_table(rows: dict) -> str:
    """Pairs that were trained on beside pairs that were held out; empty where nothing was measured."""
    found = part(rows, "held_out")
    if not found:
        return ""
    lines = [
        [
            "seen in training" if key == "seen" else "held out",
            f"{row['judge_top5']:.0%}",
            f"{row['to_its_own']:.3f}",
            f"{row['to_other_styles']:.3f}",
        ]
        for key, row in sorted(found.items())
    ]
    head = [
        "pairs of thing and style",
        "the judge names it (top five)",
        "likeness to the true picture",
        "to the same thing in other styles",
    ]
    note = "Likeness is the cosine of the judge's features."
    return f"**Pairs that no network has seen**\n\n{markdown(head, lines)}\n\n{note}"


def colours_table(rows: dict) -> str:
    """Colours beyond a drawing's own; empty where nothing was measured."""
    found = part(rows, "colours")
    return colour_report.table(found) if found else ""


def inversion_table(rows: dict, steps: int) -> str:
    """There and back by DDIM in so many steps; empty where nothing was measured."""
    found = part(rows, "inversion")
    if not found:
        return ""
    lines = [
        [name.replace("_", "-"), eta, f"{row['psnr']:.1f}", f"{row['cosine']:.3f}"]
        for (name, eta), row in sorted((key.split("/"), row) for key, row in found.items())
    ]
    title = f"**There and back by DDIM, {steps} steps, held-out pictures at 32×32**"
    return f"{title}\n\n{markdown(['inversion', 'η', 'PSNR, dB', 'likeness to CLIP'], lines)}"


def components_table(rows: dict) -> str:
    """What the leading components hold; empty where nothing was measured."""
    found = {int(key): row for key, row in part(rows, "components").items()}
    if not found:
        return ""
    lines = [
        [title, *(f"{found[k][key]:.0%}" for k in sorted(found))]
        for key, title in (("group", "CLIP sees the group"), ("name_top5", "CLIP has the name in its top five"))
    ]
    table = markdown(["components kept", *map(str, sorted(found))], lines)
    picture = "![The same as curves](../assets/unclip/curves.svg)"
    return f"**What the leading components of an embedding hold**\n\n{table}\n\n{picture}"


def plot(rows: dict, path: Path) -> None:
    """What CLIP still sees over the components that are kept, and what is kept over η."""
    from matplotlib.figure import Figure

    kept = sorted((int(key), row) for key, row in part(rows, "components").items())
    turned = sorted(
        (float(key.split("/")[1]), row) for key, row in part(rows, "inversion").items() if key.startswith("fixed_point")
    )
    with plots.styled():
        figure = Figure(figsize=(7.6, 3.2), layout="constrained", facecolor="white")
        left, right = figure.subplots(1, 2)
        left.set(title="Components kept", xlabel="components", ylabel="share", xscale="log")
        for key, label in (("group", "group seen"), ("name_top5", "name in the top five")):
            left.plot(
                [k for k, _ in kept],
                [row[key] for _, row in kept],
                marker="o",
                markersize=3.5,
                linewidth=1.4,
                label=label,
            )
        right.set(title="η of the way back", xlabel="η", ylabel="likeness to CLIP")
        right.plot(
            [eta for eta, _ in turned], [row["cosine"] for _, row in turned], marker="o", markersize=3.5, linewidth=1.4
        )
        left.legend(frameon=False, fontsize=8)
        plots.save(figure, path)
