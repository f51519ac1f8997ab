"""Short runs behind claims that the shipped checkpoints cannot decide: less data, other sizes, the other schedule.

    python -m training.studies.ablations            # trains and measures what is missing: about two hours on two cores
    python -m training.studies.ablations little     # one part: share, little or sizes

`share` trains a GAN and a diffusion model on a tenth, a fifth and all of the drawings, `little` the autoencoder and its
denoising twin on a twentieth, `sizes` one diffusion model at three widths and under both schedules. Results are in
assets/, and `python -m training.evaluate --claim` decides the claims by them.
"""

from collections.abc import Iterator

import torch

from models.diffusion import Diffusion
from models.gan import GAN
from training.data import pictures as data
from training.evaluation.claims.autoencoder import LITTLE
from training.evaluation.claims.diffusion import SCHEDULES, SIZES, WIDTHS
from training.evaluation.claims.gan import DATA, SHARES
from training.evaluation.diffusion import bound
from training.evaluation.measure import evaluator, in_parts, weights_hash
from training.evaluation.metrics import psnr
from training.files import ASSETS
from training.studies import study
from training.studies.study import Row
from training.studies.variants import SMALL, chosen, trained

PATHS = {"share": ASSETS / DATA, "little": ASSETS / LITTLE, "sizes": ASSETS / SIZES}
PICTURES = {"share": 64_000, "little": 100_000, "sizes": 64_000}  # seen in training
TWENTIETH = 0.05
STEPS = 25  # of DDIM
BOUND = 64  # pictures of which the bound is taken


def share(pictures: int) -> Iterator[Row]:
    """Quality over the share of the drawings."""
    for name, changes in (("gan", SMALL["gan"]), ("ddpm_v", {})):
        for part in SHARES:
            run = (name, 0, changes, pictures, float(part))
            yield _judged(f"{name}/{part}", pictures, lambda run=run: quality(trained(*run)))


def little(pictures: int) -> Iterator[Row]:
    """PSNR of drawings of the training and of unseen ones."""
    for name in ("ae", "dae"):
        yield Row(name, {"pictures": pictures}, lambda name=name: of_little(name, pictures))


def sizes(pictures: int) -> Iterator[Row]:
    """Quality and bound over the width, and at the middle one under both schedules."""
    asked = [(width, SCHEDULES[1]) for width in WIDTHS] + [(WIDTHS[1], SCHEDULES[0])]
    for width, schedule in asked:
        run = ("iddpm", 0, {"width": width, "schedule": schedule}, pictures)
        yield _judged(f"{width}/{schedule}", pictures, lambda run=run: of_size(trained(*run)))


def _judged(key: str, pictures: int, measure) -> Row:
    return Row(key, {"pictures": pictures, "judge": weights_hash("judge")}, measure)


@torch.inference_mode()
def quality(model: GAN | Diffusion) -> dict[str, float]:
    options = {"steps": STEPS} if isinstance(model, Diffusion) else {}
    found = evaluator(model.config.image_size).quality(lambda count, rng: model.sample(count, rng, **options))
    return {name: found[name] for name in ("frechet", "frechet_std", "precision", "recall")}


@torch.inference_mode()
def of_size(model: Diffusion) -> dict[str, float]:
    unseen = data.load(model.config.image_size).validation().on()[:BOUND]
    found = {"bits_per_dim": bound(model, unseen)["bits_per_dim"], "parameters": model.parameters_count}
    return quality(model) | found


def of_little(name: str, pictures: int) -> dict[str, float]:
    model, known = trained(name, 0, {}, pictures, TWENTIETH), data.load(64)
    own = known.training().take(chosen(len(known.training()), TWENTIETH).bool().numpy()).on()
    unseen = known.validation().on()
    again = {x: in_parts(model.reconstruct, x) for x in (own, unseen)}
    return {"psnr_training": psnr(own, again[own]), "psnr": psnr(unseen, again[unseen])}


PARTS = {"share": share, "little": little, "sizes": sizes}


def main(argv: list[str] | None = None) -> None:
    options = study.arguments("ablations", __doc__, PARTS, 0).parse_args(argv)
    with study.interruptible():
        for part in options.parts or PARTS:
            rows = PARTS[part](options.count or PICTURES[part])
            study.go_on(PATHS[part], "rows", rows, options.minutes)


if __name__ == "__main__":
    main()
