"""A fixed time of one core for the decoder, from nothing, and one number: how far its x̂₀ is from held-out pictures.

    OMP_NUM_THREADS=1 python -m training.studies.speedrun --table=runs/table.safetensors             # the recipe
    OMP_NUM_THREADS=1 python -m training.studies.speedrun --table=runs/table.safetensors --lr=2e-3   # another setting

The number is the mean squared error of x̂₀ under the weights min(1/σ², 6) of the loss, of pictures on white whose
own embedding is told, over steps spread evenly. Two runs that differ by less than three seeds do are equal.
"""

import argparse
import tempfile
from pathlib import Path

import torch

from models.clip import CLIP
from models.glide import GLIDE
from training.__main__ import override
from training.data import pictures as data
from training.evaluation.clip import picture_vectors
from training.loop import train
from training.recipes import glide

STEPS, PICTURES = 16, 400  # steps t of each picture, and pictures, that the number is the mean over
LARGEST = 6.0  # of the weights 1/σ²


@torch.inference_mode()
def error(model: GLIDE, small: data.Pictures, large: data.Pictures, clip: CLIP) -> float:
    """The weighted error of x̂₀ over pictures, at the model's size and at CLIP's; the noise is always the same."""
    index = torch.linspace(0, len(small) - 1, min(PICTURES, len(small))).long().numpy()
    x0, z = small.take(index).on(), picture_vectors(clip, large.take(index))
    condition, generator, found = model.encode(model.empty(len(x0)), z), torch.Generator().manual_seed(0), []
    for t in torch.linspace(0, len(model.process) - 1, STEPS).long():
        steps = t.expand(len(x0))
        x = model.process.noised(x0, steps, torch.randn(x0.shape, generator=generator))
        guess = model.process.predict_x0(x, steps, model.split(model(x, steps, condition))[0], model.config.predicts)
        weight = (model.process.snr[t] + 1).clamp_max(LARGEST)
        found.append(weight * (guess - x0).square().mean())
    return torch.stack(found).mean().item()


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        "python -m training.studies.speedrun", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    options, rest = parser.parse_known_args(argv)
    config = override(glide.CONFIG, ["--clip_folder=assets/clip", *rest])
    with tempfile.TemporaryDirectory() as folder:
        *_, last = train(glide.setup, config, Path(folder), device=torch.device("cpu"), minutes=options.minutes)
        model = GLIDE.from_pretrained(Path(folder) / "model")
    clip = CLIP.from_pretrained(config.clip_folder)
    small, large = data.load(config.model.image_size), data.load(clip.config.image_size)
    training = error(model, small.training(), large.training(), clip)
    held_out = error(model, small.validation(), large.validation(), clip)
    title = " ".join(rest) or "as the recipe says"
    rate = f"{last.pictures:,} pictures, {last.rate:.0f}/s"
    print(f"{title}: {rate}, error {training:.4f} of training pictures, {held_out:.4f} of held-out ones")


if __name__ == "__main__":
    main()
