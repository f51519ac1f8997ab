"""From the drawings of a package to pixels: SVG → uint8 RGBA, one array per style and size."""

import io
import multiprocessing
from pathlib import Path

import numpy as np
from PIL import Image

from training.data.emoji import Archive, Drawing

SIZES = (32, 64, 128)


def svg_of(icons: dict, name: str) -> str:
    """The complete SVG of an icon of an Iconify set, aliases and mirrored ones resolved."""
    icon, flip = icons["icons"].get(name), False
    if icon is None:
        alias = icons["aliases"][name]
        icon, flip = icons["icons"][alias["parent"]], alias.get("hFlip", False)
    left, top, width, height = (
        icon.get(k, icons.get(k, default)) for k, default in (("left", 0), ("top", 0), ("width", 16), ("height", 16))
    )
    body = f'<g transform="translate({2 * left + width} 0) scale(-1 1)">{icon["body"]}</g>' if flip else icon["body"]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{left} {top} {width} {height}">{body}</svg>'
    )


def rasterise(svg: str, size: int) -> np.ndarray:
    """uint8 (size, size, 4), straight alpha; a drawing that is not square is centred."""
    import resvg_py  # only here: the app and training from an atlas need no renderer

    png = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=size, skip_system_fonts=True))))
    if png.size != (size, size):
        png.thumbnail((size, size))
        square = Image.new("RGBA", (size, size))
        square.paste(png, ((size - png.width) // 2, (size - png.height) // 2))
        png = square
    return np.asarray(png.convert("RGBA"))


def render_style(archive: Archive, drawings: list[Drawing], size: int, path: Path, advance) -> None:
    """Writes (N, size, size, 4) to `path` in one move, so that an interrupted run leaves no half file."""
    icons = archive.json("icons.json")
    work = [(svg_of(icons, d.icon), size) for d in drawings]
    pictures = np.empty((len(work), size, size, 4), np.uint8)
    with multiprocessing.get_context("spawn").Pool() as pool:
        for i, picture in enumerate(pool.imap(_rasterise, work, chunksize=16)):
            pictures[i] = picture
            advance(1)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.npy")
    np.save(partial, pictures)
    partial.replace(path)


def _rasterise(job: tuple[str, int]) -> np.ndarray:
    return rasterise(*job)
