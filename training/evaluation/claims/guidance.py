"""The claims about guidance."""

from training.evaluation.claims.claim import Claim, Finding, above, every, finding, not_above
from training.evaluation.claims.measured import Measured, Number, Undecided

DHARIWAL = ("Dhariwal & Nichol 2021, Diffusion Models Beat GANs", "https://arxiv.org/abs/2105.05233")
NICHOL = ("Nichol et al. 2021, GLIDE", "https://arxiv.org/abs/2112.10741")
STUDY = "guidance/study.json"
NAMED = "judge_top5"


def along(measured: Measured, kind: str, measure: str) -> list[Number]:
    """A measure of a kind of guidance over its scale; a number's `of` is the scale.

    Raises:
        Undecided: it was not measured at two scales.
    """
    scales = sorted(float(key.split("/")[1]) for key in measured.rows(STUDY) if key.startswith(f"{kind}/"))
    if len(scales) < 2:
        raise Undecided("missing", f"{STUDY}: {kind}")
    return [measured.row(STUDY, f"{kind}/{scale:g}", measure, f"{scale:g}") for scale in scales]


def best(measured: Measured, kind: str) -> Number:
    """The share of pictures that the judge names, at the best scale of a kind."""
    number = max(along(measured, kind, NAMED), key=lambda number: number.value)
    return Number(f"guide.{kind}", number.value, number.noise, number.judge)


def nobody(measured: Measured) -> Number:
    """The same where nobody guides and no words are told."""
    number = along(measured, "classifier_free", NAMED)[0]
    return Number("guide.none", number.value, number.noise, number.judge)


def lines(measured: Measured, measure: str, *kinds: str) -> dict:
    """A measure over the scale."""
    found = [
        {"label": f"guide.{kind}", "points": [[float(n.of), n.value] for n in along(measured, kind, measure)]}
        for kind in kinds
    ]
    return {"x": "scale", "lines": found}


def ends(numbers: list[Number]) -> list[Number]:
    """The numbers at the least and at the largest scale."""
    return [Number(f"s = {one.of}", one.value, one.noise, one.judge) for one in (numbers[0], numbers[-1])]


def trade(measured: Measured) -> Finding:
    """From the weakest to the strongest classifier: more precision, less recall."""
    precision, recall = (along(measured, "classifier", measure) for measure in ("precision", "recall"))
    verdict = every(above(precision[-1], precision[0]), above(recall[0], recall[-1]))
    curves = {
        "x": "scale",
        "lines": [
            {"label": f"chip.{name}", "points": [[float(n.of), n.value] for n in numbers]}
            for name, numbers in (("precision", precision), ("recall", recall))
        ],
    }
    return finding("recall", ends(recall), verdict, curves)


def others(measured: Measured) -> Finding:
    """How often the judge names the picture: each guide at its best scale above none."""
    numbers = [best(measured, kind) for kind in ("classifier", "clip_noised", "feature")]
    none = nobody(measured)
    verdict = every(*(above(number, none) for number in numbers))
    return finding(NAMED, [*numbers, none], verdict, lines(measured, NAMED, "classifier", "clip_noised", "feature"))


def classifier_free(measured: Measured) -> Finding:
    """How often the judge names the picture: classifier-free above the other guides, each at its best."""
    numbers = [best(measured, kind) for kind in ("classifier_free", "classifier", "clip_noised")]
    verdict = every(*(above(numbers[0], other) for other in numbers[1:]))
    curves = lines(measured, NAMED, "classifier_free", "classifier", "clip_noised")
    return finding(NAMED, numbers, verdict, curves)


def fooled(measured: Measured) -> Finding:
    """As the scale grows, the guiding CLIP is ever more pleased, and the judge sees nothing better."""
    own, judged = (along(measured, "clip_at_x0", measure) for measure in ("own_score", NAMED))
    verdict = every(above(own[-1], own[0]), not_above(judged[-1], judged[0]))
    return finding(NAMED, ends(judged), verdict, lines(measured, "own_score", "clip_at_x0", "clip_noised"))


def knows_noise(measured: Measured) -> Finding:
    """How often the judge names the picture: a CLIP that knows noise above those that do not."""
    numbers = [best(measured, kind) for kind in ("clip_noised", "clip_at_x0", "clip_at_xt")]
    verdict = every(*(above(numbers[0], other) for other in numbers[1:]))
    return finding(NAMED, numbers, verdict, lines(measured, NAMED, "clip_noised", "clip_at_x0", "clip_at_xt"))


CLAIMS = (
    Claim(
        "adm-guidance",
        "Classifier guidance trades variety for fidelity.",
        "Scale 1 → 10: precision 0.82 → 0.88, recall 0.52 → 0.32 (ImageNet 256×256).",
        *DHARIWAL,
        "guidance",
        ("training.studies.guidance classifier",),
        8,
        trade,
    ),
    Claim(
        "adm-noise",
        "A guide must know noise.",
        "Classifiers are trained on noisy pictures; no number for clean ones.",
        *DHARIWAL,
        "guidance",
        ("training.studies.guidance clip_noised clip_at_x0 clip_at_xt",),
        25,
        knows_noise,
    ),
    Claim(
        "other-guides",
        "Not only classifiers guide: CLIP and the features of a picture do, too.",
        "People prefer CLIP guidance to none for the caption: Elo 29.3 against −106.2.",
        *NICHOL,
        "guidance",
        ("training.studies.guidance classifier_free classifier clip_noised feature",),
        30,
        others,
    ),
    Claim(
        "glide-cfg",
        "The direction from without words to with words replaces a classifier.",
        "Elo for the caption 110.9 against 29.3 of CLIP guidance.",
        *NICHOL,
        "guidance",
        ("training.studies.guidance classifier_free classifier clip_noised",),
        25,
        classifier_free,
    ),
    Claim(
        "clip-fooled",
        "Guidance by CLIP may please CLIP and nobody else.",
        "CLIP guidance wins by the CLIP score alone (figure 6c).",
        *NICHOL,
        "guidance",
        ("training.studies.guidance clip_at_x0 clip_noised",),
        20,
        fooled,
    ),
)
