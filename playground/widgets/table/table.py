"""Table: measured numbers under heads from the catalogue.

Gradio's Dataframe and a table in its Markdown show the key of a translation in place of a head or the name of a row.
"""

import gradio as gr

from playground.widgets import widget


def table(heads: list[str], rows: list[list]) -> gr.HTML:
    """heads: catalogue keys; a cell is a key, a number, or None."""
    return widget("table", '<div class="scroll"><table></table></div>', heads=heads, rows=rows)
