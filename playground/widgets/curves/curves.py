"""Curves: lines of measured points, in the family's colours, and one sentence on what they say.

Gradio's LinePlot has no logarithmic axis and names no line in the visitor's language; its Plot is a picture in one.
"""

import gradio as gr

from playground.widgets import widget


def curves(lines: list[dict], x: str, y: str, *, ticks: tuple[int, ...] = (), note=None) -> gr.HTML:
    """lines: [{"label", "points": [[x, y]], "dash": for a yardstick}]; x, y: catalogue keys; the first axis is
    logarithmic."""
    plot = {"lines": lines, "x": {"label": x, "log": True, "ticks": list(ticks)}, "y": {"label": y, "log": True}}
    return widget("curves", '<div class="chart"></div><p></p>', plot=plot, note=note)
