"""The captioned emoji set: which drawing is which concept, what it is called, and what is held out.

A *concept* is an emoji without skin tone; a *pair* is a concept in one drawing style. Everything here is text;
`training.data.render` turns it into pixels.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from training.data.packages import Archive, Package
from training.data.styles import Style

TONES = ("", "light", "medium-light", "medium", "medium-dark", "dark")
TONE_POINTS = ("1f3fb", "1f3fc", "1f3fd", "1f3fe", "1f3ff")
TONES_ZH = ("", "较浅肤色", "中等-浅肤色", "中等肤色", "中等-深肤色", "较深肤色")
UNFLIPPABLE = re.compile(
    r"\b(letter|button|arrow|clock|o’clock|thirty|hand|hands|fist|finger|thumbs?|flag|left|right|"
    r"pointing|keycap|input|sign|symbol|mark|number|calendar|ideograph|squared|watch)\b",
    re.I,
)


NAMES = Package(
    "unicode-emoji-json",
    "0.9.0",
    "sha512-HdrQW/7SdbXUsTd8uTATv7LvQJkCSgbAgRCDCtOhQ6xn3EAx+xZHQtRniOXWJK3ywIqPegkNhP4U4EbuFsiQng==",
)
CLDR = Package(
    "cldr-annotations-full",
    "48.2.0",
    "sha512-DV7A+rEcgUSNTRsVGNGqBZRmAkGfwhGHO5Q1dRwzBoBnVrHWp804JP7/QJdEc66iHmx3+zLWVIMCFLm0lW7PUQ==",
)
CLDR_DERIVED = Package(
    "cldr-annotations-derived-full",
    "48.2.0",
    "sha512-log62km+AOzI7n/NEuNNFV0mg9DWnt67EYCh1RwxZq9dyRuyteB586LT83Ke8TchEfnwI9cIk2P31zO4nTvZmw==",
)
EMOJILIB = Package(
    "emojilib",
    "4.0.3",
    "sha512-KbWiYre9aRSaPbHrHZIz9zmoM+21LAsK1VFJtnTh1VCtWE/rNMDviGhQTmselFl95dhqtGlY22iH0leG5BuW0g==",
)

GROUPS_ZH = {
    "Smileys & Emotion": "表情与情感",
    "People & Body": "人物与身体",
    "Animals & Nature": "动物与自然",
    "Food & Drink": "食物与饮料",
    "Travel & Places": "旅行与地点",
    "Activities": "活动",
    "Objects": "物品",
    "Symbols": "符号",
    "Flags": "旗帜",
}


@dataclass(frozen=True)
class Concept:
    """One emoji: its names, and the words by which captions may call it."""

    emoji: str
    en: str
    zh: str
    group: str
    keywords: dict[str, list[str]] = field(default_factory=dict)  # "en", "zh": training keywords
    held_out: dict[str, list[str]] = field(default_factory=dict)  # "en", "zh": never in a caption
    flip: bool = True  # may be mirrored without becoming something else


@dataclass(frozen=True)
class Drawing:
    """A concept as one style draws it."""

    concept: int  # index into the concepts
    tone: int  # index into TONES; 0 is none
    icon: str  # its name in the package


def is_held_out(emoji: str, style: str, modulo: int = 20) -> bool:
    """Whether a pair is the one in `modulo` that its hash holds out: no model trains on it."""
    return int(hashlib.sha256(f"{emoji}|{style}".encode()).hexdigest()[:8], 16) % modulo == 0


def slug(name: str) -> str:
    """ "flag: Côte d’Ivoire" → "flag-cote-d-ivoire": how the packages spell a name."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def code_points(emoji: str) -> str:
    """ "❤️" → "2764": hexadecimal code points joined by "-", the variation selector left out."""
    return "-".join(f"{ord(c):x}" for c in emoji if c != "\ufe0f")


def read_concepts(raw: Path) -> list[Concept]:
    """Every emoji without skin tone, with names and keywords in two languages."""
    names = NAMES.fetch(raw).json("data-by-emoji.json")
    notes = {lang: _annotations(raw, lang) for lang in ("en", "zh")}
    more = EMOJILIB.fetch(raw).json("dist/emoji-en-US.json")
    return [_concept(emoji, entry, notes, more.get(emoji, [])) for emoji, entry in names.items()]


def _annotations(raw: Path, lang: str) -> dict[str, dict]:
    full = CLDR.fetch(raw).json(f"annotations/{lang}/annotations.json")["annotations"]["annotations"]
    derived = CLDR_DERIVED.fetch(raw).json(f"annotationsDerived/{lang}/annotations.json")
    return {code_points(e): note for e, note in (full | derived["annotationsDerived"]["annotations"]).items()}


def _concept(emoji: str, entry: dict, notes: dict, more: list[str]) -> Concept:
    in_en, in_zh = (notes[lang].get(code_points(emoji), {}) for lang in ("en", "zh"))
    en = in_en.get("tts", [entry["name"]])[0]
    zh = in_zh.get("tts", [en])[0]
    extra = [word.replace("_", " ") for word in more if re.fullmatch(r"[\w ’'-]{2,}", word)]
    words = {"en": _unique(in_en.get("default", []) + extra, en), "zh": _unique(in_zh.get("default", []), zh)}
    kept, out = _split(emoji, words)
    flip = entry["group"] != "Flags" and not UNFLIPPABLE.search(en)
    return Concept(emoji, en, zh, entry["group"], kept, out, flip=flip)


def _split(emoji: str, words: dict[str, list[str]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Of the words of each language those that captions may say, and those that are held out."""
    out = {lang: [word for word in words[lang] if is_held_out(emoji, word, 10)] for lang in words}
    return {lang: [word for word in words[lang] if word not in out[lang]] for lang in words}, out


def _unique(words: list[str], name: str) -> list[str]:
    return [w for w in dict.fromkeys(w.strip().lower() for w in words) if w and w != name.lower()]


def match(style: Style, archive: Archive, concepts: list[Concept]) -> list[Drawing]:
    """Which icon of the package draws which concept in which skin tone: those without tone first, in the order of the
    concepts."""
    icons = archive.json("icons.json")
    names = icons["icons"].keys() | icons.get("aliases", {}).keys()
    chars = archive.json("chars.json") if "chars.json" in archive.members else {}
    found = _by_slug(style, names, concepts) | _by_code_points(chars, concepts)
    drawings = [Drawing(*key, icon) for key, icon in found.items() if icon in names and not (style.unseen and key[1])]
    return sorted(drawings, key=lambda d: (d.tone > 0, d.concept, d.tone))


def _by_code_points(chars: dict[str, str], concepts: list[Concept]) -> dict[tuple[int, int], str]:
    index = {code_points(c.emoji): i for i, c in enumerate(concepts)}
    found = {}
    for points, icon in chars.items():
        plain, tones = _without_tones(points.split("-"))
        base = index.get(plain)
        if base is not None and len(tones) <= 1:
            found.setdefault((base, *(tones or {0})), icon)
    return found


def _without_tones(points: list[str]) -> tuple[str, set[int]]:
    """A character's code points less skin tones and the sign for a coloured look; the numbers of its tones."""
    plain = "-".join(p for p in points if p not in TONE_POINTS and p != "fe0f")
    return plain, {TONE_POINTS.index(p) + 1 for p in points if p in TONE_POINTS}


def _by_slug(style: Style, names: set[str], concepts: list[Concept]) -> dict[tuple[int, int], str]:
    squeezed = {name.replace("-", ""): name for name in names}
    found = {}
    for i, concept in enumerate(concepts):
        base = slug(concept.en)
        for tone, word in enumerate(TONES):
            icon = base if not tone else f"{base}-{word}{style.tone_suffix}"
            if icon.replace("-", "") in squeezed:
                found[i, tone] = squeezed[icon.replace("-", "")]
    return found
