"""Which: one of two models that a panel asks; while the foreign one cannot be asked, a sentence says why.

Value: the name of a model. Event: "change". Gradio's Radio cannot wait: each visitor's page would need a timer, and a
link that asks for a model that is still being loaded would be refused instead of taken once the model is there.
"""

from collections.abc import Callable

import gradio as gr

from playground.widgets import widget

TEMPLATE = '<fieldset hidden><legend></legend><div class="choices"></div></fieldset><p class="told" role="status"></p>'


def which(names: list[str], foreign: str, state: Callable) -> gr.HTML:
    """names: of our model and of the foreign one, which visitors know as `foreign`; state() -> {"note": why that one
    cannot be asked, or None; "wait": whether that will change}."""
    return widget(
        "which",
        TEMPLATE,
        events=("change",),
        value=names[0],
        names=names,
        foreign=foreign,
        server_functions=[state],
    )
