"""A few captions, a tokenizer that has read them, and drawings that have some."""

import numpy as np

from models.tokenizer import Tokenizer
from training.data import pictures as data

TEXTS = ["red apple", "a green apple", "an emoji of puppy", "红苹果", "红苹果，noto 风格，黄色背景", "grinning face"]
TOKENIZER = Tokenizer.train(TEXTS * 3, 600, context=16)


def drawings() -> data.Pictures:
    """Six concepts in three styles, every concept with a name, a keyword of its own, and one that it shares with
    another."""
    concept, style = np.repeat(np.arange(6), 3), np.tile(np.arange(3), 6)
    rgba = np.random.default_rng(0).integers(0, 256, (18, 16, 16, 4), dtype=np.uint8)
    captions = [{"en": [f"name{c}", f"word{c}", f"kind{c // 2}"], "zh": [f"名{c}", f"类{c // 2}"]} for c in concept]
    zeros = np.zeros(18, np.int64)
    return data.Pictures(
        rgba,
        concept,
        style,
        np.where(style == 2, 3, 0),
        zeros,
        zeros.astype(bool),
        captions,
        ("noto", "blob", "twemoji"),
        ("Smileys & Emotion",),
        np.ones(18, bool),
    )
