"""CLIP: pictures and captions in one space, so that words find pictures and pictures find words."""

from playground.images import clip_index
from playground.serving import clip, pretrained_clip
from playground.tabs.clip import modality_gap, retrieval, similarity, word_swap, zero_shot
from playground.widgets.diagram.diagram import Room, data, network

TITLE, ORDER, FAMILY = "tab.clip", 80, "green"
PANELS = {"matrix": similarity, "zeroshot": zero_shot, "search": retrieval, "gap": modality_gap, "swap": word_swap}
ROOM = Room(
    "clip.room",
    {
        "picture": data("box.picture", 0, panel="search"),
        "sees": network("box.image_tower", 1, panel="zeroshot", runs="matrix zeroshot search"),
        "z_i": data("box.z_i", 2, panel="gap"),
        "cosine": network("box.cosine", 3, panel="matrix"),
        "shares": data("box.shares", 4, panel="zeroshot"),
        "caption": data("box.caption", 0, 1, panel="swap"),
        "reads": network("box.text_tower", 1, 1, panel="swap", runs="matrix zeroshot search swap"),
        "z_t": data("box.z_t", 2, 1, panel="gap"),
    },
    "picture>sees>z_i>cosine>shares caption>reads>z_t>cosine",
)
WARM = [clip.backend, clip_index.load_index, pretrained_clip.loading]
