"""DALL·E 2's upsampler: from 32×32 to 64×64 pixels.

    python -m training upsampler --minutes 70

Expect 28.8 dB on held-out pairs, 4.7 more than bilinear enlargement, after 114 k pictures.
"""

from dataclasses import replace

import torch

from models.pretrained import CheckpointError
from models.upsampler import Upsampler
from training.data import pictures as data
from training.evaluation.measure import evaluator
from training.evaluation.tables import markdown
from training.evaluation.upsampler import STEPS, sharpness
from training.families.upsampler import Config, sheet
from training.loop import Descent


def setup(config: Config, device: torch.device):
    model = Upsampler(config.model).to(device, memory_format=torch.channels_last)
    pictures = data.load(config.model.image_size, config.data).training()
    return model, data.Batches(pictures, config.batch, config.seed, device), Descent(model, config, device)


def evaluate(model: Upsampler) -> dict:
    """Everything in metrics.json; `score` is in dB, of 4 steps on held-out pairs.

    Raises:
        CheckpointError: there is no judge.
    """
    if (seen := evaluator(model.config.image_size)) is None:
        raise CheckpointError("The upsampler is measured with the judge: train it or fetch the assets folder.")
    found, drawn = sharpness(
        model.to(memory_format=torch.channels_last), data.load(model.config.image_size).validation().on()
    )
    found |= {f"frechet_{way}": seen.distance(y) for way, y in drawn.items()} | {"frechet_real": seen.floor}
    return {"score": found["psnr_4"]} | found


def report(metrics: dict[str, dict]) -> str:
    """The table of the upsampler."""
    if not (m := metrics.get("upsampler")):
        return ""
    rows = [[f"{steps} steps", f"{m[f'psnr_{steps}']:.2f}", f"{m[f'frechet_{steps}']:.1f}"] for steps in STEPS]
    rows.append(["bilinear", f"{m['psnr_bilinear']:.2f}", f"{m['frechet_bilinear']:.1f}"])
    note = f"Fréchet distance of the held-out drawings themselves: {m['frechet_real']:.1f}."
    return f"**From 32×32 to 64×64, held-out pairs**\n\n{markdown(['', 'PSNR, dB', 'Fréchet'], rows)}\n\n{note}"


MODEL = Upsampler
CONFIG = Config()
TINY = replace(
    CONFIG,
    model=replace(CONFIG.model, image_size=16, width=16, multipliers=(1, 2), steps=50),
    pictures=512,
    batch=8,
    warmup=64,
    ema=64,
)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
