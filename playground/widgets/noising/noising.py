"""Noising: the specimen under the forward process of both schedules, mixed in the page from x_0 and ε; schedule curves
beside it.

Value: {"src": x_0 as a data URL, "noise": ε in base64, little-endian 16 bit, 1/8192 a unit}. Event: "retry".
"""

import gradio as gr

from playground.widgets import widget

TEMPLATE = """<div class="panes"></div><div class="transport"><input type="range" min="0" max="999" value="300">\
<output></output></div>
<div class="charts"><div class="chart"></div><div class="chart"></div></div><div class="strip"></div>"""


def noising(tables: dict[str, list[float]], side: int, **options) -> gr.HTML:
    """tables: ᾱ of every step, by schedule."""
    return widget("noising", TEMPLATE, events=("retry",), value=None, tables=tables, side=side, **options)
