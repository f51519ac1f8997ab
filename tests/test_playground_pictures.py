"""Every kind of upload: good ones become 64×64 RGB, bad ones one sentence."""

import base64
import io
import struct
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps, PngImagePlugin

from playground.images import pictures
from playground.serving.validation import Refused
from playground.shell import share
from playground.shell.languages import sentence
from playground.widgets.tray import tray


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
    "a file too heavy": ("data:image/png;base64," + "A" * pictures.MAX_CHARACTERS, "upload.too_heavy"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_upload_is_refused_in_one_sentence_of_either_language(name):
    given_, key = BAD[name]
    with pytest.raises(Refused) as refusal:
        pictures.accept(given_)
    assert refusal.value.key == key
    for language in ("en", "zh"):
        said = refusal.value.say(language)
        assert said == sentence(key, language, **refusal.value.values) and len(said) < 120 and "{" not in said


def frames() -> bytes:
    first, second = Image.new("P", (40, 40), 1), Image.new("P", (40, 40), 2)
    for frame in (first, second):
        frame.putpalette([0, 0, 0, 255, 0, 0, 0, 0, 255])
    return saved(first, "GIF", save_all=True, append_images=[second])


def palette() -> bytes:
    picture = Image.new("P", (32, 32), 1)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    picture.paste(0, (0, 0, 16, 32))
    return saved(picture, transparency=0)


def sixteen_bits() -> bytes:
    return saved(Image.fromarray(np.full((20, 20), 32896, dtype=np.uint16)))


def colour(data: bytes, kind: str, at: tuple[int, int]) -> tuple:
    return pictures.accept(url(data, kind))[0].getpixel(at)


def test_cmyk_sixteen_bits_palette_with_transparency_and_animation_are_taken_as_they_look():
    assert colour(saved(Image.new("CMYK", (30, 30), (0, 255, 255, 0)), "JPEG"), "jpeg", (30, 30))[0] > 200
    assert colour(sixteen_bits(), "png", (30, 30)) == (128, 128, 128)
    assert colour(palette(), "png", (10, 30)) == (255, 255, 255) and colour(palette(), "png", (50, 30)) == (255, 0, 0)
    assert colour(frames(), "gif", (30, 30)) == (255, 0, 0)
    assert pictures.accept(url(frames(), "gif"))[1][0] == "upload.first_frame"


def test_the_note_tells_size_and_mode():
    _, (key, values) = pictures.accept(url(saved(NOISE)))
    assert sentence(key, "en", **values) == "Taken: 60 × 90 RGB, fitted to 64 × 64."


def test_a_picture_is_turned_as_its_camera_says():
    picture = Image.new("RGB", (64, 64), "white")
    picture.paste("black", (0, 0, 64, 32))
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by 180°
    turned = pictures.accept(url(saved(picture, exif=exif.tobytes())))[0]
    assert turned.getpixel((32, 60)) == (0, 0, 0) and turned.getpixel((32, 4)) == (255, 255, 255)


def test_a_picture_whose_camera_says_nonsense_is_taken_as_it_lies():
    with pytest.raises(Exception):  # noqa: B017 (Pillow raises what it likes)
        ImageOps.exif_transpose(Image.open(io.BytesIO(exif_cut_short())))
    plain, odd = (pictures.accept(url(data))[0] for data in (saved(NOISE), exif_cut_short()))
    assert odd.tobytes() == plain.tobytes()


@pytest.mark.parametrize("kind", ["BMP", "AVIF", "WEBP", "GIF"])
def test_what_a_browser_shows_is_taken(kind):
    red = saved(Image.new("RGB", (64, 64), (250, 10, 10)), kind)
    assert len(red) < 13_000 and colour(red, kind.lower(), (32, 32))[0] > 240


def test_an_upload_is_decoded_once(monkeypatch):
    decoded, opened = [], Image.open
    monkeypatch.setattr(pictures.Image, "open", lambda *a, **k: decoded.append(1) or opened(*a, **k))
    chunk = PngImagePlugin.PngInfo()
    chunk.add_itxt(share.CHUNK, '{"tab": "gan", "panel": "lab"}')
    answer = tray.receive(url(saved(NOISE, pnginfo=chunk)), SimpleNamespace(headers={}))
    assert answer["recipe"]["panel"] == "lab" and decoded == [1]
    assert tray.receive(url(saved(NOISE)), SimpleNamespace(headers={}))["specimen"] and decoded == [1, 1]


@given(
    width=st.integers(8, 300),
    height=st.integers(8, 300),
    mode=st.sampled_from(["RGB", "RGBA", "L", "LA", "P", "1", "I;16", "I", "F"]),
)
def test_any_size_and_mode_fits_the_white_square(width, height, mode):
    fitted = pictures.fit(pictures.on_white(Image.new(mode, (width, height))))
    assert fitted.size == (64, 64) and fitted.mode == "RGB"


def test_pixels_survive_the_way_to_a_tensor_and_a_data_url():
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    x = pictures.to_tensor(picture)
    assert x.shape == (1, 3, 64, 64) and x.min() >= -1 and x.max() <= 1
    assert pictures.to_picture(x[0]).tobytes() == picture.tobytes()
    assert pictures.accept(pictures.data_url(x[0]))[0].tobytes() == picture.tobytes()


def test_psnr_of_a_known_error():
    x = torch.zeros(3, 64, 64)
    assert pictures.psnr(x, x + 0.2) == pytest.approx(20.0)  # error 0.1 of a range of 1
