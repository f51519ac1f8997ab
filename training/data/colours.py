"""Drawings in other colours: a drawing with one dominant hue is moved to one of eleven named colours, its shading kept.

A drawing without skin tone can be recoloured when at least 35% of it is saturated and at least 60% of that lies within
35° of one hue. Pixels near that hue are moved in OKLCh (Ottosson 2020: lightness, chroma and hue as the eye has them);
eyes, letters and outlines of other hues stay. One pair of concept and colour in twenty is held out, in every style.
"""

import re
from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from training.data import emoji
from training.data import pictures as data

COLOURS = {  # name: Chinese, and what a drawing in it looks like on average
    "red": ("红色", (216, 40, 58)),
    "orange": ("橙色", (244, 138, 20)),
    "yellow": ("黄色", (252, 206, 60)),
    "green": ("绿色", (74, 168, 78)),
    "blue": ("蓝色", (52, 128, 226)),
    "purple": ("紫色", (142, 84, 200)),
    "pink": ("粉色", (248, 146, 190)),
    "brown": ("棕色", (132, 82, 52)),
    "black": ("黑色", (48, 48, 54)),
    "grey": ("灰色", (146, 150, 156)),
    "white": ("白色", (238, 239, 242)),
}
NAMES = tuple(COLOURS)
SATURATED, BRIGHT = 0.25, 0.2  # least HSV saturation and value of a pixel that counts as coloured
ENOUGH, DOMINANT, NEAR = (
    0.35,
    0.6,
    35.0,
)  # shares of the drawing and of its coloured pixels; degrees around the dominant hue
MOVED = (38.0, 52.0)  # degrees from the dominant hue up to which a pixel moves wholly, and from which it stays
TINTED = (0.015, 0.05)  # chroma from which a pixel begins to move, and from which it moves wholly
SHADING = {"black": 0.55, "white": 0.45}  # share of the lightness' differences that is kept; elsewhere all of it
SPREAD = 0.6  # share of the hue's differences that is kept
LIGHTNESS = (0.12, 0.985)  # ends of the lightness that a moved pixel may get
GREY = 0.03  # chroma below which a target colour has no hue
FAINT = {"black": 0.5, "grey": 0.5, "white": 0.5}  # what a pixel counts, beside one that has a hue
DRAWN = 0.03  # distance in OKLab from white from which a pixel belongs to what is drawn
UNDECIDED = 0.09  # distance in OKLab from which a drawing's own colour has no name

NAMED = "|".join([*NAMES, "gray"])
AT_FRONT = re.compile(rf"^(?:(hollow|large|small|light) )?({NAMED}) (.+)$")
ANYWHERE = re.compile(rf"\b({NAMED}|violet)\b", re.I)
CHINESE = re.compile(r"[浅深]?(?:粉红|红|橙|黄|绿|青|蓝|紫|粉|棕|褐|黑|灰|白)(?:色|线)?的?")
CHINESE_NOUNS = {"红包": "信封"}  # what is left of a name without its colour is another word


def hsv(rgb: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """sRGB in [0, 1] (..., 3) → hue in degrees, saturation, value, each (...)."""
    high, low = rgb.amax(-1), rgb.amin(-1)
    span = (high - low).clamp_min(1e-6)
    r, g, b = rgb.unbind(-1)
    sixth = torch.where(high == r, (g - b) / span, torch.where(high == g, 2 + (b - r) / span, 4 + (r - g) / span))
    return 60 * (sixth % 6), (high - low) / high.clamp_min(1e-6), high


TO_LMS = torch.tensor(
    [[0.41222147, 0.53633254, 0.05144599], [0.21190350, 0.68069955, 0.10739696], [0.08830246, 0.28171884, 0.62997870]]
)
TO_LAB = torch.tensor(
    [
        [0.21045426, 0.79361779, -0.00407205],
        [1.97799850, -2.42859221, 0.45059371],
        [0.02590404, 0.78277177, -0.80867577],
    ]
)


def to_oklab(rgb: Tensor) -> Tensor:
    """sRGB in [0, 1] (..., 3) → OKLab (..., 3)."""
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return (linear @ TO_LMS.T.to(rgb.device)).clamp_min(0).pow(1 / 3) @ TO_LAB.T.to(rgb.device)


def from_oklab(lab: Tensor) -> Tensor:
    """OKLab (..., 3) → the nearest sRGB in [0, 1] (..., 3), each channel cut at its ends."""
    to_lms, to_linear = TO_LAB.inverse().T.to(lab.device), TO_LMS.inverse().T.to(lab.device)
    linear = ((lab @ to_lms) ** 3 @ to_linear).clamp(0, 1)
    return torch.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear.clamp_min(1e-9) ** (1 / 2.4) - 0.055)


def targets() -> Tensor:
    """(11, 3): the named colours in OKLab."""
    return to_oklab(torch.tensor([rgb for _, rgb in COLOURS.values()]) / 255)


def between(value: Tensor, low: float, high: float) -> Tensor:
    """Of any shape: 0 below `low`, 1 above `high`, a straight line between."""
    return ((value - low) / (high - low)).clamp(0, 1)


def apart(a: Tensor, b: Tensor) -> Tensor:
    """The angle between two hues in degrees, 0 … 180 (any shapes that go together)."""
    return ((a - b + 180) % 360 - 180).abs()


def share_moved(hue: Tensor, chroma: Tensor, dominant: Tensor) -> Tensor:
    """How much of each pixel (…, H, W) moves, 0 … 1: those near the dominant hue that have a colour at all."""
    return (1 - between(apart(hue, dominant), *MOVED)) * between(chroma, *TINTED)


def tint(rgba: Tensor) -> Tensor:
    """Of drawings uint8 (N, S, S, 4) what is needed to recolour them, (N, 4), NaN where they cannot be: the dominant
    hue in HSV in degrees, and the means of what moves in OKLCh: lightness, chroma, angle in radians."""
    return torch.cat([_tint(part) for part in rgba.split(256)])


def _tint(rgba: Tensor) -> Tensor:
    pixels, weight = rgba.flatten(1, 2)[..., :3] / 255, rgba.flatten(1, 2)[..., 3] / 255  # N P 3, N P
    hue, saturation, value = hsv(pixels)
    coloured = weight * (saturation > SATURATED) * (value > BRIGHT)
    dominant = _dominant(hue, coloured)
    near = coloured * (apart(hue, dominant) <= NEAR)
    enough = coloured.sum(1) / weight.sum(1).clamp_min(1e-6) >= ENOUGH
    able = enough & (near.sum(1) / coloured.sum(1).clamp_min(1e-6) >= DOMINANT)
    lab = to_oklab(pixels)
    chroma = lab[..., 1:].norm(dim=2)
    moved = weight * share_moved(hue, chroma, dominant)
    moved = moved / moved.sum(1, keepdim=True).clamp_min(1e-6)
    mean = (lab * moved[..., None]).sum(1)  # N 3
    angle = torch.atan2(mean[:, 2], mean[:, 1])
    found = torch.stack([dominant[:, 0], mean[:, 0], (chroma * moved).sum(1), angle], 1)
    return torch.where(able[:, None], found, torch.nan)


def _dominant(hue: Tensor, weight: Tensor) -> Tensor:
    """(N, 1): the middle of the hues (N, P) in degrees around which most of the weight (N, P) lies."""
    bins = torch.zeros(len(hue), 72).scatter_add_(1, (hue / 5).long() % 72, weight)
    around = torch.stack([(1 - 0.01 * abs(turn)) * bins.roll(turn, 1) for turn in range(-7, 8)]).sum(0)
    first = 5.0 * around.argmax(1, keepdim=True) + 2.5
    turned = (hue - first + 180) % 360 - 180
    close = weight * (turned.abs() <= NEAR)
    return (first + (turned * close).sum(1, keepdim=True) / close.sum(1, keepdim=True).clamp_min(1e-6)) % 360


def recoloured(rgba: Tensor, tints: Tensor, colour: Tensor) -> Tensor:
    """Drawings uint8 (B, S, S, 4) with tints (B, 4) in the colours (B,), numbers of NAMES; where the colour is −1, as
    they are."""
    todo = (colour >= 0) & ~tints[:, 0].isnan()
    if not todo.any():
        return rgba
    changed = rgba.clone()
    changed[todo, ..., :3] = _recoloured(rgba[todo][..., :3] / 255, tints[todo], colour[todo])
    return changed


def _recoloured(rgb: Tensor, tints: Tensor, colour: Tensor) -> Tensor:
    dominant, lightness, mean_chroma, mean_angle = (column.view(-1, 1, 1) for column in tints.T)
    lab, hue = to_oklab(rgb), hsv(rgb)[0]  # B S S 3, B S S
    chroma, angle = lab[..., 1:].norm(dim=3), torch.atan2(lab[..., 2], lab[..., 1])
    wanted = targets().to(rgb.device)[colour]
    wanted_chroma = wanted[:, 1:].norm(dim=1).view(-1, 1, 1)
    wanted_angle = torch.atan2(wanted[:, 2], wanted[:, 1]).view(-1, 1, 1)
    shading = torch.tensor([SHADING.get(name, 1.0) for name in NAMES], device=rgb.device)[colour].view(-1, 1, 1)
    new_lightness = (wanted[:, 0].view(-1, 1, 1) + shading * (lab[..., 0] - lightness)).clamp(*LIGHTNESS)
    new_chroma = wanted_chroma * (chroma / mean_chroma).clamp_max(1.5)
    turned = (angle - mean_angle + torch.pi) % (2 * torch.pi) - torch.pi
    new_angle = wanted_angle + torch.where(wanted_chroma > GREY, SPREAD * turned, 0.0)
    new = torch.stack([new_lightness, new_chroma * new_angle.cos(), new_chroma * new_angle.sin()], 3)
    share = share_moved(hue, chroma, dominant)[..., None]
    return (from_oklab(lab + share * (new - lab)) * 255).round().to(torch.uint8)


def own(tints: Tensor) -> Tensor:
    """(N, 4) → (N,): the number of a drawing's own colour; −1 where it has no single one, or one between two names."""
    _, lightness, chroma, angle = tints.nan_to_num(10.0).T
    lab = torch.stack([lightness, chroma * angle.cos(), chroma * angle.sin()], 1)
    distance, nearest = torch.cdist(lab, targets()).min(1)
    return torch.where(distance < UNDECIDED, nearest, -1)


def uncoloured(en: str, zh: str) -> tuple[str, str] | None:
    """A concept's names without the colour that they begin with; None where a colour stands elsewhere in the English
    name.

    The Chinese name loses its colour only where the English one does: 红苹果 is a red apple, 白菜 no white vegetable. A
    country's flag is another one in another colour.
    """
    if en.startswith("flag: "):
        return None
    found = AT_FRONT.match(en)
    if found:
        size, _, thing = found.groups()
        return f"{size} {thing}" if size and size != "light" else thing, CHINESE_NOUNS.get(zh) or CHINESE.sub(
            "", zh, count=1
        )
    return None if ANYWHERE.search(en) else (en, zh)


def named(en: str) -> int:
    """The number of the colour that an English name begins with, or −1."""
    found = AT_FRONT.match(en)
    return NAMES.index(found[2].replace("gray", "grey")) if found else -1


def says_colour(text: str) -> bool:
    """Whether a phrase in either language holds a colour's word."""
    return bool(ANYWHERE.search(text) or CHINESE.search(text))


def is_held_out(emoji_character: str, colour: str) -> bool:
    """One pair of concept and colour in twenty: no model trains on it, in any style."""
    return emoji.is_held_out(emoji_character, colour)


@lru_cache(maxsize=4)
def load(size: int, folder: str = "") -> data.Pictures:
    """The pictures of `data.load` with their tints, their own colours, and which colours they may be moved to.

    Raises:
        DataError: the pictures are not there or cannot be read.
    """
    pictures, large = data.load(size, folder), data.load(data.LARGE, folder)
    drawn = np.flatnonzero((large.tone <= 0) & ~large.unseen)
    tints = torch.full((len(large), 4), torch.nan)
    tints[drawn] = tint(torch.from_numpy(large.rgba[drawn][:, ::2, ::2]))
    by_itself = own(tints)
    named_by_name = torch.tensor([named(each["en"][0]) for each in large.captions])
    colour = torch.where(named_by_name >= 0, named_by_name, by_itself)
    may = ~tints[:, :1].isnan() & (colour[:, None] != torch.arange(len(NAMES))) & _allowed(large)
    return replace(pictures, tint=tints.numpy(), colour=colour.numpy(), may=may.numpy())


def of(pictures: data.Pictures) -> tuple[Tensor, Tensor, Tensor]:
    """Tints (N, 4), own colours (N,) and which colours they may be moved to (N, 11); of pictures not loaded here, that
    there are none."""
    if pictures.tint is None:
        count = len(pictures)
        return (
            torch.full((count, 4), torch.nan),
            torch.full((count,), -1),
            torch.zeros(count, len(NAMES), dtype=torch.bool),
        )
    return torch.from_numpy(pictures.tint), torch.from_numpy(pictures.colour), torch.from_numpy(pictures.may)


def _allowed(pictures: data.Pictures) -> Tensor:
    """(N, 11): what is not held out, of concepts whose name allows a colour before it."""
    rows: dict[int, list[bool]] = {}
    for i, concept in enumerate(pictures.concept.tolist()):
        if concept not in rows:
            names = pictures.captions[i]
            plain = uncoloured(names["en"][0], names.get("zh", [""])[0]) is not None
            rows[concept] = [plain and not is_held_out(pictures.characters[i], name) for name in NAMES]
    return torch.tensor([rows[concept] for concept in pictures.concept.tolist()])


def seen(x: Tensor) -> Tensor:
    """(N, 3, S, S) in [-1, 1] on white → (N,): the number of the colour that most of what is drawn has."""
    lab = to_oklab(((x.permute(0, 2, 3, 1) + 1) / 2).clamp(0, 1)).flatten(1, 2)  # N P 3
    drawn = (lab - to_oklab(torch.ones(3))).norm(dim=2) > DRAWN
    nearest = torch.cdist(lab, targets()).argmin(2)
    counts = torch.zeros(len(x), len(NAMES)).scatter_add_(1, nearest, drawn.float())
    return (counts * torch.tensor([FAINT.get(name, 1.0) for name in NAMES])).argmax(1)
