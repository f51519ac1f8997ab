"""A recipe comes back from its link and from its PNG; nothing foreign comes with it."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from playground.shell import share

names = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True).filter(
    lambda name: name not in ("tab", "panel", "specimen", "lang")
)
words = st.from_regex(r"[a-z]{1,8}(_[a-z]{1,8}){0,3}", fullmatch=True).filter(
    lambda word: word not in ("true", "false", "null")
)
numbers = st.integers(-(2**31), 2**31) | st.floats(-1e6, 1e6)
specimens = st.none() | st.builds(
    lambda style, tile: {"kind": "atlas", "style": style, "tile": tile},
    st.sampled_from(["noto", "fluent flat"]),
    st.integers(0, 9999),
)
recipes = st.builds(
    lambda tab, panel, settings, specimen: {"tab": tab, "panel": panel, "settings": settings, "specimen": specimen},
    names,
    names,
    st.dictionaries(names, words | numbers | st.booleans(), max_size=5),
    specimens,
)


@given(recipes)
def test_a_recipe_survives_its_link(recipe):
    assert share.from_link(share.to_link(recipe)) == recipe


@given(recipes)
def test_a_recipe_survives_its_png(recipe):
    chunk, buffer = PngImagePlugin.PngInfo(), io.BytesIO()
    chunk.add_itxt(share.CHUNK, json.dumps(recipe))
    Image.new("RGB", (8, 8)).save(buffer, "PNG", pnginfo=chunk)
    assert share.read_info(Image.open(buffer).info) == recipe


def test_a_short_drawing_travels_in_the_link_and_a_long_one_does_not():
    recipe = {
        "tab": "a",
        "panel": "b",
        "settings": {},
        "specimen": {"kind": "png", "src": "data:image/webp;base64,AAAA"},
    }
    assert share.from_link(share.to_link(recipe)) == recipe
    recipe["specimen"]["src"] += "A" * share.MAX_VALUE
    recipe["settings"]["other"] = recipe["specimen"]
    assert share.from_link(share.to_link(recipe)) == recipe | {"specimen": None, "settings": {}}


@pytest.mark.parametrize(
    "foreign", [None, 7, "x", [], {}, {"tab": "../x", "panel": "b"}, {"tab": "a"}, {"tab": 1, "panel": 2}]
)
def test_what_is_no_recipe_is_none(foreign):
    assert share.clean(foreign) is None


def test_only_what_a_recipe_may_hold_is_kept():
    foreign = {
        "tab": "a",
        "panel": "b",
        "settings": {"ok": 1, "__class__": 2, "list": [1], "long": "x" * (share.MAX_TEXT + 1)},
        "specimen": {"kind": "file"},
        "x": 1,
    }
    assert share.clean(foreign) == {"tab": "a", "panel": "b", "settings": {"ok": 1}, "specimen": None}


@given(st.text(max_size=200))
def test_no_query_and_no_chunk_breaks_it(text):
    share.from_link(text)
    share.read_info({"recipe": text})
