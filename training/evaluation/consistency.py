"""What is measured of the distilled decoder: one, two and four steps beside its teacher's."""

import torch
from torch import Tensor

from models.clip import CLIP
from models.consistency import Consistency
from models.glide import GLIDE
from models.guidance import classifier_free
from models.pretrained import CheckpointError
from models.samplers import Noise, Sampler, denoiser, dpm_solver, jumps, run, spacing
from models.unclip import SCALE
from training import files
from training.evaluation.clip import concepts, drawings
from training.evaluation.glide import picture_scores
from training.evaluation.measure import evaluator
from training.evaluation.tables import markdown
from training.families.glide import reader

STEPS = (1, 2, 4)  # of the distilled decoder
TEACHERS = 15  # steps of its teacher
COUNT = 100  # drawings
PART = 50  # pictures at a time


def evaluate(model: Consistency, count: int = COUNT) -> dict:
    """Everything in metrics.json, for pictures painted from the embeddings of training drawings and their names'
    captions.

    `score` is minus the Fréchet distance of four steps.

    Raises:
        CheckpointError: the judge or the teacher is missing.
    """
    if (seen := evaluator(model.config.image_size)) is None:
        raise CheckpointError("A decoder is measured with the judge: train it or fetch the assets folder.")
    concept, z = drawings(CLIP.from_pretrained(files.ASSETS / "clip"), count)
    names, found = [concepts()["en"][i] for i in concept.tolist()], {}
    for steps in STEPS:
        found |= {f"{k}_{steps}": v for k, v in picture_scores(seen, in_parts(model, names, z, steps), concept).items()}
    found |= {
        f"{k}_teacher": v
        for k, v in picture_scores(
            seen, in_parts(GLIDE.from_pretrained(files.ASSETS / "glide"), names, z, TEACHERS), concept
        ).items()
    }
    return {"score": -found["frechet_4"]} | found


def in_parts(model: GLIDE, names: list[str], z: Tensor, steps: int) -> Tensor:
    """(N, 3, S, S), picture i from the seed i."""
    model, tokens = model.to(memory_format=torch.channels_last), model.tokenizer(names)
    return torch.cat(
        [painted(model, tokens[part], z[part], part.tolist(), steps) for part in torch.arange(len(z)).split(PART)]
    )


@torch.inference_mode()
def painted(model: GLIDE, tokens: Tensor, z: Tensor, seeds: list[int], steps: int) -> Tensor:
    """(B, 3, S, S) in [-1, 1] for captions (B, T) and embeddings (B, E), under the scale SCALE."""
    tokens, z, noise = tokens.to(model.device), z.to(model.device), Noise(seeds)
    process = model.process.respaced(spacing(len(model.process), steps))
    x = noise(3, model.config.image_size, model.config.image_size).to(model.device)
    return run(_sampler(model, tokens, z, process, x, noise), model).clamp(-1, 1)


def _sampler(model: GLIDE, tokens: Tensor, z: Tensor, process, x: Tensor, noise: Noise) -> Sampler:
    if isinstance(model, Consistency):
        condition = model.encode(tokens, z, torch.full((len(z),), SCALE, device=z.device))
        return jumps(denoiser(model, condition), process, x, noise)
    guided = classifier_free(model, model.encode(model.empty(len(z))), (model.encode(tokens, z), SCALE))
    return dpm_solver(guided, process, x)


def sheet(config, model: Consistency) -> Tensor:
    """(24, 3, S, S): for eight training pictures' captions and embeddings a row in one step, one in two, one in
    four."""
    _, tokens, z = (part[:8] for part in reader(config, torch.device("cpu"))[1](0)[:3])
    return torch.cat([painted(model, tokens, z, list(range(len(z))), steps) for steps in STEPS])


def report(metrics: dict[str, dict]) -> str:
    """The table of the distilled decoder."""
    if not (m := metrics.get("glide_fast")):
        return ""
    rows: list[tuple[str, str, int | str]] = [
        (f"distilled, {steps} step{'s' * (steps > 1)}", str(steps), steps) for steps in STEPS
    ]
    rows.append((f"its teacher, {TEACHERS} steps", str(2 * TEACHERS), "teacher"))
    lines = [
        [
            name,
            calls,
            f"{m[f'judge_top5_{key}']:.0%}",
            f"{m[f'frechet_{key}']:.1f}",
            f"{m[f'precision_{key}']:.2f}",
            f"{m[f'recall_{key}']:.2f}",
        ]
        for name, calls, key in rows
    ]
    head = ["", "network calls", "the judge names it (top five)", "Fréchet", "precision", "recall"]
    note = f"{COUNT} drawings, painted of their embeddings and names under guidance of {SCALE:g}."
    return f"**The decoder in few steps**\n\n{markdown(head, lines)}\n\n{note}"
