"""The CLIP behind this room: pictures and texts in, unit vectors out. Another one needs what `Backend` names and
nothing more."""

from typing import Protocol

from torch import Tensor

from models.clip import CLIP
from models.pretrained import CheckpointError
from models.tokenizer import whole
from playground.serving import checkpoints, device, pretrained_clip, validation

NAME = "clip"


class Backend(Protocol):
    """Two towers that meet on a sphere."""

    most: int  # pictures that are encoded at once
    stamp: object  # changes with the weights
    foreign: str  # what others' model this is; empty for the checkpoint of this repository
    taught: frozenset[str]  # texts that it was taught beside its captions

    @property
    def scale(self) -> float:
        """What cosines are multiplied by before a softmax: one over the temperature."""

    @property
    def context(self) -> int:
        """Tokens that are read of a text."""

    def pictures(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) in [-1, 1] → (B, E) unit vectors."""

    def texts(self, texts: list[str]) -> Tensor:
        """N texts → (N, E) unit vectors."""

    def too_long(self, text: str) -> bool:
        """Whether some of a text is not read."""


class Ours:
    """The checkpoint assets/clip as a backend."""

    most, foreign = 128, ""

    def __init__(self, clip: CLIP):
        if clip.tokenizer is None:
            raise CheckpointError(f"The checkpoint {NAME} has no tokenizer.json: fetch it again.")
        self.clip, self.taught = clip, clip.taught

    @property
    def stamp(self) -> tuple:
        """The folder of the checkpoints and the hash of the weights."""
        return checkpoints.assets(), checkpoints.stamp(NAME)

    @property
    def scale(self) -> float:
        """What cosines are multiplied by before a softmax."""
        return self.clip.scale.item()

    @property
    def context(self) -> int:
        """Tokens that are read of a text."""
        return self.clip.tokenizer.context

    def pictures(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) in [-1, 1] → (B, E) unit vectors, in float32."""
        return device.run(self.clip.encode_image, x, exact=True)

    def texts(self, texts: list[str]) -> Tensor:
        """N texts → (N, E) unit vectors, in float32."""
        return device.run(self.clip.encode_text, self.clip.tokenizer(texts), exact=True)

    def too_long(self, text: str) -> bool:
        """Whether the text has more tokens than are read."""
        return bool(self.clip.tokenizer.bpe.encode(whole(text)).overflowing)


def backend(model: str = NAME) -> Backend:
    """The loaded CLIP of this repository ("clip"), or the one of open_clip ("open_clip").

    Raises:
        CheckpointError: ours is not there.
        Refused: the other one is not offered, not there yet, or cannot be loaded.
    """
    offered = (NAME, pretrained_clip.NAME) if pretrained_clip.asked() else (NAME,)
    return (
        pretrained_clip.ready()
        if validation.choice(model, offered, "model") == pretrained_clip.NAME
        else Ours(checkpoints.load(NAME))
    )


def picture_embeddings(x: Tensor) -> Tensor:
    """(B, 3, S, S) → (B, E): CLIP's embeddings.

    Raises:
        CheckpointError: CLIP is not there.
    """
    return device.run(checkpoints.load("clip").encode_image, x, exact=True)


def cosine(a: Tensor, b: Tensor) -> float | None:
    """Of two unit vectors (1, E); None where one is not there."""
    found = float((a.float().cpu() * b.float().cpu()).sum())
    return None if found != found else found
