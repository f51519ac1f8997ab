"""A picture of any kind as 8-bit RGBA, upright: what training and the app see of a file is the same."""

import numpy as np
from PIL import Image, ImageOps

BRIGHTEST = {"I;16": (65535,), "F": (1, 255, 65535), "I": (255, 65535)}  # what white may be, by Pillow's mode


def to_rgba(picture: Image.Image) -> Image.Image:
    """Turned as its camera says, with the transparency that it has; more than 8 bits are scaled, not cut off.

    Raises:
        Exception: whatever Pillow raises on a damaged file.
    """
    picture.load()
    upright = _upright(picture)
    kind = "I;16" if upright.mode.startswith("I;16") else upright.mode
    if kind in BRIGHTEST:
        upright = _eight_bits(upright, BRIGHTEST[kind])
    if upright.mode in ("CMYK", "YCbCr"):  # these know no way to RGBA in every Pillow
        upright = upright.convert("RGB")
    return upright.convert("RGBA")


def _upright(picture: Image.Image) -> Image.Image:
    """As it lies where what the camera says cannot be read, as browsers show it."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # whatever a damaged EXIF block makes of Pillow's reader
        return picture


def _eight_bits(picture: Image.Image, brightest: tuple[int, ...]) -> Image.Image:
    """Grey of 16 or 32 bits or of fractions: white is the least of `brightest` that nothing exceeds by one, or the
    largest value there is."""
    grey = np.nan_to_num(np.asarray(picture, np.float64), posinf=0, neginf=0)
    most = grey.max(initial=0)
    white = next((value for value in brightest if most < value + 1), most)
    return Image.fromarray((grey * (255 / white)).round().clip(0, 255).astype(np.uint8))
