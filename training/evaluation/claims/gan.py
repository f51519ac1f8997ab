"""The claims about GANs, beside diffusion models that saw as many training pictures."""

from statistics import median

from training.evaluation.claims.claim import AGREES, ALIKE, DIFFERS, UNDECIDED, Claim, Finding, above, finding
from training.evaluation.claims.measured import HELD_OUT, Measured, Number, Undecided, noise_of

DIFFUSION = ("ddpm_v", "ddpm_x0", "iddpm", "adm")
VARIANTS, DATA, TOYS = "gan/variants.json", "gan/data.json", "gan/toys.json"
SEEDS = (0, 1, 2)
APART, TOGETHER = 1.5, 1.25  # times the least of three Fréchet distances: of runs that differ, of runs that agree
SHARES = ("0.1", "0.2", "1")  # of the training drawings
DHARIWAL = ("Dhariwal & Nichol 2021, Diffusion Models Beat GANs", "https://arxiv.org/abs/2105.05233")
NICHOL = ("Nichol & Dhariwal 2021, Improved DDPM", "https://arxiv.org/abs/2102.09672")
GOODFELLOW = ("Goodfellow et al. 2014, Generative Adversarial Networks", "https://arxiv.org/abs/1406.2661")
ZHAO = ("Zhao et al. 2020, Differentiable Augmentation", "https://arxiv.org/abs/2006.10738")
HUANG = ("Huang et al. 2024, The GAN is dead; long live the GAN!", "https://arxiv.org/abs/2501.05441")


def at_equal_training(measured: Measured, measure: str) -> tuple[Number, Number]:
    """A number of the GAN at one of its stages, and of the diffusion model whose training is nearest to that stage's.

    Raises:
        Undecided: there is no pair that saw about as many pictures.
    """
    stages = measured.table("gan").get("stages") or []
    others = {name: measured.value(name, "pictures") for name in DIFFUSION}
    pairs = [(_ratio(stage["pictures"], seen), stage, name) for stage in stages for name, seen in others.items()]
    if not pairs:
        raise Undecided("missing", "gan: stages")
    ratio, stage, name = min(pairs, key=lambda pair: pair[0])
    if ratio > ALIKE:
        raise Undecided("unequal")
    other = measured.checkpoint(name, measure)
    judge = measured.checkpoint("gan", measure).judge
    noise = noise_of(measure, stage[measure], HELD_OUT)
    return Number("model.gan", stage[measure], noise, judge), other


def _ratio(a: float, b: float) -> float:
    return max(a, b) / min(a, b)


def faithful(measured: Measured) -> Finding:
    """Precision at equal training: the GAN's above the diffusion model's."""
    gan, diffusion = at_equal_training(measured, "precision")
    return finding("precision", [gan, diffusion], above(gan, diffusion))


def diverse(measured: Measured) -> Finding:
    """Recall at equal training: the diffusion model's above the GAN's."""
    gan, diffusion = at_equal_training(measured, "recall")
    return finding("recall", [gan, diffusion], above(diffusion, gan))


def unstable(measured: Measured) -> Finding:
    """Over three seeds the largest Fréchet distance is how many times the least."""
    numbers = []
    for name in ("unstable", "stable"):
        distances = [measured.row(VARIANTS, f"{name}/{seed}", "frechet", "").value for seed in SEEDS]
        numbers.append(Number(name, max(distances) / min(distances), 0.0))
    bare, held = (number.value for number in numbers)
    verdict = AGREES if bare > APART and bare > held else DIFFERS if bare < TOGETHER else UNDECIDED
    return finding("spread", numbers, verdict)


def modes(measured: Measured) -> Finding:
    """In the plane: modes of the grid that are covered, the median over three seeds."""
    numbers = []
    for of, label in (("stable", "GAN, relativistic, R1 and R2"), ("original", "GAN, original")):
        covered = [measured.row(TOYS, f"grid/{label}", f"modes_{seed}", "").value for seed in SEEDS]
        numbers.append(Number(of, median(covered), (max(covered) - min(covered)) / 2))
    return finding("modes", numbers, above(*numbers))


def little_data(measured: Measured) -> Finding:
    """How many times the Fréchet distance grows when a tenth of the drawings must do."""
    lines, numbers = [], []
    for name in ("gan", "ddpm_v"):
        found = [measured.row(DATA, f"{name}/{share}", "frechet", f"model.{name}") for share in SHARES]
        points = [[float(share), number.value] for share, number in zip(SHARES, found, strict=True)]
        lines.append({"label": f"model.{name}", "points": points})
        growth = found[0].value / found[-1].value
        noise = growth * sum((n.noise / n.value) ** 2 for n in (found[0], found[-1])) ** 0.5
        numbers.append(Number(f"model.{name}", growth, noise, found[0].judge))
    curves = {"x": "data", "log": True, "lines": lines}
    return finding("growth", numbers, above(numbers[1], numbers[0]), curves)


CLAIMS = (
    Claim(
        "gan-faithful",
        "GANs are faithful: what they draw looks real.",
        "Precision 0.86 of BigGAN-deep against 0.82 of a diffusion model (ImageNet 256×256).",
        *DHARIWAL,
        "gan",
        ("training.evaluate gan ddpm_v ddpm_x0 iddpm adm",),
        45,
        faithful,
    ),
    Claim(
        "gan-diverse",
        "GANs draw less variety than diffusion models.",
        "Recall 0.59 of BigGAN-deep against 0.71 of a diffusion model (ImageNet 64×64).",
        *NICHOL,
        "gan",
        ("training.evaluate gan ddpm_v ddpm_x0 iddpm adm",),
        45,
        diverse,
    ),
    Claim(
        "gan-unstable",
        "Training a GAN is unstable, as two networks must stay in balance.",
        "No number; the two “must be synchronized well”.",
        *GOODFELLOW,
        "gan",
        ("training.studies.variants gan",),
        25,
        unstable,
    ),
    Claim(
        "gan-modes",
        "A relativistic loss with two penalties keeps a GAN from losing modes.",
        "1,000 of 1,000 modes of StackedMNIST.",
        *HUANG,
        "gan",
        ("training.studies.toy grid",),
        3,
        modes,
    ),
    Claim(
        "gan-data",
        "GANs do not need much data.",
        "With a tenth of CIFAR-10 the FID grows from 9.06 to 41.7; with augmentation from 8.70 to 22.4.",
        *ZHAO,
        "gan",
        ("training.studies.ablations share",),
        60,
        little_data,
    ),
)
