"""Sharing: the address of what stands on the page now, to copy and as a QR code. The header opens it by the bus's event
"share". The code is drawn of a request's body: no log holds what a visitor typed."""

import base64

import gradio as gr

from playground.serving import qr
from playground.widgets import widget

TEMPLATE = (
    '<dialog><p class="lead"></p><div class="code"></div>'
    '<input readonly><p class="lost" role="status"></p><p class="home"></p></dialog>'
)


def sharing() -> gr.HTML:
    return widget("sharing", TEMPLATE, elem_id="sharing", server_functions=[code])


def code(text) -> str | None:
    """A QR code of the text as a data URL, or None where it is too long for one."""
    if not qr.fits(text):
        return None
    return "data:image/svg+xml;base64," + base64.b64encode(qr.drawn(text)).decode()
