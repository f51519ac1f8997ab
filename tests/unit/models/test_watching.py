"""What is seen inside a network: against PyTorch's own attention on the very weights, and with no answer changed."""

import threading

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.testing import assert_close

from models import transformer, unet
from models.dalle import DALLE, DALLEConfig, SamplingOptions
from models.diffusion import Diffusion, DiffusionConfig
from models.glide import GLIDE, GLIDEConfig
from models.tokenizer import Tokenizer
from models.watching import attention_of_places, attention_of_tokens, feature_maps, watched

WORDS = dict(vocab=600, context=12)
SIZES = dict(image_size=16, patch=2, width=32, multipliers=(1, 2), blocks=1, attention=(4,), head=16)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.train(["red circle", "blue square", "红色圆"] * 2, WORDS["vocab"], WORDS["context"])


def awake(model):
    """Its zero layers at random: otherwise everything is alike."""
    for parameter in model.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.1)
    return model.eval()


@pytest.fixture(scope="module")
def glide(tokenizer) -> GLIDE:
    torch.manual_seed(0)
    config = GLIDEConfig(**SIZES, **WORDS, text_width=32, text_layers=1, text_heads=2, embedding=16)
    return awake(GLIDE(config, tokenizer))


@pytest.fixture(scope="module")
def dalle(tokenizer) -> DALLE:
    torch.manual_seed(1)
    return awake(DALLE(DALLEConfig(**WORDS, codes=20, grid=3, width=32, layers=2, heads=2), tokenizer))


def asked(glide: GLIDE, tokenizer: Tokenizer):
    x, t = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(3)), torch.tensor([700, 20])
    return x, t, glide.encode(tokenizer(["red circle", ""]))


@torch.no_grad()
def test_the_shares_of_places_are_those_of_pytorchs_own_attention(glide, tokenizer):
    x, t, told = asked(glide, tokenizer)
    found = attention_of_places(glide, x, t, told)
    layers = [layer for layer in glide.modules() if isinstance(layer, unet.Attention)]
    assert found.shape == (2, len(layers), 16, 12 + 4 + 16)
    assert_close(found.sum(3), torch.ones(found.shape[:3]))
    with watched(glide, unet.Attention, lambda layer, output, given, context: (layer, given)) as given:
        glide(x, t, told)
    for k, (layer, h) in enumerate(given):
        rows = layer.norm(h).flatten(2).mT
        q, own_k, _ = F.conv1d(rows.mT, layer.qkv.weight, layer.qkv.bias).mT.chunk(3, 2)
        context_k = F.linear(told.context, layer.context.weight, layer.context.bias).chunk(2, 2)[0]
        keys = torch.cat([context_k, own_k], 1)
        q, keys = (one.unflatten(2, (layer.heads, -1)).transpose(1, 2) for one in (q, keys))
        marks = torch.eye(keys.shape[2]).expand(2, layer.heads, -1, -1)  # each key's value is its own number
        assert_close(found[:, k], F.scaled_dot_product_attention(q, keys, marks).mean(1), atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_whoever_watches_changes_no_answer_and_leaves_nothing_behind(glide, tokenizer):
    x, t, told = asked(glide, tokenizer)
    before = glide(x, t, told)
    with watched(glide, unet.Level, lambda *_: None):
        assert glide(x, t, told).equal(before)
    assert not any(layer._forward_hooks for layer in glide.modules())


@torch.no_grad()
def test_calls_of_another_thread_are_not_seen(glide, tokenizer):
    x, t, told = asked(glide, tokenizer)
    with watched(glide, unet.Attention, lambda *_: "seen") as seen:
        other = threading.Thread(target=lambda: glide(x, t, told))
        other.start()
        other.join()
        assert not seen
        glide(x, t, told)
    assert seen


@torch.no_grad()
def test_a_network_without_attention_says_so():
    model = Diffusion(DiffusionConfig(**SIZES | {"attention": ()}))
    with pytest.raises(ValueError, match="no attention"):
        attention_of_places(model, torch.zeros(1, 3, 16, 16), torch.tensor([5]))


@torch.no_grad()
def test_the_shares_of_tokens_are_those_with_which_each_was_written(dalle, tokenizer, monkeypatch):
    tokens, written, plain = tokenizer(["red circle"]), [], transformer._shares

    def noted(*given):
        shares = plain(*given)
        written.append(shares[:, :, -1])  # of the place that chooses the next token
        return shares

    with monkeypatch.context() as patched:
        patched.setattr(transformer, "_shares", noted)
        codes = dalle.sample(["red circle"], [4], SamplingOptions())
    found = attention_of_tokens(dalle, tokens, codes)
    assert found.shape == (1, 2, 9, 12 + 9)
    assert_close(found.sum(3), torch.ones(1, 2, 9))
    for i in range(9):
        assert not found[..., i, 12 + i :].any()  # not at itself, nor at what comes later
        for layer in range(2):
            row = written[2 * i + layer].mean(1)
            assert_close(found[:, layer, i, : 12 + i], row, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_a_level_is_told_as_it_leaves_the_u_net(glide, tokenizer):
    x, t, told = asked(glide, tokenizer)
    levels = feature_maps(glide, x, t, told)
    assert [(way, *h.shape[1:]) for way, h in levels] == [
        ("down", 32, 8, 8),
        ("down", 64, 4, 4),
        ("middle", 64, 4, 4),
        ("up", 64, 4, 4),
        ("up", 32, 8, 8),
    ]
    network = glide.network
    last = network.out(F.silu(network.norm(levels[-1][1])))
    assert_close(F.pixel_shuffle(last, 2), glide(x, t, told))


@pytest.mark.parametrize("text", ["", "red circle", "红色圆 red", "blorb, 🛸!", "é" * 50, "a " * 50])
def test_words_have_as_many_pieces_as_the_text(tokenizer, text):
    words = tokenizer.words(text)
    assert sum(count for _, count in words) == len(tokenizer.pieces(text))
    assert all(word and count > 0 for word, count in words)


def test_pieces_are_joined_to_words_and_to_characters(tokenizer):
    assert [word for word, _ in tokenizer.words("Red squares")] == ["red", "squares"]
    assert "".join(word for word, _ in tokenizer.words("红车")) == "红车"
    assert max(len(word) for word, _ in tokenizer.words("车马炮")) == 1 < tokenizer.words("车马炮")[0][1]
