"""Captions in English and Chinese: a name or a keyword, sometimes with the style and the background; and sentences of
one or two."""

import random

from training.data.emoji import TONES, TONES_ZH

BACKGROUNDS = {
    "white": ("白色", (255, 255, 255)),
    "blue": ("蓝色", (120, 170, 255)),
    "yellow": ("黄色", (255, 226, 110)),
    "green": ("绿色", (140, 220, 140)),
    "pink": ("粉色", (255, 180, 205)),
    "grey": ("灰色", (200, 200, 200)),
    "black": ("黑色", (20, 20, 20)),
}
SENTENCES = {  # of one phrase, of two
    "en": (
        (
            "the {}",
            "the {}",
            "my {}",
            "this is {a} {}",
            "a picture of {a} {}",
            "a photo of the {}",
            "draw {a} {}",
            "i want {a} {}",
            "two {}",
        ),
        (
            "{} {}",
            "{a} {} and {b} {}",
            "the {} and the {}",
            "{a} {} with {b} {}",
            "{a} {} in the {}",
            "{a} {} on {b} {}",
        ),
    ),
    "zh": (("一个{}", "一只{}", "这是{}", "画一个{}", "{}的图片"), ("{}和{}", "{}与{}", "{}在{}上", "{}，{}")),
}


def caption(
    phrases: list[str], rng: random.Random, language: str = "en", style: str = "", background: str = "", tone: int = 0
) -> str:
    """One random caption of a drawing.

    Args:
        phrases: the name first, then the keywords that may be used.
        language: "en" or "zh".
        style: the style's name in that language; "" leaves it out.
        background: a key of BACKGROUNDS; "" leaves it out.
        tone: skin tone 1 … 5; 0 for none.
    """
    subject = phrases[0] if len(phrases) == 1 or rng.random() < 0.7 else rng.choice(phrases[1:])
    return (
        _chinese(subject, style, background, tone)
        if language == "zh"
        else _english(subject, rng, style, background, tone)
    )


def sentence(phrases: list[str], rng: random.Random, language: str = "en") -> str:
    """A sentence of one or two phrases, as people write them."""
    form = rng.choice(SENTENCES[language][len(phrases) - 1])
    return form.format(*phrases, a=article(phrases[0]), b=article(phrases[-1]))


def _english(subject: str, rng: random.Random, style: str, background: str, tone: int) -> str:
    parts = [rng.choice(("", "", f"{article(subject)} ", "an emoji of ", "a drawing of ")) + subject]
    if tone:
        parts.append(f"with {TONES[tone]} skin tone")
    if style:
        parts.append(f"in {style} style")
    if background:
        parts.append(f"on a {background} background")
    return " ".join(parts)


def _chinese(subject: str, style: str, background: str, tone: int) -> str:
    parts = [subject]
    if tone:
        parts.append(TONES_ZH[tone])
    if style:
        parts.append(f"{style} 风格")
    if background:
        parts.append(f"{BACKGROUNDS[background][0]}背景")
    return "，".join(parts)


def article(noun: str) -> str:
    """ "an" before a vowel's letter, else "a"."""
    return "an" if noun[:1].lower() in "aeiou" else "a"
