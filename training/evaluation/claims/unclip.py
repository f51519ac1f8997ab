"""The claims about DALL·E 2."""

from training.evaluation.claims.claim import (
    Claim,
    Finding,
    above,
    equally_trained,
    every,
    finding,
    not_above,
)
from training.evaluation.claims.measured import Measured, Number

RAMESH = (
    "Ramesh et al. 2022, Hierarchical Text-Conditional Image Generation with CLIP Latents",
    "https://arxiv.org/abs/2204.06125",
)
STUDY = "unclip/study.json"
NAMED = "judge_top5"
KEPT = (8, 16, 32, 64, 128, 256)  # leading components


def named(measured: Measured, way: str) -> Number:
    """The share of English names that the judge reads from what is drawn, by where the embedding comes from."""
    return measured.row(STUDY, f"ways/{way}/en", NAMED, f"way.{way}")


def prior_helps(measured: Measured) -> Finding:
    """How often the judge names the picture: the prior above the caption alone and above z_t as z_i."""
    prior, *others = numbers = [named(measured, way) for way in ("diffusion", "none", "text")]
    return finding(NAMED, numbers, every(*(above(prior, other) for other in others)))


def which_prior(measured: Measured) -> Finding:
    """How often the judge names the picture: the diffusion prior not below the autoregressive one."""
    numbers = [named(measured, way) for way in ("diffusion", "ar")]
    return finding(NAMED, numbers, not_above(numbers[1], numbers[0]))


def decoder(measured: Measured) -> Finding:
    """Tokens one after the other against diffusion, both told the caption, after as many training pictures."""
    equally_trained(measured, "glide", "dalle")
    diffusion, tokens = numbers = [
        measured.checkpoint("glide", "judge_top5_en", NAMED),
        measured.checkpoint("dalle", "judge_top5_best_of_1", NAMED),
    ]
    return finding(NAMED, numbers, above(diffusion, tokens))


def inversion(measured: Measured) -> Finding:
    """x_T brings the picture back; η lets go of it."""
    etas = ("0", "0.25", "0.5", "1")
    numbers = [measured.row(STUDY, f"inversion/fixed_point/{eta}", "psnr", f"η = {eta}") for eta in etas]
    verdict = every(*(above(a, b) for a, b in zip(numbers, numbers[1:], strict=False)))
    lines = [{"label": "way.oracle", "points": [[float(eta), n.value] for eta, n in zip(etas, numbers, strict=True)]}]
    return finding("psnr", numbers, verdict, {"x": "eta", "lines": lines})


def coarse_first(measured: Measured) -> Finding:
    """With few components more is kept of the group than of the name, each as a share of what all components keep."""
    lines, numbers = [], []
    for field in ("group", "name_top5"):
        found = [measured.row(STUDY, f"components/{k}", field, field) for k in KEPT]
        lines.append({"label": field, "points": [[k, n.value] for k, n in zip(KEPT, found, strict=True)]})
        few, whole = found[1], found[-1]
        numbers.append(Number(field, few.value / whole.value, few.noise / whole.value))
    return finding("kept", numbers, above(*numbers), {"x": "components", "log": True, "lines": lines})


CLAIMS = (
    Claim(
        "unclip-prior",
        "The prior helps: caption to embedding, embedding to picture.",
        "FID 7.99 with a prior, 9.16 and 16.55 with the caption's embedding in its place (COCO).",
        *RAMESH,
        "dalle2",
        ("training.studies.unclip ways",),
        25,
        prior_helps,
    ),
    Claim(
        "unclip-priors",
        "A diffusion prior is at least as good as an autoregressive one.",
        "FID 10.39 against 10.63 (COCO).",
        *RAMESH,
        "dalle2",
        ("training.studies.unclip ways",),
        25,
        which_prior,
    ),
    Claim(
        "unclip-decoder",
        "A diffusion decoder beats one that writes tokens.",
        "FID 10.39 against 28 of DALL·E (COCO).",
        *RAMESH,
        "dalle2",
        ("training.evaluate glide dalle",),
        20,
        decoder,
    ),
    Claim(
        "unclip-inversion",
        "Inverted noise brings a picture back; η decides how much it varies.",
        "Shown by pictures only (figures 3 and 4).",
        *RAMESH,
        "dalle2",
        ("training.studies.unclip inversion",),
        8,
        inversion,
    ),
    Claim(
        "unclip-components",
        "The leading components of an embedding hold what is coarse, the later ones what is fine.",
        "Shown by pictures only (figure 7).",
        *RAMESH,
        "dalle2",
        ("training.studies.unclip components",),
        15,
        coarse_first,
    ),
)
