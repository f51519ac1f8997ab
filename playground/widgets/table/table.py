"""Table: measured numbers under heads from the catalogue."""

import gradio as gr

from playground.widgets import widget


def table(heads: list[str], rows: list[list]) -> gr.HTML:
    """heads: catalogue keys; a cell is a key, a number, or None."""
    return widget("table", '<div class="scroll"><table></table></div>', heads=heads, rows=rows)
