"""CLIP (Radford et al. 2021): two towers bring a picture and the captions that are true of it to one place on a sphere.

    loss = ½ CE(s z_i z_tᵀ) + ½ CE(s z_t z_iᵀ),    s = exp(logit_scale) in [1, 100]

A row's target is shared evenly among all that is true of it: the same caption in several styles is no negative. SigLIP
(Zhai et al. 2023) asks yes or no of every pair instead. A noised CLIP (GLIDE, Nichol et al. 2022, §2.4) sees x_t and t.
The names of the weights are open_clip's. Left out: negatives gathered from other processes.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.layers import conv_encoder, total
from models.pretrained import Pretrained
from models.process import Process
from models.tokenizer import Tokenizer, TokenizerMixin
from models.transformer import Transformer
from models.unet import timestep_embedding, zero

OBJECTIVES = ("softmax", "sigmoid")
STEMS = ("conv", "patch")
LARGEST = math.log(100)  # of logit_scale
TAUGHT = "taught.txt"  # in a checkpoint


@dataclass(frozen=True)
class CLIPConfig:
    image_size: int = 64  # pixels a side
    patch: int = 16  # pixels a side of an image token
    stem: str = "conv"  # "conv" (a small residual network) or "patch" (one convolution for a whole patch, open_clip's)
    width: int = 256  # of an image token
    layers: int = 3  # of the image tower
    heads: int = 4  # of the image tower
    vocab: int = 3072  # ids of the tokenizer
    context: int = 32  # tokens of a caption
    text_width: int = 192  # of a text token
    text_layers: int = 3  # of the text tower
    text_heads: int = 3  # of the text tower
    embedding: int = 256  # numbers that a picture and a caption share
    quick_gelu: bool = False  # x·σ(1.702x) as OpenAI's, instead of GELU
    labels: tuple[int, ...] = ()  # classes per label that the image tower also learns to tell, beside the captions
    objective: str = "softmax"  # "softmax" (InfoNCE) or "sigmoid" (SigLIP)
    steps: int = 0  # T of the noise that the image tower sees; 0: none
    schedule: str = "cosine"  # of that noise
    noise_size: int = 32  # side of the noisy pictures, each pixel of which the tower sees enlarged


class ImageTower(nn.Module):
    """(B, 3, S, S) → (B, E): a vision transformer read at its class token, which knows the time where there is
    noise."""

    def __init__(self, config: CLIPConfig):
        super().__init__()
        width, tokens = config.width, (config.image_size // config.patch) ** 2 + 1
        self.conv1 = (
            conv_stem(width, config.patch)
            if config.stem == "conv"
            else nn.Conv2d(3, width, config.patch, config.patch, bias=False)
        )
        self.class_embedding = nn.Parameter(torch.randn(width) * width**-0.5)
        self.positional_embedding = nn.Parameter(torch.randn(tokens, width) * width**-0.5)
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.transformer = Transformer(width, config.layers, config.heads, config.quick_gelu)
        self.proj = nn.Parameter(torch.randn(width, config.embedding) * width**-0.5)
        self.time = (
            nn.Sequential(nn.Linear(width, width), nn.SiLU(), zero(nn.Linear(width, width))) if config.steps else None
        )

    def forward(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        h = self.conv1(x).flatten(2).mT  # B T D
        first = self.class_embedding.to(h.dtype).expand(len(h), 1, -1)
        if self.time is not None:
            assert t is not None, "This CLIP sees noise: give the step t of each picture."
            first = first + self.time(timestep_embedding(t, h.shape[2]))[:, None]
        h = torch.cat([first, h], 1) + self.positional_embedding
        return self.ln_post(self.transformer(self.ln_pre(h))[:, 0]) @ self.proj


def conv_stem(width: int, patch: int) -> nn.Sequential:
    """(B, 3, S, S) → (B, width, S/patch, S/patch): patches of 4, then residual blocks and a convolution per halving."""
    count = patch.bit_length() - 3
    if patch != 4 * 2**count or width % 2**count:
        raise ValueError(
            f"A convolutional stem halves patches of 4: patch = {patch} must be 4, 8, 16 … "
            f"and a power of 2 divide the width {width}."
        )
    return conv_encoder(tuple(width // 2 ** (count - i) for i in range(count + 1)), (1,) * (count + 1), patch=4)


class TextTower(nn.Module):
    """(B, T) → (B, E): a causal transformer read at the end token, the highest id."""

    def __init__(self, config: CLIPConfig):
        super().__init__()
        width = config.text_width
        self.token_embedding = nn.Embedding(config.vocab, width)
        self.positional_embedding = nn.Parameter(torch.randn(config.context, width) * 0.01)
        self.transformer = Transformer(width, config.text_layers, config.text_heads, config.quick_gelu)
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(torch.randn(width, config.embedding) * width**-0.5)
        nn.init.normal_(self.token_embedding.weight, std=0.02)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.vector(*self.read(tokens))

    def read(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T) → (B, up to the longest's end, W), a vector for each token, and the places of the ends (B,)."""
        end = tokens.argmax(1)
        tokens = tokens[:, : int(end.max()) + 1]  # what follows the longest caption changes nothing
        h = self.token_embedding(tokens) + self.positional_embedding[: tokens.shape[1]]
        return self.ln_final(self.transformer(h, causal=True)), end

    def vector(self, read: Tensor, end: Tensor) -> Tensor:
        """Tokens and ends, as `read` gives them → (B, E)."""
        return read[torch.arange(len(read), device=read.device), end] @ self.text_projection


class CLIP(TokenizerMixin, Pretrained):
    """Pictures (B, 3, S, S) in [-1, 1] and captions (B, T) → unit vectors (B, E). It carries its tokenizer, if it has
    one, and the texts that a teacher taught it beside the captions."""

    boundary = (
        "visual.conv1.1",
        "visual.conv1.weight",
        "visual.positional_embedding",
        "visual.time",
        "text.token_embedding",
        "text.positional_embedding",
        "labels",
    )
    taught: frozenset[str] = frozenset()

    def __init__(self, config: CLIPConfig, tokenizer: Tokenizer | None = None):
        super().__init__(config)
        for name, allowed in (("objective", OBJECTIVES), ("stem", STEMS)):
            if getattr(config, name) not in allowed:
                raise ValueError(f"{name} = {getattr(config, name)!r}: choose one of {', '.join(allowed)}.")
        self.visual, self.text, self.tokenizer = ImageTower(config), TextTower(config), tokenizer
        self.labels = nn.Linear(config.embedding, sum(config.labels)) if config.labels else None
        sigmoid = config.objective == "sigmoid"
        self.logit_scale = nn.Parameter(torch.tensor(math.log(10 if sigmoid else 1 / 0.07)))
        self.logit_bias = nn.Parameter(torch.tensor(-10.0)) if sigmoid else None
        self.process = Process.named(config.schedule, config.steps) if config.steps else None
        self.register_load_state_dict_pre_hook(_gather_text_tower)

    def encode_image(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        """(B, 3, S, S) of any size → (B, E); t (B,) is the original step of a noised picture, by default 0."""
        return F.normalize(self._seen(x, t), dim=1)

    def _seen(self, x: Tensor, t: Tensor | None) -> Tensor:
        if x.shape[-1] != self.config.image_size:
            x = F.interpolate(x, self.config.image_size, mode="area")  # a smaller one's pixels are repeated
        t = torch.zeros(len(x), dtype=torch.int64, device=x.device) if t is None else t
        return self.visual(x, t).float()

    def encode_text(self, tokens: Tensor) -> Tensor:
        """(B, T) → (B, E)."""
        return F.normalize(self.text(tokens).float(), dim=1)

    @property
    def scale(self) -> Tensor:
        """s, the factor of the cosines."""
        return self.logit_scale.exp()

    def loss(self, x: Tensor, tokens: Tensor, concept: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        """Contrastive loss of pictures (B, 3, S, S), or what the image tower made of them (B, E), and their captions
        (B, T).

        `concept`: (B,) numbers, equal where one pair's caption is also true of the other's picture; or a table (M, B)
        that tells which pictures (rows, the captions' own first) each caption (column) is true of. `labels` (M, L): the
        pictures' classes, if the config has any.
        """
        with torch.no_grad():
            self.logit_scale.clamp_(0, LARGEST)
        true = concept if concept.ndim == 2 else concept[:, None] == concept
        seen = x if x.ndim == 2 else self._seen(*self._noised(x))
        text = self.encode_text(tokens)
        with torch.autocast(x.device.type, enabled=False):
            logits = self.scale * F.normalize(seen, dim=1) @ text.T  # M B
            loss = info_nce(logits, true) if self.logit_bias is None else siglip(logits + self.logit_bias, true)
            told = {} if self.labels is None or labels is None else {"labels": self._label_loss(seen, labels)}
        right = true.gather(1, logits.argmax(1, keepdim=True))[: len(text)].float().mean()
        return {"loss": loss + sum(told.values()), "right": right, "scale": self.scale.detach()} | {
            k: v.detach() for k, v in told.items()
        }

    def _label_loss(self, seen: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy of every label's classes, summed over the labels."""
        parts = self.labels(seen).split(self.config.labels, dim=1)
        return total(
            F.cross_entropy(logits, right, label_smoothing=0.1) for logits, right in zip(parts, labels.T, strict=True)
        )

    def _noised(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        if self.process is None:
            return x, None
        t = torch.randint(len(self.process), (len(x),))
        return self.noised(x, t, torch.randn(len(x), 3, self.config.noise_size, self.config.noise_size)), t.to(x.device)

    def noised(self, x0: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """A draw of q(x_t | x_0) at the noise's own size; the pictures are brought to that size first."""
        return self.process.noised(F.interpolate(x0, noise.shape[-1], mode="area"), t, noise.to(x0.device))

    def start_from(self, other: "CLIP") -> None:
        """Takes a model's weights of the same sizes; one that sees noise may start from one that does not."""
        own = {name: value for name, value in self.state_dict().items() if name.startswith("visual.time.")}
        self.load_state_dict(own | other.state_dict())
        self.taught |= other.taught

    @classmethod
    def _from_pretrained(cls, *, model_id, **options):
        model = super()._from_pretrained(model_id=model_id, **options)
        if (file := Path(model_id) / TAUGHT).is_file():
            model.taught = frozenset(file.read_text(encoding="utf-8").splitlines())
        return model

    def _save_pretrained(self, save_directory: Path) -> None:
        super()._save_pretrained(save_directory)
        if self.taught:
            (save_directory / TAUGHT).write_text("".join(f"{text}\n" for text in sorted(self.taught)), encoding="utf-8")

    def sample(self, *_: object) -> Tensor:
        raise NotImplementedError("CLIP draws nothing: ask it how well a caption fits a picture.")


def _gather_text_tower(model: CLIP, weights: dict[str, Tensor], prefix: str, *_: object) -> None:
    """In open_clip's own CLIP the text tower's weights lie at the top: takes them to `text.`."""
    for name in model.text.state_dict():
        if prefix + name in weights:
            weights[f"{prefix}text.{name}"] = weights.pop(prefix + name)


def info_nce(logits: Tensor, true: Tensor) -> Tensor:
    """Cross-entropy both ways of logits (M, B), the captions' own pictures first. A row shares its target evenly among
    all that is true of it. Further pictures have no caption of their own: each caption counts the same, however many
    pictures it is true of."""
    own = true.shape[1]
    images, texts = (table / table.sum(1, keepdim=True) for table in (true[:own].float(), true.T.float()))
    return (F.cross_entropy(logits[:own], images) + F.cross_entropy(logits.T, texts)) / 2


def siglip(logits: Tensor, true: Tensor) -> Tensor:
    """−Σ log σ(±logit) of all pairs, + where true, over the captions."""
    return -F.logsigmoid(torch.where(true, logits, -logits)).sum() / logits.shape[1]
