"""A GLIDE's captions learn to imagine pictures' embeddings while its U-Net is held still: six to twelve times as many
pictures a second."""

from torch import Tensor

from models.glide import GLIDE
from training.data.captioned import Views
from training.families.glide import CaptionedPictures
from training.loop import Descent


class Captions(CaptionedPictures):
    """Captions as tokens (B, T) and the embeddings (B, E) that a CLIP has of their pictures at its own size."""

    def __init__(self, views: Views, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.views = views

    def plan(self, step: int) -> tuple[Tensor, Tensor]:
        rows, texts, _ = self.views.captioned(step)
        return rows, self.tokenizer(texts)

    def make(self, plan: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        rows, tokens = plan
        z = self.views.seen(rows)
        return tokens.to(z.device), z


class TextUpdate(Descent):
    """One AdamW on the loss of the text transformer."""

    def __init__(self, before: GLIDE, model: GLIDE, *args, **kwargs):
        super().__init__(model.requires_grad_(False), *args, **kwargs)
        self.before = before.requires_grad_(False)
        for part in (model.text, model.imagined):
            part.requires_grad_(True)

    def losses(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        return self.model.imagining_loss(*batch, self.before)
