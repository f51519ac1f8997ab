"""Which: the CLIP that a panel asks, ours or one of open_clip; while that one cannot be asked, a sentence says why.

Value: "clip" or "open_clip". Event: "change".
"""

import gradio as gr

from playground.serving import pretrained_clip
from playground.serving.clip import NAME
from playground.widgets import widget

TEMPLATE = '<fieldset hidden><legend></legend><div class="choices"></div></fieldset><p class="told" role="status"></p>'


def which(panel: str) -> dict[str, gr.HTML]:
    """{"model": the field} of a panel, or nothing where no other model is asked for."""
    if not pretrained_clip.asked():
        return {}
    facts = dict(
        names=[NAME, pretrained_clip.NAME],
        foreign=pretrained_clip.called(pretrained_clip.asked()),
        panel=panel,
        setting="model",
    )
    return {"model": widget("which", TEMPLATE, value=NAME, server_functions=[state], **facts)}


def state(_=None) -> dict:
    """{"note": why open_clip's model cannot be asked, or None; "wait": whether that will change}."""
    note = pretrained_clip.loading().note()
    return {"note": note, "wait": note is not None and note[0] == "open_clip.loading"}
