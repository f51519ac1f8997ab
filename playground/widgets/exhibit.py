"""Exhibit: rows of pictures with numbers, the recipe strip and the honesty chip under them.

Value: {"rows": [{"title", "figures": [{"src", "label", "alt", "numbers", "note", "near"}]}], "recipe": …, "link": …}.
A text is a catalogue key, [key, values], or literal words. The event "retry" asks for a new value; it fires when the
exhibit comes on screen and is older than the specimen. `shape` reserves the space, so that nothing moves.
"""

import gradio as gr

from playground import runtime
from playground.widgets import widget

TEMPLATE = '<div class="rows"></div><div class="strip"></div>'
SHOWN = ("parameters", "pictures", "psnr", "ssim")


def exhibit(shape: list[int], checkpoints: list[str], *, size: str | list[str] = "m", near: bool = False, **options) -> gr.HTML:
    """shape: figures per row. size: "l", "m" or "s", for all rows or one each. near: room for the nearest training picture. checkpoints: whose numbers the honesty chip tells."""
    return widget("exhibit", TEMPLATE, parts=("strip",), value=None, shape=shape, size=[size] if isinstance(size, str) else size, near=near, chip=chip(checkpoints), **options)


def chip(checkpoints: list[str]) -> list[dict]:
    """What the honesty chip tells of each checkpoint: numbers of its metrics.json."""
    return [{"name": name, **{k: v for k, v in runtime.metrics(name).items() if k in SHOWN}} for name in checkpoints]


def figure(src: str | None, label, *, numbers=(), note=None, alt=None, near=None) -> dict:
    return {"src": src, "label": label, "numbers": list(numbers), "note": note, "alt": alt or label, "near": near}


def row(figures: list[dict], title=None) -> dict:
    return {"title": title, "figures": figures}
