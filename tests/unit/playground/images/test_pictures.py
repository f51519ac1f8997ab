"""Every kind of upload: good ones become 64×64 RGB, bad ones one sentence."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps, PngImagePlugin

from playground.images import pictures, uploads
from playground.serving.validation import Refused
from playground.shell import share
from playground.shell.languages import sentence
from playground.widgets.tray import tray
from tests.uploads import BAD, NOISE, exif_cut_short, saved, url


@pytest.mark.parametrize("name", BAD)
def test_a_bad_upload_is_refused_in_one_sentence_of_either_language(name):
    given_, key = BAD[name]
    with pytest.raises(Refused) as refusal:
        uploads.accept(given_)
    assert refusal.value.key == key
    for language in ("en", "zh"):
        said = refusal.value.say(language)
        assert said == sentence(key, language, **refusal.value.values)
        assert len(said) < 120
        assert "{" not in said


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
    return uploads.accept(url(data, kind))[0].getpixel(at)


def test_cmyk_sixteen_bits_palette_with_transparency_and_animation_are_taken_as_they_look():
    assert colour(saved(Image.new("CMYK", (30, 30), (0, 255, 255, 0)), "JPEG"), "jpeg", (30, 30))[0] > 200
    assert colour(sixteen_bits(), "png", (30, 30)) == (128, 128, 128)
    assert colour(palette(), "png", (10, 30)) == (255, 255, 255) and colour(palette(), "png", (50, 30)) == (255, 0, 0)
    assert colour(frames(), "gif", (30, 30)) == (255, 0, 0)
    assert uploads.accept(url(frames(), "gif"))[1][0] == "upload.first_frame"


def test_the_note_tells_size_and_mode():
    _, (key, values) = uploads.accept(url(saved(NOISE)))
    assert sentence(key, "en", **values) == "Taken: 60 × 90 RGB, fitted to 64 × 64."


def test_a_picture_is_turned_as_its_camera_says():
    picture = Image.new("RGB", (64, 64), "white")
    picture.paste("black", (0, 0, 64, 32))
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by 180°
    turned = uploads.accept(url(saved(picture, exif=exif.tobytes())))[0]
    assert turned.getpixel((32, 60)) == (0, 0, 0) and turned.getpixel((32, 4)) == (255, 255, 255)


def test_a_picture_whose_camera_says_nonsense_is_taken_as_it_lies():
    with pytest.raises(Exception):  # noqa: B017 (Pillow raises what it likes)
        ImageOps.exif_transpose(Image.open(io.BytesIO(exif_cut_short())))
    plain, odd = (uploads.accept(url(data))[0] for data in (saved(NOISE), exif_cut_short()))
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
    assert x.shape == (1, 3, 64, 64)
    assert x.min() >= -1
    assert x.max() <= 1
    assert pictures.to_picture(x[0]).tobytes() == picture.tobytes()
    assert uploads.accept(pictures.data_url(x[0]))[0].tobytes() == picture.tobytes()


def test_psnr_of_a_known_error():
    x = torch.zeros(3, 64, 64)
    assert pictures.psnr(x, x + 0.2) == pytest.approx(20.0)  # error 0.1 of a range of 1
