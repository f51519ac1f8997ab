"""Which CLIP a panel asks: the one of this repository, or one of open_clip where the server names one."""

import gradio as gr

from playground.serving import pretrained_clip
from playground.serving.clip import NAME
from playground.widgets.which.which import which


def model_field() -> dict[str, gr.HTML]:
    """{"model": the field}, or nothing where no other model is asked for."""
    if not (asked := pretrained_clip.asked()):
        return {}
    names = [NAME, pretrained_clip.NAME]
    return {"model": which(names, pretrained_clip.called(asked), state)}


def state(_=None) -> dict:
    """{"note": why open_clip's model cannot be asked, or None; "wait": whether that will change}."""
    note = pretrained_clip.loading().note()
    return {"note": note, "wait": note is not None and note[0] == "open_clip.loading"}
