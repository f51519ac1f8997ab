"""What a visitor writes: cleaned, split into lines, and told apart into words that training captions held, words that a
language model taught, and words that were never read.

A Chinese character counts as read where it stands beside a neighbour as in some caption, or is a whole phrase by
itself.
"""

import random
import unicodedata
from functools import lru_cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

from playground.images import atlas
from playground.serving.checkpoints import assets
from playground.serving.clip import Backend
from playground.serving.validation import Refused
from training.data.captions import BACKGROUNDS, caption
from training.data.emoji import TONES

LONGEST = 300  # characters of a line
MOST = 20_000  # characters of a whole field
TURNS = {
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2066, 0x206A)),
}  # characters that turn the direction of what follows
JOINS = "\u200d\ufe0e\ufe0f"  # inside emoji
SHOWN = 8  # words that a remark names


class Lines(NamedTuple):
    """Lines that can be read, and remarks on them: [catalogue key, values] each."""

    lines: list[str]
    remarks: list[list]


class Vocabulary(NamedTuple):
    """All that training captions say."""

    words: frozenset[str]
    pairs: frozenset[str]  # neighbouring Chinese characters, and single ones that are phrases


def line(value) -> str:
    """One clean line of any text; what is beyond LONGEST characters is cut.

    Raises:
        Refused: it is no text, or longer than MOST.
    """
    if not isinstance(value, str):
        raise Refused("check.text")
    if len(value) > MOST:
        raise Refused("check.long", most=MOST)
    kept = (
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c
        for c in value.encode("utf-8", "ignore").decode()
        if c not in TURNS
    )
    return " ".join("".join(kept).split())[:LONGEST]


def lines(value, most: int) -> Lines:
    """The lines of a field, without empty ones, each once, at most `most`.

    Raises:
        Refused: it is no text, or longer than MOST.
    """
    if not isinstance(value, str):
        raise Refused("check.text")
    if len(value) > MOST:
        raise Refused("check.long", most=MOST)
    found, again, remarks = {}, {}, []
    for each in filter(None, map(line, value.splitlines())):
        (again if read_as(each) in found else found).setdefault(read_as(each), each)
    if again:
        remarks.append(["clip.once", {"words": quoted(again.values())}])
    if len(found) > most:
        remarks.append(["clip.first", {"n": most}])
    return Lines(list(found.values())[:most], remarks)


def read_as(text: str) -> str:
    """As the tokenizer compares texts: one Unicode form, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def remarks(model: Backend, texts: list[str]) -> list[list]:
    """What the reader should know of texts: words that were never read, as far as that is known, and texts that are
    cut."""
    told = [["open_clip.by", {"name": model.foreign}]] if model.foreign else never_read(texts, model.taught)
    long = [text for text in texts if len(text) == LONGEST or model.too_long(text)]
    return told + ([["clip.cut", {"words": quoted(long), "n": model.context}]] if long else [])


def never_read(texts: list[str], taught: frozenset[str] = frozenset(), chance: str = "clip.foreign") -> list[list]:
    """Remarks on what no training caption held: [catalogue key, values] each.

    texts: clean lines, as of `line`.
    taught: words that were learned in another way; they get a remark of their own.
    chance: the catalogue key for whole texts of which nothing was read: what comes of them is chance.
    """
    foreign = [text for text in texts if _is_foreign(text, taught)]
    partly = [text for text in texts if text not in foreign]
    new = list(dict.fromkeys(word for text in partly for word in unread(text)))
    found = {
        "clip.taught": [word for word in new if word in taught],
        "clip.unread": [word for word in new if word not in taught],
        chance: foreign,
    }
    return [[key, {"words": quoted(named)}] for key, named in found.items() if named]


def _is_foreign(text: str, taught: frozenset[str]) -> bool:
    """Whether none of its words was read, and none taught."""
    strange = set(unread(text))
    return set(words(text)) <= strange and not strange & taught


def quoted(texts) -> str:
    """“a”, “b” …; quotes also keep a visitor's word from being taken for a key of the catalogue."""
    texts = list(texts)
    short = [text if len(text) <= 40 else text[:39] + "…" for text in texts[:SHOWN]]
    return ", ".join(f"“\u2068{text}\u2069”" for text in short) + (" …" if len(texts) > SHOWN else "")


def unread(text: str) -> list[str]:
    """The words of a text that no training caption held, in their order."""
    known, found = vocabulary(), []
    for kind, word in _runs(text):
        if kind == "han":
            found += _unread_characters(word, known.pairs)
        elif word not in known.words:
            found.append(word)
    return list(dict.fromkeys(found))


def words(text: str) -> list[str]:
    """The words of a text; of Chinese what `unread` would name, and the rest of the run."""
    found, known = [], vocabulary()
    for kind, word in _runs(text):
        missing = _unread_characters(word, known.pairs) if kind == "han" else []
        found += [*missing, *([word] if "".join(missing) != word else [])]
    return found


def known(text: str, taught: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """The words of a text, each once and in their order: those that training captions held ("read"), those that were
    learned in another way ("taught"), and the rest ("unread")."""
    strange = set(unread(text))
    found: dict[str, list[str]] = {"read": [], "taught": [], "unread": []}
    for word in dict.fromkeys(words(text)):
        found["read" if word not in strange else "taught" if word in taught else "unread"].append(word)
    return found


def _unread_characters(run: str, pairs: frozenset[str]) -> list[str]:
    read = [character in pairs for character in run]
    for i, (a, b) in enumerate(pairwise(run)):
        if a + b in pairs:
            read[i] = read[i + 1] = True
    return [
        "".join(c for c, _ in part)
        for known, part in groupby(zip(run, read, strict=True), lambda one: one[1])
        if not known
    ]


def _runs(text: str) -> list[tuple[str, str]]:
    """("word" | "number" | "han" | "sign", characters that stand together)."""
    plain = "".join(c for c in read_as(text) if c not in JOINS)
    return [(kind, "".join(part)) for kind, part in groupby(plain, _kind) if kind]


def _kind(character: str) -> str:
    if (
        "\u3400" <= character <= "\u9fff"
        or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U00033fff"
    ):
        return "han"
    category = unicodedata.category(character)
    return "sign" if category == "So" else {"L": "word", "M": "word", "N": "number"}.get(category[0], "")


def vocabulary() -> Vocabulary:
    """The vocabulary of the emoji set that ships."""
    return _vocabulary(assets())


@lru_cache(maxsize=2)
def _vocabulary(_folder: Path) -> Vocabulary:
    found = [run for text in (*_phrases(), *_frames()) for run in _runs(text)]
    chinese = [run for kind, run in found if kind == "han"]
    neighbours = {a + b for run in chinese for a, b in pairwise(run)}
    alone = {run for run in chinese if len(run) == 1}
    return Vocabulary(frozenset(run for kind, run in found if kind != "han"), frozenset(neighbours | alone))


def _phrases() -> list[str]:
    """Names and keywords of every concept, in both languages."""
    found = []
    for _, en, zh, _, *more in atlas.table()["concepts"]:
        found += [en, zh, *more[0], *more[1]]
    return found


def _frames() -> list[str]:
    """Captions around a name in all the ways of training: openings, styles, backgrounds, skin tones."""
    styles = atlas.table()["styles"]
    told = [
        caption([subject], random.Random(seed), background="white")
        for seed in range(40)
        for subject in ("emoji", "drawing")
    ]
    for language, names in (("en", list(styles)), ("zh", [style.get("zh") or name for name, style in styles.items()])):
        name = "drawing" if language == "en" else "，"
        told += [caption([name], random.Random(0), language, style) for style in names]
        told += [caption([name], random.Random(0), language, "", background) for background in BACKGROUNDS]
        told += [caption([name], random.Random(0), language, "", "", tone) for tone in range(len(TONES))]
    return told
