"""Uploads of every kind, good and bad, as data URLs and as files."""

import base64
import io
import struct
import zlib

import numpy as np
from PIL import Image

from playground.images import uploads


def url(data: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64," + base64.b64encode(data).decode()


def saved(picture: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A 1-bit PNG of zeros: kilobytes that unpack to width · height pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(b"\0" * (1 + -(-width // 8))) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def exif_cut_short() -> bytes:
    """A sound PNG whose eXIf chunk promises more entries than it has."""
    exif = b"II*\0\x08\0\0\0\xff\xff\x12\x01\x03\0"
    chunk = struct.pack(">I", len(exif)) + b"eXIf" + exif + struct.pack(">I", zlib.crc32(b"eXIf" + exif))
    png = saved(NOISE)
    return png[:33] + chunk + png[33:]


NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 60, 3), dtype=np.uint8))
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="http://localhost/x.png"/></svg>'
BAD = {
    "a text named .png": (url(b"hello, I am no picture"), "upload.not_a_picture"),
    "an empty file": (url(b""), "upload.not_a_picture"),
    "a truncated PNG": (url(saved(NOISE)[:3000]), "upload.damaged"),
    "a PNG cut in its header": (url(saved(NOISE)[:20]), "upload.not_a_picture"),
    "a truncated JPEG": (url(saved(NOISE, "JPEG")[:1500], "jpeg"), "upload.damaged"),
    "one pixel": (url(saved(Image.new("RGB", (1, 1)))), "upload.too_small"),
    "a bomb of 400 megapixels": (url(bomb(20000, 20000)), "upload.too_many_pixels"),
    "a bomb of 10 megapixels": (url(bomb(4000, 2500)), "upload.too_many_pixels"),
    "an SVG with an external reference": (url(SVG, "svg+xml"), "upload.svg"),
    "a format that is not taken": (url(saved(NOISE, "TIFF"), "tiff"), "upload.not_a_picture"),
    "no data URL": ("http://localhost/x.png", "upload.not_a_picture"),
    "no base64": ("data:image/png;base64,%%%", "upload.damaged"),
    "no text": (None, "upload.not_a_picture"),
    "a number": (7, "upload.not_a_picture"),
    "a file too heavy": ("data:image/png;base64," + "A" * uploads.MAX_CHARACTERS, "upload.too_heavy"),
}
