"""Pictures on their way: PIL's and a network's tensors, into each other and into data URLs."""

import base64
import io

import numpy as np
import torch
from PIL import Image

from training.data.decode import to_rgba
from training.evaluation import metrics

SIDE = 64  # pixels, what every network of the project sees


def on_white(picture: Image.Image) -> Image.Image:
    """RGB of any mode, read as training reads it, transparency laid on white."""
    rgba = to_rgba(picture)
    return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")


def fit(picture: Image.Image, side: int = SIDE) -> Image.Image:
    """The whole picture inside a white square, shrunk by area or enlarged without blur."""
    scale = side / max(picture.size)
    size = tuple(max(1, round(length * scale)) for length in picture.size)
    small = picture.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.NEAREST)
    square = Image.new("RGB", (side, side), "white")
    square.paste(small, ((side - size[0]) // 2, (side - size[1]) // 2))
    return square


def to_tensor(picture: Image.Image) -> torch.Tensor:
    """(1, 3, 64, 64) in [-1, 1]"""
    array = np.asarray(picture.convert("RGB"), dtype=np.float32)
    return torch.from_numpy(array / 127.5 - 1).permute(2, 0, 1)[None]


def to_picture(x: torch.Tensor) -> Image.Image:
    """(3, H, W) in [-1, 1] -> RGB"""
    array = ((x.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return Image.fromarray(array.permute(1, 2, 0).contiguous().numpy())


def enlarged(x: torch.Tensor, side: int = SIDE) -> torch.Tensor:
    """(B, 3, S, S) → (B, 3, side, side), every pixel a square."""
    return x.repeat_interleave(side // x.shape[-1], 2).repeat_interleave(side // x.shape[-1], 3)


def shrunk(x: torch.Tensor, side: int) -> torch.Tensor:
    """(B, 3, S, S) → (B, 3, side, side), means of squares."""
    return torch.nn.functional.avg_pool2d(x, x.shape[-1] // side)


def data_url(picture: Image.Image | torch.Tensor, lossless: bool = True) -> str:
    """A data URL, eight kilobytes for 64×64; a third of that for a preview, which need not be lossless."""
    if isinstance(picture, torch.Tensor):
        picture = to_picture(picture)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", lossless=lossless, quality=80 if lossless else 95, method=0)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def beside(parts: list[Image.Image]) -> Image.Image:
    """Pictures of one height in a row."""
    whole = Image.new("RGB", (sum(part.width for part in parts), parts[0].height))
    for k, part in enumerate(parts):
        whole.paste(part, (sum(one.width for one in parts[:k]), 0))
    return whole


def animated(frames: list[Image.Image], scale: int = 4) -> str:
    """A looping GIF as a data URL, a tenth of a second per frame, the last one held."""
    large = [frame.resize((frame.width * scale, frame.height * scale), Image.Resampling.NEAREST) for frame in frames]
    buffer = io.BytesIO()
    large[0].save(
        buffer, "GIF", save_all=True, append_images=large[1:], duration=[100] * (len(large) - 1) + [1500], loop=0
    )
    return "data:image/gif;base64," + base64.b64encode(buffer.getvalue()).decode()


def psnr(a: torch.Tensor, b: torch.Tensor) -> float:
    """Peak signal-to-noise ratio in dB of two pictures in [-1, 1], at most 99."""
    return min(99.0, metrics.psnr(a.clamp(-1, 1), b.clamp(-1, 1)))
