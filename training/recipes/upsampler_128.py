"""DALL·E 2's second upsampler: from 64×64 to 128×128 pixels, learned from pieces of large drawings as the paper's are.

    python -m training.data                                                    # renders 128 pixels
    python -m training upsampler_128 --init assets/upsampler --minutes 25

The network has no attention and takes pictures of any size, so it starts as the first one. Expect 33.1 dB on held-out
pairs, 5.8 more than bilinear enlargement, after 128 k pieces.
"""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from models.upsampler import Upsampler, UpsamplerConfig
from training.data import pictures as data
from training.evaluation.tables import markdown
from training.evaluation.upsampler import STEPS, sharpness
from training.families import upsampler
from training.families.upsampler import sheet
from training.loop import Descent


@dataclass(frozen=True)
class Config(upsampler.Config):
    model: UpsamplerConfig = field(
        default_factory=lambda: UpsamplerConfig(image_size=128, multipliers=(1, 2), blocks=1)
    )
    lr: float = 3e-4
    piece: int = 64  # pixels a side of what is learned from


class Pieces(data.Batches):
    """From each picture of a batch a square (B, 3, P, P) at a random place."""

    def __init__(self, piece: int, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.piece = piece

    def __call__(self, step: int) -> Tensor:
        x = super().__call__(step)
        corners = torch.randint(
            0, x.shape[-1] - self.piece + 1, (len(x), 2), generator=self._generator(step + 2_000_003)
        ).tolist()
        return torch.stack(
            [
                one[:, top : top + self.piece, left : left + self.piece]
                for one, (top, left) in zip(x, corners, strict=True)
            ]
        )


def setup(config: Config, device: torch.device):
    model = Upsampler(config.model).to(device, memory_format=torch.channels_last)
    pictures = data.load(config.model.image_size, config.data).training()
    return model, Pieces(config.piece, pictures, config.batch, config.seed, device), Descent(model, config, device)


def evaluate(model: Upsampler) -> dict:
    """Everything in metrics.json; `score` is in dB, of 4 steps on held-out pairs.

    Raises:
        DataError: there are no pictures of 128 pixels.
    """
    found = sharpness(
        model.to(memory_format=torch.channels_last), data.load(model.config.image_size).validation().on()
    )[0]
    return {"score": found["psnr_4"]} | found


def report(metrics: dict[str, dict]) -> str:
    """The README's table of the second upsampler."""
    if not (m := metrics.get("upsampler_128")):
        return ""
    rows = [[f"{steps} steps", f"{m[f'psnr_{steps}']:.2f}"] for steps in STEPS] + [
        ["bilinear", f"{m['psnr_bilinear']:.2f}"]
    ]
    return f"**From 64×64 to 128×128, held-out pairs**\n\n{markdown(['', 'PSNR, dB'], rows)}"


MODEL = Upsampler
CONFIG = Config()
TINY = replace(
    CONFIG,
    model=replace(CONFIG.model, image_size=32, width=16, steps=50),
    piece=16,
    pictures=512,
    batch=8,
    warmup=64,
    ema=64,
)
__all__ = ["CONFIG", "MODEL", "TINY", "evaluate", "report", "setup", "sheet"]
