"""DALL·E: a caption and a picture as one sentence, written on token by token."""

from playground.tabs.dalle import completion, measured_dalle, reranking, token_stream, writing

TITLE, ORDER, FAMILY = "tab.dalle", 50, "violet"
NEEDS = ("dalle", "vqvae_8")
PANELS = {"write": writing, "complete": completion, "rerank": reranking, "dalle_measured": measured_dalle}
WARM = [token_stream.warm]
