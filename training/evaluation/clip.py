"""What is measured of the CLIPs, and their tables.

Everything is measured on held-out pairs and plain pictures. A concept stands for its English or Chinese name, the mean
over a few phrasings; where a keyword looks for a concept, the concept is the mean of its training pictures.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from models.clip import CLIP
from models.pretrained import write_tensors
from training import files
from training.data import atlas
from training.data import pictures as data
from training.data.captions import article
from training.evaluation.tables import markdown

NAMES = ("clip", "clip_judge", "clip_noised")
QUARTERS = ("first", "second", "third", "last")
SPOKEN = (
    "could you paint {a} {} for me",
    "look at that {} over there",
    "{a} very nice {}",
)  # as no caption and no lesson puts a name
FILTERED = (
    "Filtered: concepts that captions told a keyword of are left out of its ranking (Bordes et al. 2013); "
    "elsewhere they count as misses."
)
COMPARED = files.ASSETS / "benchmarks" / "words.json"  # python -m training.teacher --compare


def evaluate(model: CLIP) -> dict:
    """Everything in metrics.json of a CLIP; `score` decides which weights are better."""
    pictures, table = data.load(64), concepts()
    held_out, names = pictures.validation(), {lang: name_vectors(model, table[lang], lang) for lang in ("en", "zh")}
    images, concept = picture_vectors(model, held_out), torch.from_numpy(held_out.concept).long()
    found = {}
    for lang, vectors in names.items():
        found |= _named(top(images @ vectors.T, concept), f"name_{lang}")
        found |= _named(picture_found(vectors, images, concept), f"picture_{lang}")
    spoken = name_vectors(model, table["en"], "en", SPOKEN)
    found |= _named(top(images @ spoken.T, concept), "spoken_en")
    found["group"] = zero_shot_groups(model, pictures.groups, images, torch.from_numpy(held_out.group))
    found |= keywords(model, pictures.training(), table)
    unseen = pictures.take(pictures.unseen)
    unseen_top = top(picture_vectors(model, unseen) @ names["en"].T, torch.from_numpy(unseen.concept).long())
    found["unseen_style_top5"] = unseen_top[1]
    if not model.process:
        return {"score": found["name_en_top1"]} | found
    noisy = by_noise(model, held_out, names["en"])
    return {"score": sum(noisy.values()) / len(noisy)} | found | noisy


def extras(model: CLIP, folder: Path) -> None:
    """features.safetensors: unit vectors (N, E) of every picture without skin tone in the order of the atlas, to search
    among, and which weights they are of."""
    pictures = data.load(64)
    weights = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()[:8]
    vectors = picture_vectors(model, pictures.take(pictures.tone <= 0)).half()
    write_tensors(folder / "features.safetensors", {"features": vectors}, {"weights": weights})


@lru_cache(maxsize=1)
def concepts() -> dict[str, Any]:
    """Every concept's names ("en", "zh"), the texts that captions tell it by ("told_en", "told_zh") and its held-out
    keywords ("held_out_en", "held_out_zh"); and "said", all that training captions may say."""
    rows = json.loads((atlas.FOLDER / "table.json").read_text(encoding="utf-8"))["concepts"]
    told = {"told_en": [[row[1], *row[4]] for row in rows], "told_zh": [[row[2], *row[5]] for row in rows]}
    said = {text.lower() for texts in told.values() for each in texts for text in each}
    return {
        "en": [row[1] for row in rows],
        "zh": [row[2] for row in rows],
        **told,
        "held_out_en": [row[7] for row in rows],
        "held_out_zh": [row[8] for row in rows],
        "said": said,
    }


def phrasings(name: str, language: str) -> list[str]:
    """The ways in which a plain caption puts a name."""
    if language == "zh":
        return [name]
    return [name, f"{article(name)} {name}", f"an emoji of {name}", f"a drawing of {name}"]


@torch.inference_mode()
def text_vectors(model: CLIP, texts: list[str]) -> Tensor:
    """(N, E) of texts."""
    return torch.cat([model.encode_text(part) for part in model.tokenizer(texts).to(model.device).split(512)]).cpu()


def name_vectors(model: CLIP, names: list[str], language: str, forms: tuple[str, ...] = ()) -> Tensor:
    """(N, E): the mean over each name's phrasings, or over the given English forms."""
    ways = zip(
        *([form.format(name, a=article(name)) for form in forms] or phrasings(name, language) for name in names),
        strict=False,
    )
    return F.normalize(torch.stack([text_vectors(model, list(way)) for way in ways]).mean(0), dim=1)


@torch.inference_mode()
def picture_vectors(
    model: CLIP, pictures: data.Pictures, t: Tensor | None = None, noise: Tensor | None = None
) -> Tensor:
    """(N, E) of pictures; with steps t (N,) and noise (N, 3, s, s), of x_t. A noised model gets clean pictures at the
    size of its noise."""
    found = []
    for i in range(0, len(pictures), 256):
        part = slice(i, i + 256)
        x = pictures.take(part).on()
        if t is not None:
            x = model.noised(x, t[part], noise[part])
        elif model.process:
            x = F.interpolate(x, model.config.noise_size, mode="area")
        found.append(model.encode_image(x.to(model.device), None if t is None else t[part].to(model.device)).cpu())
    return torch.cat(found)


def concept_vectors(model: CLIP, pictures: data.Pictures) -> Tensor:
    """(K, E): the mean of each concept's pictures."""
    which = torch.from_numpy(pictures.concept).long().unique(return_inverse=True)[1]
    sums = torch.zeros(int(which.max()) + 1, model.config.embedding)
    return F.normalize(sums.index_add_(0, which, picture_vectors(model, pictures)), dim=1)


def drawings(model: CLIP, count: int) -> tuple[Tensor, Tensor]:
    """For `count` concepts, spread over the whole list: their numbers (N,), and the vectors (N, E) of one training
    drawing each."""
    known, first = data.load(64).training(), {}
    for i, concept in enumerate(known.concept.tolist()):
        first.setdefault(concept, i)
    chosen = [sorted(first)[int(i)] for i in torch.linspace(0, len(first) - 1, count)]
    return torch.tensor(chosen), picture_vectors(model, known.take([first[c] for c in chosen]))


def top(scores: Tensor, right: Tensor) -> tuple[float, float]:
    """Scores (N, K) and the right columns (N,) → share right at first, and within the first five."""
    return hits(scores, F.one_hot(right, scores.shape[1]).bool())


def hits(scores: Tensor, right: Tensor) -> tuple[float, float]:
    """The same for a table (N, K) of all that is right."""
    best = right.gather(1, scores.topk(min(5, scores.shape[1]), 1).indices)
    return best[:, 0].float().mean().item(), best.any(1).float().mean().item()


def picture_found(names: Tensor, images: Tensor, concept: Tensor) -> tuple[float, float]:
    """How often a name finds a picture of its concept among all of (N, E), over the concepts that have one."""
    present = concept.unique()
    return hits(names[present] @ images.T, present[:, None] == concept)


def zero_shot_groups(model: CLIP, groups: tuple[str, ...], images: Tensor, right: Tensor) -> float:
    """Share of images (N, E) whose group `right` (N,) is nearest, by words that no caption gave the groups."""
    words = [group.lower().split(" & ") for group in groups]
    vectors = torch.stack([name_vectors(model, each, "en").mean(0) for each in words])
    return top(images @ F.normalize(vectors, dim=1).T, right)[0]


def keywords(model: CLIP, train: data.Pictures, table: dict[str, list]) -> dict[str, float]:
    """Held-out keywords → a concept that they were held out of."""
    plain, found = train.take(train.tone <= 0), {}
    drawn, places = torch.from_numpy(plain.concept).long().unique(), concept_vectors(model, plain)
    for lang in ("en", "zh"):
        asked = held_out_words(table, lang, drawn)
        found |= asked.found_by(name_vectors(model, asked.words, lang) @ places.T)
    return found


@dataclass(frozen=True)
class HeldOut:
    """Keywords (W,), the concepts (W, K) that each was held out of, those that captions tell it of, and whether any
    caption says it."""

    language: str
    words: list[str]
    right: Tensor
    told: Tensor
    new: Tensor

    def found_by(self, scores: Tensor) -> dict[str, float]:
        """What scores (W, K) find: over all words, over those that no caption says, and over all "filtered". Filtered
        leaves out a concept that captions told a word of, because it is neither right nor wrong (Bordes et al.
        2013)."""
        lang, others = self.language, scores.masked_fill(self.told & ~self.right, -torch.inf)
        return (
            {f"keywords_{lang}": len(self.words), f"new_keywords_{lang}": int(self.new.sum())}
            | _named(hits(scores, self.right), f"keyword_{lang}")
            | _named(hits(others, self.right), f"filtered_keyword_{lang}")
            | _named(hits(scores[self.new], self.right[self.new]), f"new_keyword_{lang}")
        )


def held_out_words(table: dict[str, list], language: str, drawn: Tensor) -> HeldOut:
    """The held-out keywords of the concepts' table, for those `drawn` (K,)."""
    held, told = (
        [dict.fromkeys(word.lower() for word in table[f"{kind}_{language}"][concept]) for concept in drawn.tolist()]
        for kind in ("held_out", "told")
    )
    words = list(dict.fromkeys(word for each in held for word in each))
    right, told = (torch.tensor([[word in of for of in each] for word in words]) for each in (held, told))
    return HeldOut(language, words, right, told, torch.tensor([word not in table["said"] for word in words]))


def by_noise(model: CLIP, pictures: data.Pictures, names: Tensor) -> dict[str, float]:
    """Share of the pictures whose name (N, E) is in the top five, per quarter of the steps, each picture at one step of
    it."""
    assert model.process is not None, "Only a CLIP that sees noise is measured by its steps."
    generator, concept = torch.Generator().manual_seed(0), torch.from_numpy(pictures.concept).long()
    count, steps, side, found = len(pictures), len(model.process), model.config.noise_size, {}
    for i, quarter in enumerate(QUARTERS):
        t = torch.randint(i * steps // 4, (i + 1) * steps // 4, (count,), generator=generator)
        noise = torch.randn(count, 3, side, side, generator=generator)
        found[f"{quarter}_quarter_top5"] = top(picture_vectors(model, pictures, t, noise) @ names.T, concept)[1]
    return found


def _named(pair: tuple[float, float], name: str) -> dict[str, float]:
    return {f"{name}_top1": pair[0], f"{name}_top5": pair[1]}


def _pair(found: dict[str, float], name: str) -> str:
    """A cell: first / within the first five; a dash where it was not measured."""
    return f"{found[f'{name}_top1']:.0%} / {found[f'{name}_top5']:.0%}" if f"{name}_top1" in found else "–"


def report(metrics: dict[str, dict]) -> str:
    """The tables of the CLIPs."""
    known = {name: metrics[name] for name in NAMES if name in metrics}
    if not known:
        return ""
    columns = {
        "picture → English name": "name_en",
        "picture → Chinese name": "name_zh",
        "picture → English name in a sentence": "spoken_en",
        "English name → picture": "picture_en",
        "Chinese name → picture": "picture_zh",
        "held-out English keyword": "keyword_en",
        "the same, filtered": "filtered_keyword_en",
        "of these, said by no caption": "new_keyword_en",
        "held-out Chinese keyword": "keyword_zh",
        "Chinese, filtered": "filtered_keyword_zh",
    }
    rows = [
        [name, *(_pair(m, key) for key in columns.values()), f"{m['group']:.0%}", f"{m['unseen_style_top5']:.0%}"]
        for name, m in known.items()
    ]
    parts = [
        "**Pictures and captions: held-out pairs, first / within the first five**",
        markdown(["model", *columns, "group (zero-shot)", "unseen style, top five"], rows),
    ]
    if "clip_noised" in known:
        quarters = [f"{known['clip_noised'][f'{quarter}_quarter_top5']:.0%}" for quarter in QUARTERS]
        parts += [
            "**Named in the top five under noise, per quarter of the steps**",
            markdown([f"{quarter} quarter" for quarter in QUARTERS], [quarters]),
        ]
    if COMPARED.exists():
        parts.append(with_and_without(json.loads(COMPARED.read_text(encoding="utf-8"))))
    return "\n\n".join(parts)


def with_and_without(measured: dict[str, dict[str, float]]) -> str:
    """The table of what a teacher adds: models by name, held-out keywords."""
    if not measured:
        return ""
    columns = {
        f"{title} {lang}": f"{key}_{lang}"
        for lang in ("en", "zh")
        for title, key in (
            ("held-out keyword", "keyword"),
            ("filtered", "filtered_keyword"),
            ("said by no caption", "new_keyword"),
        )
    }
    rows = [[name, *(_pair(m, key) for key in columns.values())] for name, m in measured.items()]
    title = "**Held-out keywords with and without the teacher, first / within the first five**"
    return "\n\n".join([title, markdown(["", *columns], rows), FILTERED])
