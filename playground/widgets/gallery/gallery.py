"""Gallery: the pictures that a visitor has seen; each leads back to its panel, and two of them stand side by side with
what differs between their recipes. The header opens it by the bus's event "gallery"."""

import gradio as gr

from playground.widgets import widget

TEMPLATE = (
    '<dialog><p class="lead"></p>'
    '<div class="pair"></div><div class="differs" role="status"></div><div class="all"></div>'
    '<button type="button" class="clear"></button></dialog>'
)


def gallery() -> gr.HTML:
    return widget("gallery", TEMPLATE, elem_id="gallery")
