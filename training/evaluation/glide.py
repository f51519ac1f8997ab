"""What is measured of a diffusion model that reads: whether the judge names what a plain name draws, and how near it is
to drawings.

Told the embedding of a training drawing beside the name, it is measured as DALL·E 2's decoder.
"""

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from models.clip import CLIP
from models.glide import GLIDE
from models.pretrained import CheckpointError
from training import files
from training.data import pictures as data
from training.evaluation.clip import concepts, drawings, name_vectors, top
from training.evaluation.measure import Evaluator, evaluator, features, in_parts
from training.evaluation.metrics import frechet_distance, precision_recall
from training.evaluation.tables import markdown
from training.families.glide import SCALE, STEPS, draw

TOLD = {"en": "English", "zh": "Chinese", "seen": "English, and a drawing's embedding"}
NAMES = 200  # plain names of concepts, spread over the whole list, one picture each


def evaluate(model: GLIDE, count: int = NAMES) -> dict:
    """Everything in metrics.json; `score` is the share of names that the judge finds in its top five, the mean over
    English names alone and names with embeddings.

    Raises:
        CheckpointError: there is no judge, or no CLIP.
    """
    side, table = model.config.image_size, concepts()
    if (seen := evaluator(side)) is None:
        raise CheckpointError("A model that reads is measured with the judge: train it or fetch the assets folder.")
    model, found = model.to(memory_format=torch.channels_last), {}
    index = torch.linspace(0, len(table["en"]) - 1, count).round().long()
    clip = CLIP.from_pretrained(files.ASSETS / "clip")
    asked = {lang: (index, None) for lang in ("en", "zh")} | {"seen": drawings(clip, count)}
    for key, (concept, z) in asked.items():
        names = [table["zh" if key == "zh" else "en"][i] for i in concept.tolist()]
        drawn = torch.cat(
            [
                draw(
                    model,
                    names[i : i + 50],
                    SCALE,
                    list(range(i, min(i + 50, count))),
                    z=None if z is None else z[i : i + 50],
                )
                for i in range(0, count, 50)
            ]
        )
        found |= {
            f"{name}_{key}": value
            for name, value in (picture_scores(seen, drawn, concept) | named_by_clip(drawn, concept)).items()
        }
    real = data.load(side).validation()
    shown = real.on(), torch.from_numpy(real.concept).long()
    found |= {"real_top5": named(seen, *shown)["judge_top5"]} | {
        f"real_{name}": share for name, share in named_by_clip(*shown).items()
    }
    return {"score": (found["judge_top5_en"] + found["judge_top5_seen"]) / 2} | found


def picture_scores(seen: Evaluator, drawn: Tensor, concept: Tensor) -> dict[str, float]:
    """Of pictures (N, 3, S, S) of concepts (N,)."""
    found = features(seen.judge, drawn)
    precision, recall = precision_recall(seen.held_out, found)
    return {
        **named(seen, drawn, concept),
        "frechet": frechet_distance(seen.training, found),
        "precision": precision,
        "recall": recall,
    }


@torch.inference_mode()
def named(seen: Evaluator, drawn: Tensor, concept: Tensor) -> dict[str, float]:
    """Shares of pictures (N, 3, S, S) whose concept (N,) the judge names at first, and within its first five."""
    parts = [
        seen.judge(F.interpolate(part, seen.judge.config.image_size))[0].topk(5, 1).indices for part in drawn.split(256)
    ]
    right = torch.cat(parts) == concept[:, None]
    return {"judge_top1": right[:, 0].float().mean().item(), "judge_top5": right.any(1).float().mean().item()}


@torch.inference_mode()
def named_by_clip(drawn: Tensor, concept: Tensor) -> dict[str, float]:
    """The share of pictures (N, 3, S, S) in the top five of the CLIP that only measures; nothing as long as there is
    none."""
    if (second := second_judge()) is None:
        return {}
    clip, names = second
    return {"clip_judge_top5": top(in_parts(clip.encode_image, drawn) @ names.T, concept)[1]}


@lru_cache(maxsize=1)
def second_judge() -> tuple[CLIP, Tensor] | None:
    """`clip_judge`, and its vectors (K, E) of all English names."""
    try:
        clip = CLIP.from_pretrained(files.ASSETS / "clip_judge")
    except CheckpointError:
        return None
    return clip, name_vectors(clip, concepts()["en"], "en")


def report(metrics: dict[str, dict]) -> str:
    """The table of the models that read."""
    found = {name: m for name, m in metrics.items() if "judge_top5_en" in m}
    if not found:
        return ""
    rows = [
        [
            name,
            f"{m['parameters']:,}",
            f"{m['pictures']:,}",
            title,
            f"{m[f'judge_top1_{lang}']:.0%}" if f"judge_top1_{lang}" in m else "",
            f"{m['judge_top5_' + lang]:.0%}",
            f"{m['clip_judge_top5_' + lang]:.0%}" if "clip_judge_top5_" + lang in m else "",
            f"{m['frechet_' + lang]:.1f}",
            f"{m['precision_' + lang]:.2f}",
            f"{m['recall_' + lang]:.2f}",
        ]
        for name, m in found.items()
        for lang, title in TOLD.items()
        if f"frechet_{lang}" in m
    ]
    head = [
        "model",
        "parameters",
        "pictures seen",
        "told",
        "the judge names it at first",
        "in its first five",
        "`clip_judge` (top five)",
        "Fréchet",
        "precision",
        "recall",
    ]
    real = next(iter(found.values()))
    second = f", `clip_judge` {real['real_clip_judge_top5']:.0%}" if "real_clip_judge_top5" in real else ""
    note = (
        f"{NAMES} plain names, one picture each, {STEPS} steps of DDIM, classifier-free guidance of {SCALE:g}. Of real "
        f"held-out drawings at this size the judge has {real['real_top5']:.0%} in its top five{second}."
    )
    return f"**From a name to a picture at 32×32**\n\n{markdown(head, rows)}\n\n{note}"
