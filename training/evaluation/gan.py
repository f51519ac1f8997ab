"""What is measured of the adversarial networks: their pictures at every stage that was kept, and what the discriminator
knows."""

import torch
from torch import Tensor

from models.gan import GAN
from training.data import pictures as data
from training.evaluation.measure import evaluator, in_parts
from training.evaluation.tables import markdown

TWINS = {
    "gan": "GAN",
    "gan_collapsed": "GAN without stabilisers",
    "ddpm_v": "DDPM, predicts v",
    "ddpm_x0": "DDPM, predicts x₀",
    "iddpm": "Improved DDPM",
    "adm": "ADM",
}
QUALITY = ("frechet", "precision", "recall")


def evaluate(model: GAN) -> dict:
    """Everything in metrics.json; `score` is minus the Fréchet distance, or without a judge the share of drawings that
    D takes for real."""
    pictures = data.load(model.config.image_size)
    train, held_out = (found.on() for found in (_some(pictures.training()), pictures.validation()))
    fake = torch.inference_mode()(model.sample)(len(train), torch.Generator().manual_seed(0))
    found = {"told": real_found(model, train, fake), "told_held_out": real_found(model, held_out, fake)}
    if not (seen := evaluator(model.config.image_size)):
        return {"score": -found["told_held_out"]} | found
    drawn = []

    def kept(count: int, generator: torch.Generator) -> Tensor:
        drawn.append(torch.inference_mode()(model.sample)(count, generator))
        return drawn[-1]

    found |= seen.quality(kept) | {"floor_frechet": seen.floor} | seen.copies(torch.cat(drawn))
    at = [n for n in model.remembered if n < int(model.seen)]
    earlier = [{"pictures": n} | seen.quality(torch.inference_mode()(model.at(i).sample)) for i, n in enumerate(at)]
    last = {"pictures": int(model.seen)} | {name: found[name] for name in (*QUALITY, "frechet_std")}
    return {"score": -found["frechet"]} | found | {"stages": [*earlier, last]}


def _some(pictures: data.Pictures, count: int = 1000) -> data.Pictures:
    return pictures.take(torch.linspace(0, len(pictures) - 1, min(count, len(pictures))).round().long().numpy())


@torch.inference_mode()
def real_found(model: GAN, real: Tensor, fake: Tensor) -> float:
    """How often the discriminator finds the real one of a real (N, 3, S, S) and a drawn (M, 3, S, S) picture."""
    a, b = (in_parts(model.score, x) for x in (real, fake))
    return (a[:, None] > b).float().mean().item()


def report(metrics: dict[str, dict]) -> str:
    """The tables: the GAN beside the diffusion models, and as training went on."""
    if "frechet" not in metrics.get("gan", {}):
        return ""
    beside = markdown(
        ["model", "training pictures", "parameters", "Fréchet", "precision", "recall"],
        [
            [label, f"{m['pictures']:,}", f"{m['parameters'] / 1e6:.1f} M", *_quality(m)]
            for name, label in TWINS.items()
            if "frechet" in (m := metrics.get(name, {}))
        ],
    )
    over = markdown(
        ["model", "after pictures", "Fréchet", "precision", "recall"],
        [
            [TWINS[name], f"{one['pictures']:,}", *_quality(one)]
            for name in ("gan", "gan_collapsed")
            for one in metrics.get(name, {}).get("stages", [])
        ],
    )
    own = metrics["gan"]
    note = (
        f"Of a real and a drawn picture the GAN's discriminator finds the real one in {own['told']:.0%} of the pairs "
        f"with training drawings and in {own['told_held_out']:.0%} with unseen ones; {own['memorised']:.1%} of the "
        "samples are nearer to a training drawing than the nearest twentieth of the unseen drawings is. "
        "The parameters of the GANs include their discriminator and their earlier generators."
    )
    return f"**The GAN beside diffusion models at 32×32, 25 steps of DDIM**\n\n{beside}\n\n{over}\n\n{note}"


def _quality(one: dict) -> list[str]:
    return [f"{one['frechet']:.1f}", f"{one['precision']:.2f}", f"{one['recall']:.2f}"]
