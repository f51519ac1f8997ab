"""A CLIP of open_clip as a backend, where PLAYGROUND_OPEN_CLIP names one.

It is written MODEL/TAG, MODEL/FILE, local-dir:FOLDER or hf-hub:REPOSITORY. It is loaded behind the visitors' backs.
Before that, and where it cannot be loaded, whoever asks is told so in one sentence. Without the variable nothing is
imported, read or fetched.
"""

import os
import threading
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from playground.serving import checkpoints, device
from playground.serving.validation import Refused
from playground.shell.languages import sentence

NAME = "open_clip"  # in the API and in recipes
VARIABLE = "PLAYGROUND_OPEN_CLIP"  # of the environment
SCHEMES = ("local-dir:", "hf-hub:")  # open_clip's own, of a folder or a repository that holds everything
LONGEST = 15  # minutes that loading may take
_loading: dict[str, "Loading"] = {}
_lock = threading.Lock()
_operators: list = []  # declared for as long as the process lives


class OpenClip:
    """An open_clip model and its tokenizer; raises whatever open_clip raises where there is none."""

    most, taught = 16, frozenset()  # pictures that are encoded at once

    def __init__(self, asked: str):
        open_clip, (name, weights) = imported(), split(asked)
        quick = (open_clip.get_pretrained_cfg(name, weights) if weights else {}).get("quick_gelu", False)
        clip = open_clip.create_model(name, weights, require_pretrained=True, force_quick_gelu=quick)
        self.clip, self.read = clip.eval().requires_grad_(False).to(device.device()), open_clip.get_tokenizer(name)
        self.asked, self.foreign = asked, called(asked)

    @property
    def stamp(self) -> tuple:
        """The folder of the checkpoints and the model that the server names."""
        return checkpoints.assets(), self.asked

    @property
    def scale(self) -> float:
        """What cosines are multiplied by before a softmax."""
        return self.clip.logit_scale.exp().item()

    @property
    def context(self) -> int:
        """Tokens that are read of a text."""
        return self.read.context_length

    def pictures(self, x: Tensor) -> Tensor:
        """(B, 3, S, S) in [-1, 1] → (B, E) unit vectors, in float32."""
        return torch.cat([device.run(self._seen, part, exact=True) for part in x.split(self.most)])

    def _seen(self, x: Tensor) -> Tensor:
        facts = self.clip.visual.preprocess_cfg
        x = F.interpolate((x + 1) / 2, facts["size"], mode="bicubic", antialias=True).clamp(0, 1)
        mean, std = (torch.tensor(facts[name], device=x.device).view(3, 1, 1) for name in ("mean", "std"))
        return self.clip.encode_image((x - mean) / std, normalize=True)

    def texts(self, texts: list[str]) -> Tensor:
        """N texts → (N, E) unit vectors, in float32."""
        return device.run(lambda tokens: self.clip.encode_text(tokens, normalize=True), self.read(texts), exact=True)

    def too_long(self, text: str) -> bool:
        """Whether the text has more tokens than are read."""
        text, nothing = self.read([text, ""], context_length=self.context + 1)
        return bool(text[-1] != nothing[-1])


class Loading:
    """A model on its way, in a thread of its own: `model` once it is there, `key` of a sentence where it will never
    be."""

    def __init__(self, asked: str):
        self.asked, self.began, self.model, self.key = asked, time.monotonic(), None, ""
        threading.Thread(target=self._load, daemon=True, name=NAME).start()

    def _load(self):
        try:
            self.model = OpenClip(self.asked)
        except Exception as error:  # whatever a foreign package raises
            self.key = "open_clip.no_package" if isinstance(error, ImportError) else "open_clip.no_weights"
            reason = " ".join(str(error).split())[:300]
            print(f"{sentence(self.key, 'en', name=called(self.asked))} {type(error).__name__}: {reason}")

    def note(self) -> list | None:
        """Why the model cannot be asked now, as a text of the catalogue; None where it can."""
        if self.model is not None:
            return None
        late = time.monotonic() - self.began > 60 * LONGEST
        key = self.key or ("open_clip.slow" if late else "open_clip.loading")
        return [key, {"name": called(self.asked)} | ({"minutes": LONGEST} if late and not self.key else {})]


def imported():
    """The package open_clip; beside a torch that torchvision was not built for, after declaring the operators it
    misses."""
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        _operators.append(torch.library.Library("torchvision", "DEF"))
        for name in ("nms", "qnms"):
            _operators[0].define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import open_clip

    return open_clip


def asked() -> str:
    """What PLAYGROUND_OPEN_CLIP says; empty where nobody wants such a model."""
    return os.environ.get(VARIABLE, "").strip()


def split(asked: str) -> tuple[str, str | None]:
    """ "ViT-B-32/laion2b_s34b_b79k" → (model, tag or file); a scheme names both at once."""
    name, _, weights = asked.partition("/")
    return (asked, None) if asked.startswith(SCHEMES) else (name, weights or None)


def called(asked: str) -> str:
    """The model's name for visitors, without the folders of the server."""
    name, weights = split(asked)
    return f"{name}/{Path(weights).name}" if weights else Path(name.partition(":")[2] or name).name


def loading() -> Loading | None:
    """The model that is asked for, begun at the first call; None where none is."""
    with _lock:
        if asked() and asked() not in _loading:
            _loading[asked()] = Loading(asked())
        return _loading.get(asked())


def ready() -> OpenClip:
    """The loaded model.

    Raises:
        Refused: it is not there yet, or cannot be loaded.
    """
    now = loading()
    if (note := now.note()) is not None:
        raise Refused(note[0], **note[1])
    return now.model
