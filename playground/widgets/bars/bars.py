"""A small bar chart in SVG: one value per bar, none of it from visitors."""

import gradio as gr

from playground.widgets import widget


def bars(values: list[float], title: str, unit: str) -> gr.HTML:
    """title, unit: catalogue keys; the title may hold {n}, the number of bars above 0.05."""
    return widget(
        "bars",
        "<figure><figcaption></figcaption><svg role='img'></svg></figure>",
        values=values,
        title=title,
        unit=unit,
    )
