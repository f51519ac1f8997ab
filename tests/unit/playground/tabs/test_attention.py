"""The panels of attention: what they show is what was attended to in the run that made the picture; foreign input is
refused."""

import base64
import math

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from models import unet
from models.dalle import DALLE, SamplingOptions
from models.glide import GLIDE
from models.guidance import classifier_free
from models.samplers import Noise, ddim, spacing
from models.samplers import run as drive
from models.watching import attention_of_tokens
from playground.images import attention as attended
from playground.serving.validation import Refused
from playground.tabs.dalle.attention import causal_attention
from playground.tabs.guidance.attention import attention
from tests.helpers import is_one_sentence, opened
from tests.panels import last, values

pytestmark = pytest.mark.slow
SETTINGS = dict(prompt="red circle", scale=3.0, steps=4, seed=3)
WRITES = dict(prompt="red circle", scale=2.0, temperature=1.0, seed=3)


@pytest.fixture
def x(assets, monkeypatch):
    return opened(assets, monkeypatch)


def unpacked(value: dict) -> torch.Tensor:
    """(moments, layers, places, columns and places), as the page reads them."""
    numbers = np.frombuffer(base64.b64decode(value["shares"]), "<u2").astype(np.float32)
    places = value["grid"] ** 2
    shape = (-1, value["layers"], places, len(value["columns"]) + places)
    return torch.from_numpy((numbers / attended.FULL) ** 2).view(shape)


def kinds(value: dict) -> list[str]:
    return [one["kind"] for one in value["columns"]]


def test_the_page_gets_the_attention_of_the_run_that_made_the_picture(x, assets, monkeypatch):
    value = last(attention(x, "me", **SETTINGS))
    model, seen = GLIDE.from_pretrained(assets / "glide").eval(), []
    plain = unet.attended

    def heard(q, k, v):
        if q.shape[2] == value["grid"] ** 2:
            seen.append((q @ k.mT * q.shape[3] ** -0.5).softmax(3).mean(1)[0])
        return plain(q, k, v)

    monkeypatch.setattr(unet, "attended", heard)
    with torch.inference_mode():
        told, nothing = model.encode(model.tokenizer([SETTINGS["prompt"]])), model.encode(model.empty(1))
        denoise = classifier_free(model, nothing, (told, 3.0))
        drive(ddim(denoise, model.process.respaced(spacing(1000, 4)), Noise([3])(3, 32, 32)), model)
    calls = torch.stack(seen).unflatten(0, (-1, value["layers"]))[::2]  # every other one is of no words
    found = unpacked(value)
    assert value["at"]["step"] == [1, 2, 3, 4] and len(calls) == len(found) == 4
    assert_close(found, attended.joined(calls, value["columns"]), atol=2e-3, rtol=0)
    assert_close(found.sum(3), torch.ones(found.shape[:3]), atol=2e-3, rtol=0)


def test_the_columns_are_the_whole_caption_in_its_order(x):
    value = last(attention(x, "me", **SETTINGS | {"steps": 1}))
    assert kinds(value) == ["start", "word", "word", "end", "padding", "embedding"]
    assert [one["name"] for one in value["columns"] if one["kind"] == "word"] == ["red", "circle"]
    assert sum(one["tokens"] for one in value["columns"]) == 36


@pytest.mark.parametrize(("change", "key"), [({"prompt": ""}, "guidance.empty"), ({"scale": 0}, "attention.unasked")])
def test_where_no_words_are_asked_about_none_are_shown_and_it_is_told(x, change, key):
    value = last(attention(x, "me", **SETTINGS | {"steps": 2} | change))
    assert "word" not in kinds(value) and value["remarks"][0][0] == key
    assert_close(unpacked(value).sum(3), torch.ones(2, value["layers"], value["grid"] ** 2), atol=2e-3, rtol=0)


def test_a_caption_that_fills_the_context_has_no_padding(x):
    value = last(attention(x, "me", **SETTINGS | {"prompt": "a " * 50, "steps": 1}))
    assert "padding" not in kinds(value) and kinds(value).count("word") == 30


def test_of_a_long_run_thirty_steps_are_kept(x):
    value = last(attention(x, "me", **SETTINGS | {"steps": 31}))
    assert len(unpacked(value)) == 30 == len(value["at"]["t"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"scale": 11},
        {"scale": math.nan},
        {"scale": "3"},
        {"steps": 0},
        {"steps": "x"},
        {"seed": -1},
        {"prompt": 7},
        {"prompt": None},
        {"prompt": "a" * 30_000},
    ],
)
def test_bad_settings_are_refused_in_one_sentence(x, wrong):
    with pytest.raises(Refused) as refusal:
        values(attention(x, "me", **SETTINGS | wrong))
    assert is_one_sentence(str(refusal.value)) and not refusal.value.say("zh").isascii()


def test_a_missing_network_is_told(x, without):
    without("glide", "dalle")
    assert last(attention(x, "me", **SETTINGS))["note"][1]["name"] == "glide"
    assert last(causal_attention(x, "me", **WRITES))["note"][1]["name"] == "dalle"


def test_the_tokens_of_a_picture_look_at_the_caption_and_at_what_stands_before(x, assets):
    value = last(causal_attention(x, "me", **WRITES))
    found, known = unpacked(value)[0], len(value["columns"])
    assert value["causal"] and kinds(value)[:3] == ["start", "word", "word"]
    assert not torch.stack([layer[:, known:].triu() for layer in found]).any()
    assert_close(found.sum(2), torch.ones(found.shape[:2]), atol=2e-3, rtol=0)
    model = DALLE.from_pretrained(assets / "dalle").eval()
    tokens = model.tokenizer([WRITES["prompt"]])
    with torch.inference_mode():
        codes = model.sample([WRITES["prompt"]], [3], SamplingOptions(2.0))
        alone = attention_of_tokens(model, tokens, codes)[0]
    assert_close(found, attended.joined(alone, value["columns"]), atol=2e-3, rtol=0)


@pytest.mark.parametrize("wrong", [{"scale": 9}, {"temperature": -1}, {"seed": "x"}, {"prompt": 7}])
def test_what_dalle_cannot_be_asked_is_refused(x, wrong):
    with pytest.raises(Refused) as refusal:
        values(causal_attention(x, "me", **WRITES | wrong))
    assert is_one_sentence(str(refusal.value))
