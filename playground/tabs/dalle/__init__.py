"""DALL·E: a caption and a picture as one sentence, written on token by token."""

from playground.requests import token_stream
from playground.tabs.dalle import attention, completion, measured_dalle, reranking, writing
from playground.widgets.diagram.diagram import Room, data, network

TITLE, ORDER, FAMILY = "tab.dalle", 50, "violet"
NEEDS = ("dalle", "vqvae_8")
PANELS = {
    "write": writing,
    "causal": attention,
    "complete": completion,
    "rerank": reranking,
    "dalle_measured": measured_dalle,
}
ROOM = Room(
    "dalle.room",
    {
        "caption": data("box.caption", 0, panel="write"),
        "bpe": network("box.bpe", 1, panel="write"),
        "transformer": network("box.transformer", 2, panel="write"),
        "tokens": data("box.picture_tokens", 3, panel="complete"),
        "decoder": network("box.vq_decoder", 4, panel="write"),
        "clip": network("box.ranking", 5, panel="rerank", runs="rerank"),
        "specimen": data("box.specimen", 1, 1, panel="complete"),
        "encoder": network("box.vq_encoder", 2, 1, panel="complete", runs="complete"),
    },
    "caption>bpe>transformer>tokens>decoder>clip specimen>encoder>tokens",
)
WARM = [token_stream.warm]
