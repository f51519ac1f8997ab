"""What is measured of DALL·E: nats a token on held-out pairs, and what its pictures are worth over guidance and over
tries."""

import torch
import torch.nn.functional as F
from torch import Tensor

from models.clip import CLIP
from models.dalle import DALLE, SCALE, SamplingOptions
from models.pretrained import CheckpointError
from models.vqvae import VQVAE
from training import files
from training.data import pictures as data
from training.evaluation.clip import concepts
from training.evaluation.glide import picture_scores
from training.evaluation.measure import evaluator
from training.evaluation.tables import markdown
from training.families.dalle import codebook_of

NAMES = 200  # that are drawn
SCALES = (1.0, 2.0, 4.0, 8.0)  # of the guidance
TRIES = (1, 2, 4, 8)  # pictures of a name, of which CLIP chooses one
OTHERWISE = {"shuffled": "the caption of another", "silent": "no caption"}  # what the judge's naming is beside
PART = 100  # pictures at a time


def evaluate(model: DALLE, count: int = NAMES, codebook: str = "vqvae_8") -> dict:
    """Everything in metrics.json; `score` is minus the nats of an image token of held-out pairs.

    Raises:
        CheckpointError: the judge, CLIP or the codebook is missing.
    """
    if (seen := evaluator()) is None:
        raise CheckpointError("DALL·E is measured with the judge: train it or fetch the assets folder.")
    book, clip, table = (
        VQVAE.from_pretrained(files.ASSETS / codebook).eval(),
        CLIP.from_pretrained(files.ASSETS / "clip").eval(),
        concepts(),
    )
    found = held_out(model, book)
    index = torch.linspace(0, len(table["en"]) - 1, count).round().long()
    names = [table["en"][i] for i in index.tolist()]
    for scale in SCALES:
        scores = picture_scores(seen, drawn(model, book, names, scale, 0), index)
        found |= {f"{k}_scale_{scale:g}": v for k, v in scores.items()}
    tries = torch.stack([drawn(model, book, names, SCALE, k) for k in range(max(TRIES))])
    fits = torch.stack([likeness(clip, names, one) for one in tries])
    for key, texts in {"shuffled": names[1:] + names[:1], "silent": [""] * count}.items():
        found |= {f"{k}_{key}": v for k, v in picture_scores(seen, drawn(model, book, texts, SCALE, 0), index).items()}
    for n in TRIES:
        best = tries[fits[:n].argmax(0), torch.arange(count)]
        found |= {f"{k}_best_of_{n}": v for k, v in picture_scores(seen, best, index).items()}
    return {"score": -found["image_nats"]} | found


@torch.inference_mode()
def held_out(model: DALLE, book: VQVAE) -> dict[str, float]:
    """Nats a token of held-out pictures and of their English names."""
    pictures, table = data.load(book.config.image_size).validation(), concepts()
    texts, codes, sums = (
        [table["en"][i] for i in pictures.concept.tolist()],
        book.encode(pictures.on()).flatten(1),
        torch.zeros(2),
    )
    for part in torch.arange(len(texts)).split(PART):
        losses = model.loss(model.tokenizer([texts[i] for i in part.tolist()]), codes[part])
        sums += len(part) * torch.stack([losses["image"], losses["text"]])
    image, text = (sums / len(texts)).tolist()
    return {"image_nats": image, "text_nats": text}


@torch.inference_mode()
def drawn(model: DALLE, book: VQVAE, names: list[str], scale: float, attempt: int) -> Tensor:
    """(N, 3, 64, 64), picture i of attempt k from the seed k N + i."""
    parts = [
        book.decode(
            model.sample(
                names[i : i + PART],
                [attempt * len(names) + k for k in range(i, min(i + PART, len(names)))],
                SamplingOptions(scale),
            ).unflatten(1, (model.config.grid, -1))
        )
        for i in range(0, len(names), PART)
    ]
    return torch.cat(parts)


@torch.inference_mode()
def likeness(clip: CLIP, names: list[str], x: Tensor) -> Tensor:
    """(N,): CLIP's cosines of names and pictures (N, 3, 64, 64)."""
    return F.cosine_similarity(
        clip.encode_text(clip.tokenizer(names)), torch.cat([clip.encode_image(part) for part in x.split(PART)])
    )


def sheet(config, model: DALLE) -> Tensor:
    """(64, 3, S, S): plain names, eight seeds each."""
    names = ["red apple", "fox", "blue heart", "grinning face", "house", "pizza", "车", "月亮"]
    return drawn(model, codebook_of(config).eval(), [name for name in names for _ in range(8)], SCALE, 0)


def report(metrics: dict[str, dict]) -> str:
    """The table of DALL·E."""
    if not (m := metrics.get("dalle")):
        return ""
    rows = [(f"guidance {scale:g}", f"scale_{scale:g}") for scale in SCALES] + [
        (f"guidance {SCALE:g}, best of {n} by CLIP", f"best_of_{n}") for n in TRIES
    ]
    rows += [(f"guidance {SCALE:g}, {title}", key) for key, title in OTHERWISE.items() if f"judge_top5_{key}" in m]
    lines = [
        [
            name,
            f"{m[f'judge_top5_{key}']:.1%}",
            f"{m[f'frechet_{key}']:.1f}",
            f"{m[f'precision_{key}']:.2f}",
            f"{m[f'recall_{key}']:.2f}",
        ]
        for name, key in rows
    ]
    note = (
        f"{NAMES} plain names. On held-out pairs an image token takes {m['image_nats']:.2f} nats "
        f"of the ln 512 = 6.24 of a blind guess; {m['pictures']:,} captioned pictures were read in training."
    )
    table = markdown(["", "the judge names it (top five)", "Fréchet", "precision", "recall"], lines)
    return f"**DALL·E: guidance and tries**\n\n{table}\n\n{note}"
