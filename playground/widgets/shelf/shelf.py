"""Shelf: a few drawings of the atlas, to take away and to add to. Value: "noto.12,fluent flat.7". Event: "change"."""

import gradio as gr

from playground.serving.checkpoints import assets
from playground.widgets import widget
from playground.widgets.tray.tray import look

TEMPLATE = '<span class="name"></span><div class="shelf"></div><dialog class="picker"></dialog>'


def shelf(value: str, opening: list[dict], most: int, **options) -> gr.HTML:
    """opening: {"src", "label"} of each drawing of the value."""
    return widget(
        "shelf",
        TEMPLATE,
        events=("change",),
        value=value,
        opening=opening,
        most=most,
        folder=f"/gradio_api/file={assets()}/emoji",
        server_functions=[look],
        **options,
    )
