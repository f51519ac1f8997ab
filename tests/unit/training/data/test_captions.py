"""Captions: what may be said, and nothing else."""

import random

import pytest

from tests.emoji_set import known
from training.data.captions import BACKGROUNDS, article, caption
from training.data.emoji import TONES, TONES_ZH


@pytest.mark.parametrize(
    "language, phrases, style, word",
    [
        ("en", ["red apple", "fruit"], "twemoji", "in twemoji style"),
        ("zh", ["红苹果", "水果"], "noto", "noto 风格"),
    ],
)
def test_a_caption_names_the_subject_and_whatever_it_was_told(language, phrases, style, word):
    rng = random.Random(0)
    for background, (chinese, _) in BACKGROUNDS.items():
        text = caption(phrases, rng, language, style, background, tone=5)
        assert any(p in text for p in phrases) and word in text
        assert (chinese if language == "zh" else background) in text
        assert (TONES_ZH if language == "zh" else TONES)[5] in text


def test_a_plain_caption_says_neither_style_nor_background_nor_skin_tone():
    rng = random.Random(1)
    for text in (caption(["red apple", "fruit"], rng) for _ in range(100)):
        assert not any(word in text for word in ("style", "background", "skin tone"))


def test_all_phrases_come_up_and_the_name_most_often():
    rng = random.Random(2)
    texts = [caption(["puppy", "young dog", "pet"], rng, "zh") for _ in range(500)]
    assert {"puppy", "young dog", "pet"} == set(texts)
    assert texts.count("puppy") > 250


def test_the_same_seed_gives_the_same_caption():
    assert caption(["a", "b"], random.Random(3), style="noto") == caption(["a", "b"], random.Random(3), style="noto")


def test_the_article_fits_the_noun():
    assert [article(noun) for noun in ("apple", "Umbrella", "car")] == ["an", "an", "a"]


def test_no_caption_of_the_shipped_set_uses_a_held_out_keyword():
    import json

    from training.data.atlas import FOLDER

    for concept in json.loads((FOLDER / "table.json").read_text(encoding="utf-8"))["concepts"]:
        assert not set(concept[4]) & set(concept[7]) and not set(concept[5]) & set(concept[8])
        assert concept[1] not in concept[7] and concept[2] not in concept[8]


def test_every_training_picture_has_a_name_in_both_languages():
    for captions in known().training().captions[::97]:
        assert captions["en"][0] and captions["zh"][0]
