"""The evaluator: every set of pictures is measured in the judge's features against the training pictures."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from models.judge import Judge
from models.pretrained import CheckpointError
from training import files
from training.data import pictures as data
from training.evaluation.metrics import frechet_distance, precision_recall

SEEDS = (0, 1, 2)


def weights_hash(name: str) -> str:
    """Sixteen characters that change with the shipped weights of a checkpoint; empty where there are none."""
    path = files.ASSETS / name / "model.safetensors"
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else ""


@dataclass(frozen=True)
class Evaluator:
    """The judge, and its features of the pictures that drawn ones are compared with."""

    judge: Judge
    training: Tensor  # (N, F) features of all training pictures without skin tone
    held_out: Tensor  # (M, F) features of the held-out pairs

    def quality(self, draw) -> dict[str, float]:
        """Of `draw(count, generator)`: as many pictures as there are held-out pairs, mean and deviation over three
        seeds."""
        rows = []
        for seed in SEEDS:
            drawn = features(self.judge, draw(len(self.held_out), torch.Generator().manual_seed(seed)))
            rows.append((frechet_distance(self.training, drawn), *precision_recall(self.held_out, drawn)))
        table = torch.tensor(rows)
        frechet, precision, recall = table.mean(0).tolist()
        return {"frechet": frechet, "frechet_std": table[:, 0].std().item(), "precision": precision, "recall": recall}

    def distance(self, pictures: Tensor) -> float:
        """Fréchet distance of given pictures (N, 3, S, S) to the training pictures."""
        return frechet_distance(self.training, features(self.judge, pictures))

    def copies(self, pictures: Tensor) -> dict[str, float]:
        """Of drawn pictures, by their distance to the nearest training picture (features of those without skin tone).

        `memorised`: the share of them that are nearer than the nearest twentieth of the held-out pictures is; where
        nothing is copied expect 0.05 or less. `nearest_ratio`: their median distance over that of the held-out
        pictures.
        """
        near, real = (nearest(each, self.training) for each in (features(self.judge, pictures), self.held_out))
        return {
            "memorised": (near < real.quantile(0.05)).float().mean().item(),
            "nearest_ratio": (near.median() / real.median()).item(),
        }

    @property
    def floor(self) -> float:
        """Fréchet distance of the real held-out pictures: what a perfect generator would measure."""
        return frechet_distance(self.training, self.held_out)


@lru_cache(maxsize=2)
def evaluator(size: int = 64) -> Evaluator | None:
    """The shipped judge's evaluator of pictures of `size` pixels; None as long as there is no judge."""
    try:
        judge = Judge.from_pretrained(files.ASSETS / "judge")
    except CheckpointError:
        return None
    pictures = data.load(size)
    train = pictures.training()
    plain = train.take(train.tone == 0)
    return Evaluator(judge, features(judge, plain.on()), features(judge, pictures.validation().on()))


@torch.inference_mode()
def features(judge: Judge, x: Tensor) -> Tensor:
    """(N, 3, S, S) → (N, F); pictures of another size are first brought to the judge's, each pixel repeated."""
    return torch.cat([judge.features(F.interpolate(part, judge.config.image_size)) for part in x.split(256)])


def nearest(points: Tensor, others: Tensor) -> Tensor:
    """(N,) distances of points (N, F) to the nearest of others (M, F), exact where they coincide."""
    return torch.cdist(points, others, compute_mode="donot_use_mm_for_euclid_dist").amin(1)


@torch.inference_mode()
def in_parts(function, x: Tensor, size: int = 256) -> Tensor:
    """A network over many pictures (N, 3, S, S), in parts of `size`."""
    return torch.cat([function(part) for part in x.split(size)])
