"""Uploads: a data URL from anywhere becomes a picture of 64×64 pixels, within limits, or is refused in one sentence.

An upload travels as a data URL inside JSON. It is opened here and nowhere else: six formats, header before pixels, a
limit on both.
"""

import base64
import binascii
import io
import threading
from typing import NamedTuple

from PIL import Image

from playground.images.pictures import fit, on_white
from playground.serving.validation import Refused

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF")
MAX_CHARACTERS = 4_500_000  # of the data URL
MAX_PIXELS = 2**23  # of the decoded picture
MAX_SHRUNK = 2**26  # of a picture of any format that a page opens and shrinks before it sends it
MIN_SIDE = 8  # pixels
decoding = threading.BoundedSemaphore(2)  # that are opened at the same time, so that a class cannot fill the memory


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
