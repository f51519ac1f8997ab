"""Short runs that differ in one thing: codebooks over their size and with or without restarts, GANs over seeds and
stabilisers.

    python -m training.studies.variants             # trains and measures what is missing: about 40 minutes on one core
    python -m training.studies.variants codebook    # the codebooks only

Results are in assets/PART/variants.json; the measured tables are written from them. The networks are a good deal
smaller than those that ship and are compared with each other alone.
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from models.gan import GAN
from models.vqvae import VQVAE
from training import recipes
from training.data import pictures as data
from training.evaluate import fill
from training.evaluation.gan import real_found
from training.evaluation.measure import evaluator, in_parts
from training.evaluation.metrics import psnr
from training.evaluation.tables import markdown
from training.evaluation.vqvae import measure_tokens
from training.files import ASSETS, ROOT
from training.loop import train
from training.studies import study
from training.studies.study import Row

PATHS = {"codebook": ASSETS / "vqvae" / "variants.json", "gan": ASSETS / "gan" / "variants.json"}
RECIPES = {"codebook": "vqvae_8", "gan": "gan"}
SIZES = (128, 512, 2048)  # codes in a codebook
SEEDS = (0, 1, 2)
PICTURES = {"codebook": 60_000, "gan": 64_000}  # seen in training
SMALL = {"codebook": dict(image_size=32, widths=(64,), blocks=(2,)), "gan": dict(widths=(64, 48, 32), memories=())}
UNSTABLE = dict(loss="non_saturating", gamma=0.0, augment=0.0)


def variants(part: str) -> dict[str, tuple[int, dict]]:
    """Key → (seed, changes of the model)."""
    if part == "codebook":
        return {
            f"{codes}/{'restart' if share else 'none'}": (0, {"codes": codes, "restart": share})
            for codes in SIZES
            for share in (0.02, 0.0)
        }
    return {
        f"{name}/{seed}": (seed, changes)
        for name, changes in (("stable", {}), ("unstable", UNSTABLE))
        for seed in SEEDS
    }


def rows(part: str, pictures: int) -> Iterator[Row]:
    for key, (seed, changes) in variants(part).items():
        stamp = {"pictures": pictures, "seed": seed, **changes}
        yield Row(
            key,
            stamp,
            lambda seed=seed, changes=SMALL[part] | changes: MEASURES[part](
                trained(RECIPES[part], seed, changes, pictures)
            ),
        )


def trained(name: str, seed: int, changes: dict, pictures: int, share: float = 1.0) -> Any:
    """A recipe's model after a short run on a share of the drawings, its weights averaged."""
    recipe = recipes.get(name)
    config = replace(
        recipe.CONFIG,
        seed=seed,
        pictures=pictures,
        warmup=pictures // 20,
        model=replace(recipe.CONFIG.model, **changes),
    )

    def setup(config, device: torch.device):
        model, batches, update = recipe.setup(config, device)
        batches.weights = batches.weights * chosen(len(batches.weights), share)
        return model, batches, update

    with tempfile.TemporaryDirectory() as folder:
        for _ in train(setup, config, Path(folder), device=torch.device("cpu"), save_every=float("inf")):
            pass
        return recipe.MODEL.from_pretrained(Path(folder) / "model")


def chosen(count: int, share: float) -> torch.Tensor:
    """(count,) of ones and zeros: the same random share of the drawings for every run."""
    order = torch.randperm(count, generator=torch.Generator().manual_seed(0))
    return (order < max(1, round(share * count))).double()


@torch.inference_mode()
def of_codebook(model: VQVAE) -> dict[str, float]:
    x = data.load(model.config.image_size).validation().on()
    tokens = in_parts(model.encode, x)
    found = measure_tokens(model, tokens)
    return {"psnr": psnr(x, in_parts(model.decode, tokens))} | {
        name: found[name] for name in ("perplexity", "used", "entropy_bits")
    }


@torch.inference_mode()
def of_gan(model: GAN) -> dict[str, float]:
    held_out = data.load(model.config.image_size).validation().on()
    found = evaluator(model.config.image_size).quality(model.sample)
    return {name: found[name] for name in ("frechet", "precision", "recall")} | {
        "told": real_found(model, held_out, model.sample(len(held_out), torch.Generator().manual_seed(0)))
    }


MEASURES: dict[str, Callable[[Any], dict[str, float]]] = {"codebook": of_codebook, "gan": of_gan}


def report() -> str:
    """The tables."""
    return "\n\n".join(
        table for part in PATHS if (found := study.read(PATHS[part], "rows")["rows"]) and (table := TABLES[part](found))
    )


def codebook_table(found: dict) -> str:
    lines = [
        [
            key.split("/")[0],
            "yes" if key.endswith("restart") else "no",
            f"{row['psnr']:.2f}",
            f"{row['used']:.0%}",
            f"{row['perplexity']:.0f}",
            f"{row['entropy_bits']:,.0f}",
        ]
        for key in variants("codebook")
        if (row := found.get(key))
    ]
    return (
        "**Size of the codebook, and restarts of dead codes: 32×32 as 8×8 tokens, "
        f"{PICTURES['codebook']:,} training pictures**\n\n"
        + markdown(["K", "restart", "PSNR dB", "used", "perplexity", "bits a picture"], lines)
    )


def gan_table(found: dict) -> str:
    names = {"stable": "relativistic, R1 and R2, DiffAugment", "unstable": "non-saturating, none of them"}
    lines = [
        [
            names[key.split("/")[0]],
            key.split("/")[1],
            f"{row['frechet']:.0f}",
            f"{row['precision']:.2f}",
            f"{row['recall']:.2f}",
            f"{row['told']:.0%}",
        ]
        for key in variants("gan")
        if (row := found.get(key))
    ]
    return (
        f"**A small GAN with and without stabilisers: three seeds, {PICTURES['gan']:,} training pictures each**\n\n"
        + markdown(["GAN", "seed", "Fréchet", "precision", "recall", "D finds the real one"], lines)
    )


TABLES = {"codebook": codebook_table, "gan": gan_table}


def main(argv: list[str] | None = None) -> None:
    options = study.arguments("variants", __doc__, PATHS, 0).parse_args(argv)
    for part in options.parts or PATHS:
        study.go_on(PATHS[part], "rows", rows(part, options.count or PICTURES[part]), options.minutes)
    fill(ROOT, "variants", report())


if __name__ == "__main__":
    main()
