"""Text as numbers: byte-pair encoding (Sennrich et al. 2016) of bytes, as CLIP has it.

A word starts as the bytes of its letters, and the pair that was most frequent in the captions is merged first: a
frequent word becomes one token, a word that nobody wrote becomes several, and no text is unknown. The file format is
that of the `tokenizers` library.
"""

import json
from collections import Counter, defaultdict
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import tokenizers
import torch
from tokenizers import Regex, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.processors import TemplateProcessing
from torch import Tensor

from models.pretrained import CheckpointError, Pretrained

START = "<start_of_text>"
END = "<end_of_text>"
WORD_END = "</w>"  # closes the last piece of a word
WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
FIRST_IDEOGRAPH, CUT = "\u2e80", "\ufffd"  # from where on no spaces stand between words; part of a letter
PRINTED = [*range(33, 127), *range(161, 173), *range(174, 256)]  # bytes that stand for themselves
LETTERS = [chr(byte) for byte in PRINTED] + [chr(256 + i) for i in range(256 - len(PRINTED))]  # one for each byte
LETTERS_TO_BYTES = dict(zip(LETTERS, [*PRINTED, *(byte for byte in range(256) if byte not in PRINTED)], strict=True))


class Tokenizer:
    """Byte-level BPE: texts → (B, T) int64, each its start, pieces, end, then zeros.

    Ids: 256 bytes, the same at a word's end, the merges, the start, and, highest of all, the end. Texts are compared in
    lower case and one Unicode form (NFKC); no text can spell the start or the end.
    """

    def __init__(self, bpe: tokenizers.Tokenizer):
        self.bpe = bpe

    @classmethod
    def from_merges(cls, merges: list[tuple[str, str]], context: int = 32) -> "Tokenizer":
        """A tokenizer with the given merges in their order, for texts of up to `context` tokens."""
        words = [*LETTERS, *(letter + WORD_END for letter in LETTERS), *map("".join, merges), START, END]
        vocabulary = {word: i for i, word in enumerate(dict.fromkeys(words))}  # two merges may give the same
        bpe = tokenizers.Tokenizer(BPE(vocabulary, [(a, b) for a, b in merges], end_of_word_suffix=WORD_END))
        bpe.normalizer = normalizers.Sequence(
            [normalizers.NFKC(), normalizers.Replace(Regex(r"\p{Cc}"), " "), normalizers.Lowercase()]
        )
        bpe.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(WORDS), "removed", invert=True),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        bpe.decoder = decoders.Sequence([decoders.BPEDecoder(WORD_END), decoders.ByteLevel()])
        ends = [(word, vocabulary[word]) for word in (START, END)]
        bpe.post_processor = TemplateProcessing(single=f"{START} $A {END}", special_tokens=ends)
        bpe.enable_truncation(context)
        bpe.enable_padding(length=context, pad_id=0)
        return cls(bpe)

    @classmethod
    def train(cls, texts: list[str], size: int, context: int = 32) -> "Tokenizer":
        """A tokenizer with merges learned on texts, for a vocabulary of at most `size`."""
        if size < 514:
            raise ValueError(f"A vocabulary of {size} cannot hold all bytes: give 514 or more.")
        plain, words = cls.from_merges([], context).bpe, Counter()
        for text in texts:
            text = plain.normalizer.normalize_str(whole(text))
            words.update(word for word, _ in plain.pre_tokenizer.pre_tokenize_str(text))
        return cls.from_merges(learn_merges(words, size - 514), context)

    @classmethod
    def from_pretrained(cls, name: str | Path) -> "Tokenizer":
        """The tokenizer in a checkpoint's folder.

        Raises:
            CheckpointError: its tokenizer.json is missing or damaged.
        """
        path = Path(name) / "tokenizer.json"
        if not path.is_file():
            raise CheckpointError(f"The checkpoint {path.parent.name} has no tokenizer.json: fetch it again.")
        try:
            return cls(tokenizers.Tokenizer.from_file(str(path)))
        except Exception as error:  # the library raises nothing narrower
            raise CheckpointError(f"The tokenizer of {path.parent.name} is damaged: fetch it again.") from error

    def save_pretrained(self, folder: str | Path) -> None:
        (Path(folder) / "tokenizer.json").write_text(self.bpe.to_str(), encoding="utf-8")

    @property
    def size(self) -> int:
        return self.bpe.get_vocab_size()

    @property
    def context(self) -> int:
        return self.bpe.truncation["max_length"]

    def __call__(self, texts: list[str]) -> Tensor:
        """(B, T); too long a text keeps its first pieces and its end."""
        rows = [self.bpe.encode(whole(text)).ids for text in texts]
        return torch.tensor(rows, dtype=torch.int64).view(len(texts), self.context)

    def pieces(self, text: str) -> list[str]:
        """The pieces that a text is cut into, in readable form; part of a letter becomes "�"."""
        row = self([text])[0].tolist()
        return [self.bpe.decode([i]).strip() for i in row[1 : row.index(self.size - 1)]]

    def words(self, text: str) -> list[tuple[str, int]]:
        """The words of a text, each with how many pieces it is cut into, as far as they are read: as many as `pieces`.
        Chinese marks no words, so there a word is a piece, or the pieces that make up one character."""
        row = self([text])[0].tolist()
        found, open_word, letters = [], 0, ""
        for i in row[1 : row.index(self.size - 1)]:
            symbol = self.bpe.id_to_token(i)
            open_word, letters = open_word + 1, letters + symbol.removesuffix(WORD_END)
            if symbol.endswith(WORD_END) or FIRST_IDEOGRAPH <= spelt(letters)[-1] != CUT:
                found.append((spelt(letters), open_word))
                open_word, letters = 0, ""
        return [*found, (spelt(letters), open_word)] if open_word else found

    def merging(self, text: str) -> list[list[str]]:
        """How a text becomes tokens: its pieces after each merge, in readable form, from single letters to `pieces`."""
        pre, symbols = self.bpe.pre_tokenizer, []
        for word, _ in pre.pre_tokenize_str(self.bpe.normalizer.normalize_str(whole(text))):
            symbols += [*word[:-1], word[-1] + WORD_END]
        states = [symbols]
        while near := [pair for pair in pairwise(states[-1]) if pair in self.ranks]:
            states.append(merged(states[-1], min(near, key=lambda pair: self.ranks[pair])))
        return [[spelt(symbol) for symbol in state] for state in states]

    @cached_property
    def ranks(self) -> dict[tuple[str, str], int]:
        """Every pair that is merged, and its place in the order."""
        merges = json.loads(self.bpe.to_str())["model"]["merges"]
        pairs = (pair.split(" ") if isinstance(pair, str) else pair for pair in merges)
        return {(a, b): rank for rank, (a, b) in enumerate(pairs)}


class TokenizerMixin(Pretrained if TYPE_CHECKING else object):
    """A network that reads captions: it writes its tokenizer, if it has one, into its checkpoint and reads it from
    there."""

    tokenizer: Tokenizer | None = None

    @classmethod
    def _from_pretrained(cls, *, model_id, **options):
        model = super()._from_pretrained(model_id=model_id, **options)
        if (Path(model_id) / "tokenizer.json").is_file():
            model.tokenizer = Tokenizer.from_pretrained(model_id)
        return model

    def _save_pretrained(self, save_directory: Path) -> None:
        super()._save_pretrained(save_directory)
        if self.tokenizer is not None:
            self.tokenizer.save_pretrained(save_directory)


def spelt(symbol: str) -> str:
    """A symbol of the vocabulary in readable form; part of a letter becomes "�"."""
    return bytes(LETTERS_TO_BYTES[letter] for letter in symbol.removesuffix(WORD_END)).decode("utf-8", "replace")


def whole(text: str) -> str:
    """The text without halves of characters, which no file can hold."""
    return text.encode("utf-8", "ignore").decode()


def learn_merges(words: Counter[str], count: int) -> list[tuple[str, str]]:
    """Merges the most frequent neighbours in all words, at most `count` times; a pair that occurs only once is never
    merged.

    Of equally frequent pairs the first in the alphabet is merged, so that the same words always give the same merges
    (the library's own trainer does not promise that).
    """
    spelt = {word: [*word[:-1], word[-1] + WORD_END] for word in words}
    counts, where, merges = Counter(), defaultdict(set), []

    def add(word: str, times: int) -> None:
        for pair in pairwise(spelt[word]):
            counts[pair] += times
            where[pair].add(word)
            if not counts[pair]:
                del counts[pair], where[pair]

    for word, times in words.items():
        add(word, times)
    while len(merges) < count and (most := max(counts.values(), default=0)) > 1:
        merges.append(min(pair for pair, times in counts.items() if times == most))
        for word in list(where[merges[-1]]):
            add(word, -words[word])
            spelt[word] = merged(spelt[word], merges[-1])
            add(word, words[word])
    return merges


def merged(symbols: list[str], pair: tuple[str, str]) -> list[str]:
    """The symbols with every occurrence of the pair merged, from the left."""
    found: list[str] = []
    for symbol in symbols:
        if found and (found[-1], symbol) == pair:
            found[-1] += symbol
        else:
            found.append(symbol)
    return found
