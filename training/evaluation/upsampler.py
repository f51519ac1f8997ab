"""How sharp the pictures are that upsamplers draw."""

import torch
import torch.nn.functional as F
from torch import Tensor

from models.upsampler import Upsampler
from training.evaluation.metrics import psnr

STEPS = (1, 2, 4, 8)  # of DDIM
PART = 256  # pictures at a time


@torch.inference_mode()
def sharpness(model: Upsampler, x: Tensor) -> tuple[dict[str, float], dict[int | str, Tensor]]:
    """For large pictures (N, 3, S, S): the PSNR in dB of pictures that are drawn of their small ones in some steps, and
    of bilinear enlargement; and the pictures, by number of steps and as "bilinear"."""
    small = model.small(x, torch.zeros(len(x), dtype=torch.bool))
    drawn: dict[int | str, Tensor] = {
        steps: torch.cat(
            [
                model.sample(part, list(range(i, i + len(part))), steps)
                for i, part in zip(range(0, len(x), PART), small.split(PART), strict=True)
            ]
        )
        for steps in STEPS
    }
    drawn["bilinear"] = F.interpolate(small, scale_factor=model.config.times, mode="bilinear")
    return {f"psnr_{way}": psnr(x, y) for way, y in drawn.items()}, drawn
