"""CLIP: pictures and captions in one space, so that words find pictures and pictures find words."""

from playground.images import clip_index
from playground.serving import clip, pretrained_clip
from playground.tabs.clip import modality_gap, retrieval, similarity, word_swap, zero_shot

TITLE, ORDER, FAMILY = "tab.clip", 80, "green"
PANELS = {"matrix": similarity, "zeroshot": zero_shot, "search": retrieval, "gap": modality_gap, "swap": word_swap}
WARM = [clip.backend, clip_index.load_index, pretrained_clip.loading]
