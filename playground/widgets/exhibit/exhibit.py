"""Exhibit: rows of pictures with numbers, the recipe strip and the honesty chip under them.

Value: {"rows": [{"title", "figures": [{"src", "label", "alt", "numbers", "note", "near"}]}], "recipe": …, "link": …}.
A text is a catalogue key, [key, values], or literal words. The event "retry" asks for a new value; it fires when the
exhibit comes on screen and is older than the specimen. `shape` reserves the space, so that nothing moves.
"""

from collections.abc import Callable

import gradio as gr

from models.pretrained import CheckpointError
from playground.serving.checkpoints import metrics
from playground.serving.validation import Refused, checkpoint_note
from playground.widgets import widget

TEMPLATE = '<div class="rows"></div><div class="strip"></div>'
SHOWN = (
    "parameters",
    "pictures",
    "psnr",
    "ssim",
    "samples_frechet",
    "frechet",
    "precision",
    "recall",
    "bits_per_dim",
    "name_en_top1",
    "name_zh_top1",
    "picture_en_top1",
    "picture_zh_top1",
)


def exhibit(
    shape: list[int],
    checkpoints: list[str],
    *,
    titles=(),
    size="m",
    lines: int = 1,
    near: bool = False,
    follows: bool = True,
    remarks: bool = False,
    of: str = "",
    plays: bool = False,
    **options,
) -> gr.HTML:
    """Space for the pictures to come, so that nothing moves when they arrive.

    shape: figures per row; titles: of the rows; size: "l", "m" or "s", for all rows or a list; lines: of numbers under
    a figure; near: whether the nearest training picture stands there too; follows: whether it is made from the
    specimen; remarks: whether quiet remarks (value["remarks"], texts as above) may come under the rows; of: the panel
    from whose run these pictures go on: they leave with it; plays: whether the columns are
    played and scrubbed above the rows; checkpoints: whose numbers the honesty chip tells.
    """
    sizes = [size] if isinstance(size, str) else size
    return widget(
        "exhibit",
        TEMPLATE,
        events=("retry",),
        value=None,
        shape=shape,
        titles=list(titles),
        size=sizes,
        lines=lines,
        near=near,
        follows=follows,
        remarks=remarks,
        of=of,
        plays=plays,
        chip=chip(checkpoints),
        **options,
    )


def chip(checkpoints: list[str]) -> list[dict]:
    """What the honesty chip tells of each checkpoint: numbers of its metrics.json, None where only another has one."""
    found = {name: metrics(name) for name in checkpoints}
    told = [
        k for k in SHOWN if k == "parameters" or any(isinstance(one.get(k), (int, float)) for one in found.values())
    ]
    return [{"name": name, **{k: one.get(k) for k in told}} for name, one in found.items()]


def figure(src: str | None, label, *, numbers=(), note=None, alt=None, near=None) -> dict:
    return {"src": src, "label": label, "numbers": list(numbers), "note": note, "alt": alt or label, "near": near}


def figure_or_note(label, make: Callable[[], dict]) -> dict:
    """make() -> a figure, or the figure that says in words which checkpoint is missing; the others go on."""
    try:
        return make()
    except CheckpointError as error:
        return figure(None, label, note=checkpoint_note(error))
    except Refused as refusal:
        return figure(None, label, note=[refusal.key, refusal.values])


def row(figures: list[dict], title=None) -> dict:
    return {"title": title, "figures": figures}
