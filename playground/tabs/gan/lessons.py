"""The lessons of the 2-D lab: each page has its own toys, taught a little whenever the page asks, and forgotten when it
does not.

Nothing runs between two questions of a page, so a closed page costs nothing; a question takes at most `LONGEST`
seconds, and only `PAGES` pages are remembered, each for `IDLE` seconds. Where all places are taken, a page that nobody
has looked at for `AWAY` seconds makes room; if there is none, the next one is told. So it is where a client, or an
address from which a whole class may come, has all that it may have.
"""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

import gradio as gr
import torch
from torch import Tensor

from models.gan import LOSSES
from models.toy import STEPS, TOYS, ToyOptions
from playground.serving import validation
from playground.serving.validation import Refused
from playground.serving.waiting_line import address_of, session_of
from training.families.toy import SHAPES, Lesson, Shape, covered, of_points, shape

PAGES = 128  # remembered at most
EACH = 4  # of one client
HOUSE = 96  # of one address
IDLE = 900.0  # seconds after which a page is forgotten
AWAY = 30.0  # seconds without a question after which a page gives way to another; one that is seen asks all the time
LONGEST = 0.12  # seconds that a question may take
MOST_STEPS = 20_000  # of a lesson
# a letter is a coordinate of a drawn point, from −1.2 to 1.2
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
REACH = 1.2  # the plane goes from −REACH to REACH
DRAWN = 450  # points by hand, at most
POINTS = 360  # samples that are shown
SIDE = 24  # cells a side of the discriminator's map
ARROWS = 120  # samples whose pull is shown
LINES = 9  # of the decoder's grid, each way
GAMMAS = {"penalty": 0.1, "no_penalty": 0.0}


@dataclass
class LabPage:
    """What one page is taught: its settings and a lesson for each toy."""

    settings: tuple
    lessons: dict[str, Lesson]
    client: str
    address: str
    seen: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


_pages: OrderedDict[str, LabPage] = OrderedDict()
_lock = threading.Lock()
_teaching = threading.BoundedSemaphore(1)


def checked_settings(what, points, loss, penalty, seed) -> tuple:
    """The settings of a lesson, checked."""
    what = validation.choice(what, (*SHAPES, "drawn"), "shape")
    points = points if what == "drawn" else ""
    if what == "drawn":
        read_points(points)
    return (
        what,
        points,
        validation.choice(loss, LOSSES, "loss"),
        validation.choice(penalty, tuple(GAMMAS), "penalty"),
        validation.seed(seed),
    )


def read_points(text) -> Tensor:
    """Points (N, 2) of a text: "p" and two letters each.

    Raises:
        Refused: it is no such text, has no points, or too many.
    """
    if (
        not isinstance(text, str)
        or not text.startswith("p")
        or len(text) < 3
        or len(text) % 2 == 0
        or not set(text) <= set(LETTERS)
    ):
        raise Refused("lab.no_points")
    if len(text) > 1 + 2 * DRAWN:
        raise Refused("lab.many_points", most=DRAWN)
    return (torch.tensor([LETTERS.index(letter) for letter in text[1:]]).view(-1, 2) / 63 * 2 - 1) * REACH


def shape_of(settings: tuple) -> Shape:
    return of_points(read_points(settings[1])) if settings[0] == "drawn" else shape(settings[0])


def lab_page(name, settings: tuple, anew: bool, client: str, address: str) -> LabPage:
    """The page of that name; one with other settings, or that asks for it, begins anew.

    Raises:
        Refused: it is no name, or there is no place.
    """
    if not isinstance(name, str) or not 8 <= len(name) <= 64:
        raise Refused("lab.page")
    now = time.monotonic()
    with _lock:
        _forget_idle(now)
        if name not in _pages:
            _make_room("lab.own", EACH, [one for one, page in _pages.items() if page.client == client], now)
            _make_room("lab.house", HOUSE, [one for one, page in _pages.items() if page.address == address], now)
            _make_room("lab.full", PAGES, list(_pages), now)
        if anew or name not in _pages or _pages[name].settings != settings:
            _pages[name] = LabPage(settings, _lessons(settings), client, address)
        _pages.move_to_end(name)
        _pages[name].seen = now
        return _pages[name]


def _forget_idle(now: float) -> None:
    for old in [old for old, page in _pages.items() if now - page.seen > IDLE]:
        del _pages[old]


def _make_room(key: str, most: int, names: list[str], now: float) -> None:
    """Where there are `most` of these pages, forgets whichever has not been looked at for longest."""
    if len(names) < most:
        return
    if now - _pages[names[0]].seen <= AWAY:
        raise Refused(key, n=most)
    del _pages[names[0]]


def _lessons(settings: tuple) -> dict[str, Lesson]:
    _, _, loss, penalty, seed = settings
    known, config = shape_of(settings), ToyOptions(loss=loss, gamma=GAMMAS[penalty])
    return {kind: Lesson(kind, known, seed, config) for kind in TOYS}


def teach(asked, request: gr.Request) -> dict:
    """{"page", "settings": {"shape", "points", "loss", "penalty", "seed"}, "anew", "steps", "only": "" | "generator" |
    "discriminator", "t"} → a picture of each toy after at most so many more steps; `only` teaches one player of the GAN
    and nobody else. {"note"} for what cannot be."""
    try:
        asked = asked if isinstance(asked, dict) else {}
        given = asked.get("settings") if isinstance(asked.get("settings"), dict) else {}
        settings = checked_settings(*(given.get(name) for name in ("shape", "points", "loss", "penalty", "seed")))
        steps = validation.integer(asked.get("steps"), 0, 200, "steps")
        only = validation.choice(asked.get("only"), ("", "generator", "discriminator"), "only")
        t = validation.integer(asked.get("t"), 0, STEPS - 1, "t")
        who, where = session_of(request), address_of(request)
        mine = lab_page(asked.get("page"), settings, asked.get("anew") is True, who, where)
    except Refused as refusal:
        return {"note": [refusal.key, refusal.values]}
    with mine.lock:
        _go_on(mine.lessons, steps, only)
        return {
            "toys": {kind: _seen(lesson, t) for kind, lesson in mine.lessons.items()},
            "over": mine.lessons["gan"].steps >= MOST_STEPS,
        }


def _go_on(lessons: dict[str, Lesson], steps: int, only: str) -> None:
    with _teaching:
        end = time.monotonic() + LONGEST
        for _ in range(steps):
            for lesson in [lessons["gan"]] if only else lessons.values():
                if lesson.steps < MOST_STEPS:
                    lesson.teach(1, (only,) if only else ())
            if time.monotonic() > end:
                break


def _seen(lesson: Lesson, t: int) -> dict:
    """Samples, how they cover the shape, and what the toy thinks of the plane."""
    drawn = lesson.sample(POINTS)
    modes, inside = covered(lesson.sample(1000), lesson.shape)
    found = {
        "steps": lesson.steps,
        "samples": flat(drawn),
        "modes": modes,
        "inside": inside,
        "losses": dict(lesson.losses),
    }
    return found | {"gan": _of_gan, "vae": _of_decoder, "diffusion": lambda lesson, _: _of_diffusion(lesson, t)}[
        lesson.kind
    ](lesson, drawn)


def _of_gan(lesson: Lesson, drawn: Tensor) -> dict:
    toy = lesson.toy
    with torch.no_grad():
        height = toy.score(_plane(SIDE))
    height = height - height.mean()  # only differences mean something
    arrows = toy.pull(drawn[:ARROWS])
    return _of_decoder(lesson, drawn) | {
        "heat": (50 + 50 * height / height.abs().max().clamp_min(1e-9)).round().int().tolist(),
        "arrows": _arrows(drawn[:ARROWS], arrows),
    }


def _of_decoder(lesson: Lesson, _) -> dict:
    """The grid of z, evenly spaced by how likely z is, as the decoder bends it: lines one way, then the other."""
    line = torch.special.ndtri((torch.arange(LINES) + 0.5) / LINES)
    with torch.no_grad():
        x = lesson.toy.draw(torch.cartesian_prod(line, line)).view(LINES, LINES, 2)
    return {"lines": [flat(one) for one in (*x, *x.transpose(0, 1))]}


@torch.no_grad()
def _of_diffusion(lesson: Lesson, t: int) -> dict:
    at = _plane(13)
    return {"arrows": _arrows(at, lesson.toy.score(at, t))}


def _plane(side: int) -> Tensor:
    """(side², 2): row by row from the top left."""
    line = (torch.arange(side) + 0.5) / side * 2 * REACH - REACH
    return torch.stack([line.repeat(side), -line.repeat_interleave(side)], 1)


def _arrows(at: Tensor, by: Tensor) -> list[float]:
    """Start and end of each, the longest a tenth of the plane long, the others by the root of their length."""
    length = by.norm(dim=1, keepdim=True).clamp_min(1e-9)
    return flat(torch.cat([at, at + 0.1 * REACH * by / length * (length / length.max()).sqrt()], 1))


def flat(x: Tensor) -> list[float]:
    return [round(v, 3) for v in x.clamp(-9, 9).flatten().tolist()]
