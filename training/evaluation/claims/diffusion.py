"""The claims about diffusion models: what is predicted, the variance, the schedule, the size, the steps."""

from training.evaluation.claims.claim import (
    AGREES,
    DIFFERS,
    UNDECIDED,
    Claim,
    Finding,
    above,
    every,
    finding,
    not_above,
)
from training.evaluation.claims.measured import Measured, Number, noise_of
from training.evaluation.diffusion import curves

HO = ("Ho et al. 2020, Denoising Diffusion Probabilistic Models", "https://arxiv.org/abs/2006.11239")
NICHOL = ("Nichol & Dhariwal 2021, Improved DDPM", "https://arxiv.org/abs/2102.09672")
LU = ("Lu et al. 2022, DPM-Solver++", "https://arxiv.org/abs/2211.01095")
LUO = ("Luo et al. 2023, Latent Consistency Models", "https://arxiv.org/abs/2310.04378")
NICHOL_GLIDE = ("Nichol et al. 2021, GLIDE", "https://arxiv.org/abs/2112.10741")
STUDY, SIZES = "diffusion/study.json", "diffusion/sizes.json"
SCHEDULES = ("linear", "cosine")
WIDTHS = (32, 64, 96)  # channels of the first level
TWINS = ("ddpm", "ddpm_x0", "ddpm_v", "ddpm_mean")  # one network, four things to predict
MOSAIC = 2.0  # times the distance of its best twin, from which on ε has not left the mosaic of pixels
COPIES = 0.05  # share of real unseen drawings that are as near to the training as what counts as a copy


def along(measured: Measured, figure: str) -> dict:
    """A figure of the study of samplers: Fréchet distance over steps."""
    lines = [{**line, "points": [list(p) for p in line["points"]]} for line in curves(measured.read(STUDY))[figure]]
    return {"x": "steps", "log": True, "lines": lines}


def residual(measured: Measured) -> Finding:
    """Fréchet distance of ε below that of the mean; undecided as long as ε still draws the mosaic."""
    numbers = {name: measured.checkpoint(name, "frechet") for name in TWINS}
    if numbers["ddpm"].value > MOSAIC * min(numbers[name].value for name in TWINS[1:3]):
        return Finding(UNDECIDED, "frechet", tuple(numbers.values()), along(measured, "predicts"), "young")
    verdict = above(numbers["ddpm_mean"], numbers["ddpm"])
    return finding("frechet", list(numbers.values()), verdict, along(measured, "predicts"))


def fixed_variance(measured: Measured) -> Finding:
    """Fréchet distance at 1000 steps: the better fixed variance not above the learned one."""
    small, large, learned = numbers = _variances(measured, 1000)
    verdict = not_above(min(small, large, key=lambda number: number.value), learned)
    return finding("frechet", numbers, verdict, along(measured, "variance"))


def learned_variance(measured: Measured) -> Finding:
    """With few steps, where the variance matters."""
    small, large, learned = numbers = _variances(measured, 25)
    verdict = above(min(small, large, key=lambda number: number.value), learned)
    return finding("frechet", numbers, verdict, along(measured, "variance"))


def _variances(measured: Measured, steps: int) -> list[Number]:
    ways = ("fixed_small", "fixed_large", "learned")
    return [measured.row(STUDY, f"iddpm/{way}/{steps}", "frechet", way) for way in ways]


def cosine(measured: Measured) -> Finding:
    """The bound and the pictures of the same network under both schedules."""
    pairs = {}
    for measure in ("bits_per_dim", "frechet"):
        linear, cosine_ = (measured.row(SIZES, f"{WIDTHS[1]}/{schedule}", measure, schedule) for schedule in SCHEDULES)
        pairs[measure] = [linear, cosine_]
    return finding("frechet", pairs["frechet"], every(*(above(*pair) for pair in pairs.values())))


def scale(measured: Measured) -> Finding:
    """Three widths of one network that saw as many pictures."""
    numbers = [measured.row(SIZES, f"{width}/cosine", "frechet", f"C = {width}") for width in WIDTHS]
    lines = [{"label": "model.iddpm", "points": [[w, n.value] for w, n in zip(WIDTHS, numbers, strict=True)]}]
    return finding("frechet", numbers, above(numbers[0], numbers[-1]), {"x": "width", "log": True, "lines": lines})


def bound_only(measured: Measured) -> Finding:
    """The bound alone gives the better likelihood and the worse pictures."""
    bits = {name: measured.checkpoint(name, "bits_per_dim") for name in ("iddpm", "iddpm_vlb")}
    seen = {name: measured.checkpoint(name, "frechet") for name in bits}
    verdict = every(above(bits["iddpm"], bits["iddpm_vlb"]), above(seen["iddpm_vlb"], seen["iddpm"]))
    return finding("bits_per_dim", list(bits.values()), verdict)


def lossy(measured: Measured) -> Finding:
    """Of all bits, more describe what nobody sees than what makes the picture."""
    rate, decoder = (measured.value("ddpm", f"bits_{part}") for part in ("rate", "decoder"))
    noise = noise_of("bits_per_dim", rate, 0)
    numbers = [Number("decoder", decoder, noise), Number("rate", rate, noise)]
    return finding("bits_per_dim", numbers, above(*numbers))


def copies(measured: Measured) -> Finding:
    """The share of memorised pictures, of every network at most COPIES."""
    numbers = [measured.checkpoint(name, "memorised") for name in ("adm", "iddpm", "ddpm_v")]
    most = max(number.value for number in numbers)
    return finding("memorised", numbers, AGREES if most <= COPIES else DIFFERS)


def solver(measured: Measured) -> Finding:
    """Fréchet distance of DPM-Solver++ at 25 steps not above that at 1000."""
    numbers = [measured.row(STUDY, f"adm/dpm_solver/{steps}", "frechet", f"N = {steps}") for steps in (25, 1000)]
    lines = [
        {"label": f"value.{way}", "points": sorted(_over_steps(measured, "adm", way))} for way in ("dpm_solver", "ddim")
    ]
    return finding("frechet", numbers, not_above(*numbers), {"x": "steps", "log": True, "lines": lines})


def _over_steps(measured: Measured, name: str, way: str) -> list[list[float]]:
    rows = ((key.split("/"), row) for key, row in measured.rows(STUDY).items())
    return [[int(steps), row["frechet"]] for (n, w, steps), row in rows if (n, w) == (name, way)]


def distilled(measured: Measured) -> Finding:
    """How often the judge names the picture: the student not below its teacher."""
    numbers = []
    for of, key in (("student", "4"), ("teacher", "teacher")):
        number = measured.checkpoint("glide_fast", f"judge_top5_{key}", "judge_top5")
        numbers.append(Number(of, number.value, noise_of("judge_top5", number.value, 100), number.judge))
    return finding("judge_top5", numbers, not_above(numbers[1], numbers[0]))


CLAIMS = (
    Claim(
        "ddpm-residual",
        "Predicting the noise ε is easier than predicting xₜ₋₁.",
        "FID 3.17 for ε against 13.22 for the mean (CIFAR-10).",
        *HO,
        "diffusion",
        ("training.evaluate ddpm ddpm_x0 ddpm_v ddpm_mean",),
        40,
        residual,
    ),
    Claim(
        "ddpm-variance",
        "A fixed variance suffices.",
        "FID 3.17 with a fixed one; learning it was unstable (CIFAR-10).",
        *HO,
        "diffusion",
        ("training.studies.sampling iddpm",),
        70,
        fixed_variance,
    ),
    Claim(
        "ddpm-lossy",
        "More than half of the bits describe what nobody sees.",
        "1.97 of 3.75 bits/dim are distortion (CIFAR-10).",
        *HO,
        "diffusion",
        ("training.evaluate ddpm",),
        10,
        lossy,
    ),
    Claim(
        "iddpm-variance",
        "A learned variance is better where steps are few.",
        "Near its best after 100 of 4,000 steps.",
        *NICHOL,
        "diffusion",
        ("training.studies.sampling iddpm",),
        70,
        learned_variance,
    ),
    Claim(
        "iddpm-bound",
        "Training on the bound alone: the best likelihood, worse pictures.",
        "2.94 bits/dim and FID 11.47, against 3.17 and 3.19 (CIFAR-10).",
        *NICHOL,
        "diffusion",
        ("training.evaluate iddpm iddpm_vlb",),
        20,
        bound_only,
    ),
    Claim(
        "iddpm-cosine",
        "A cosine schedule is better than a linear one.",
        "FID 27.0 and 3.68 bits/dim against 31.3 and 3.77 (ImageNet 64×64).",
        *NICHOL,
        "diffusion",
        ("training.studies.ablations sizes",),
        45,
        cosine,
    ),
    Claim(
        "iddpm-scale",
        "Scale helps.",
        "FID falls with compute along a power law (figure 10).",
        *NICHOL,
        "diffusion",
        ("training.studies.ablations sizes",),
        45,
        scale,
    ),
    Claim(
        "diffusion-copies",
        "Diffusion models draw anew; they do not copy their training.",
        "None among 30,000 samples resembles its nearest neighbours.",
        *NICHOL_GLIDE,
        "diffusion",
        ("training.evaluate adm iddpm ddpm_v",),
        30,
        copies,
    ),
    Claim(
        "few-solver",
        "DPM-Solver++ draws in 25 steps as well as in a thousand.",
        "“High-quality samples within only 15 to 20 steps.”",
        *LU,
        "diffusion",
        ("training.studies.sampling adm",),
        90,
        solver,
    ),
    Claim(
        "few-distilled",
        "A distilled network draws in four steps as well as its teacher.",
        "Pictures in 2 to 4 steps.",
        *LUO,
        "dalle2",
        ("training.evaluate glide_fast",),
        5,
        distilled,
    ),
)
