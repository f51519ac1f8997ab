"""CLIP: pictures and captions in one space, so that words find pictures and pictures find words."""

import gradio as gr

from playground.images import clip_index
from playground.panels import House
from playground.serving import clip, pretrained_clip
from playground.shell.languages import word
from playground.tabs.clip import modality_gap, retrieval, similarity, word_swap, zero_shot

TITLE, ORDER, FAMILY = "tab.clip", 80, "green"
PANELS = {"matrix": similarity, "zeroshot": zero_shot, "search": retrieval, "gap": modality_gap, "swap": word_swap}
WARM = [clip.backend, clip_index.gallery, pretrained_clip.loading]


def render(house: House):
    with gr.Tabs(selected="matrix", elem_id="clip-panels", overflow_behavior="wrap") as section:
        for name, panel in PANELS.items():
            with gr.Tab(word(f"panel.{name}"), id=name):
                panel.render(house, section)
