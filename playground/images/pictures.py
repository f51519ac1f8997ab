"""Pictures in and out: an upload becomes 64×64 RGB on white, a network's output becomes a data URL.

An upload travels as a data URL inside JSON. It is opened here and nowhere else: six formats, header before pixels, a
limit on both, and one sentence (`checks.Refused`) for everything that cannot be used.
"""

import base64
import binascii
import io
import threading
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image

from playground.serving.validation import Refused
from training.data.decode import to_rgba
from training.evaluation import metrics

SIDE = 64  # pixels, what every network of the project sees
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF")
MAX_CHARACTERS = 4_500_000  # of the data URL
MAX_PIXELS = 2**23  # of the decoded picture
MAX_SHRUNK = 2**26  # of a picture of any format that a page opens and shrinks before it sends it
MIN_SIDE = 8
decoding = threading.BoundedSemaphore(
    2
)  # uploads that are opened at the same time, so that a class cannot fill the memory


def unpack(url) -> bytes:
    """The bytes of a base64 data URL."""
    if not isinstance(url, str) or not url.startswith("data:") or ";base64," not in url[:100]:
        raise Refused("upload.not_a_picture")
    if len(url) > MAX_CHARACTERS:
        raise Refused("upload.too_heavy", megabytes=f"{MAX_CHARACTERS * 3 / 4e6:.1f}")
    try:
        return base64.b64decode(url.partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        raise Refused("upload.damaged") from None


def open_safely(data: bytes) -> Image.Image:
    """A loaded PIL image of any mode, or a refusal. Nothing is decoded before the header says that it is small
    enough."""
    if b"<svg" in data[:1024].lower():
        raise Refused("upload.svg")
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("upload.too_many_pixels", limit=_megapixels(MAX_PIXELS)) from None
    except Exception:  # Pillow's readers raise many kinds on damaged headers
        raise Refused("upload.not_a_picture") from None
    _check_size(*picture.size)
    try:
        picture.load()
    except Exception:
        raise Refused("upload.damaged") from None
    return picture


def _check_size(width: int, height: int):
    if width * height > MAX_PIXELS:
        raise Refused("upload.too_many_pixels", limit=_megapixels(MAX_PIXELS))
    if min(width, height) < MIN_SIDE:
        raise Refused("upload.too_small", width=width, height=height, least=MIN_SIDE)


def _megapixels(pixels: int) -> str:
    return f"{pixels / 1e6:.0f}"


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


class Upload(NamedTuple):
    """A picture as networks see it, what was done to it as (catalogue key, values), and what its file says besides."""

    picture: Image.Image  # 64×64 RGB
    note: tuple[str, dict]
    info: dict


def receive(url) -> Upload:
    """An uploaded data URL, decoded once.

    Raises:
        Refused: it is no picture that can be used.
    """
    data = unpack(url)
    with decoding:
        picture = open_safely(data)
        width, height = picture.size
        key = "upload.first_frame" if getattr(picture, "is_animated", False) else "upload.taken"
        note = (key, {"width": width, "height": height, "mode": picture.mode})
        try:
            return Upload(fit(on_white(picture)), note, picture.info)
        except Exception:  # a header that its pixels do not keep
            raise Refused("upload.damaged") from None


def accept(url) -> tuple[Image.Image, tuple[str, dict]]:
    """An uploaded data URL -> (64×64 RGB, what was done to it as (catalogue key, values))."""
    return receive(url)[:2]


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
