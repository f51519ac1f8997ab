"""Recolouring: conversions against known values, which drawings can be moved, what moves and what stays, names, what is
held out."""

import colorsys
import random

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from training.data import colours
from training.data import pictures as data
from training.data.captioned import Captioned, Views

NAMES = list(colours.NAMES)


def drawing(*pieces: tuple[tuple[int, int, int], int], side: int = 16) -> torch.Tensor:
    """uint8 (1, S, S, 4): colours and how many rows of the drawing each has; the rest is transparent."""
    rgba = torch.zeros(1, side, side, 4, dtype=torch.uint8)
    row = 0
    for colour, rows in pieces:
        rgba[0, row : row + rows] = torch.tensor([*colour, 255], dtype=torch.uint8)
        row += rows
    return rgba


GREEN, RED, WHITE, BLACK = (40, 160, 60), (210, 40, 50), (255, 255, 255), (20, 20, 20)


def test_oklab_has_the_published_values_and_returns():
    lab = colours.to_oklab(torch.tensor([[1.0, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]]))
    published = [
        [1.0, 0, 0],
        [0.628, 0.2249, 0.1258],
        [0.8664, -0.2339, 0.1795],
        [0.452, -0.0324, -0.3115],
    ]  # Ottosson 2020
    assert_close(lab, torch.tensor(published), atol=6e-4, rtol=0)
    rgb = torch.rand(200, 3, generator=torch.Generator().manual_seed(0))
    assert_close(colours.from_oklab(colours.to_oklab(rgb)), rgb, atol=2e-3, rtol=0)


def test_hue_saturation_and_value_are_those_of_the_standard_library():
    rgb = torch.rand(100, 3, generator=torch.Generator().manual_seed(1))
    found = torch.stack(colours.hsv(rgb), 1)
    expected = torch.tensor([colorsys.rgb_to_hsv(*each) for each in rgb.tolist()])
    assert_close(found, expected * torch.tensor([360.0, 1, 1]), atol=1e-2, rtol=0)


@pytest.mark.parametrize(
    ("pieces", "able"),
    [
        ([(GREEN, 16)], True),
        ([(GREEN, 8), (WHITE, 8)], True),
        ([(GREEN, 5), (WHITE, 11)], False),  # less than 35% has a colour
        ([(GREEN, 8), (RED, 8)], False),  # two hues, none has 60%
        ([(GREEN, 11), (RED, 5)], True),
        ([(WHITE, 16)], False),
        ([((120, 124, 122), 16)], False),  # grey
        ([(BLACK, 16)], False),
        ([], False),  # nothing drawn
    ],
)
def test_a_drawing_with_one_dominant_hue_can_be_moved(pieces, able):
    tint = colours.tint(drawing(*pieces))
    assert tint.shape == (1, 4) and bool(tint.isfinite().all()) == able


@pytest.mark.parametrize("name", NAMES)
def test_a_moved_drawing_has_the_colour_that_it_was_moved_to_and_the_rest_stays(name):
    rgba = drawing((GREEN, 10), (WHITE, 2), (BLACK, 2))
    colour = torch.tensor([NAMES.index(name)])
    moved = colours.recoloured(rgba, colours.tint(rgba), colour)
    wanted = torch.tensor(colours.COLOURS[name][1])
    assert (moved[0, :10, :, :3].float() - wanted).abs().max() <= 6
    assert moved[0, 10:].equal(rgba[0, 10:]) and moved[..., 3].equal(rgba[..., 3])


def test_shading_is_kept():
    rgba = drawing(((30, 120, 45), 5), ((40, 160, 60), 6), ((60, 200, 80), 5))
    for name in NAMES:
        moved = colours.recoloured(rgba, colours.tint(rgba), torch.tensor([NAMES.index(name)]))
        light = colours.to_oklab(moved[0, [0, 8, 15], 0, :3] / 255)[:, 0]
        assert (light.diff() > 0.015).all(), name


def test_minus_one_and_what_cannot_be_moved_stay_as_they_are():
    rgba = torch.cat([drawing((GREEN, 16)), drawing((WHITE, 16))])
    tint = colours.tint(rgba)
    assert colours.recoloured(rgba, tint, torch.tensor([-1, 3])).equal(rgba)
    once = colours.recoloured(rgba, tint, torch.tensor([4, 4]))
    assert not once[0].equal(rgba[0]) and once[1].equal(rgba[1])


def test_a_drawings_own_colour_is_named_where_it_is_one_of_the_eleven():
    rgba = torch.cat([drawing((colours.COLOURS[name][1], 16)) for name in ("red", "yellow", "green", "blue", "purple")])
    found = colours.own(colours.tint(rgba)).tolist()
    assert [NAMES[i] for i in found] == ["red", "yellow", "green", "blue", "purple"]
    between = colours.tint(drawing(((0, 220, 200), 16)))  # turquoise
    assert colours.own(torch.cat([between, torch.full((1, 4), torch.nan)])).tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("en", "zh", "thing"),
    [
        ("house", "房子", ("house", "房子")),
        ("red apple", "红苹果", ("apple", "苹果")),
        ("green apple", "青苹果", ("apple", "苹果")),
        ("red heart", "红心", ("heart", "心")),
        ("pink heart", "粉红色的心", ("heart", "心")),
        ("light blue heart", "浅蓝色的心", ("heart", "心")),
        ("orange book", "橙色书本", ("book", "书本")),
        ("red envelope", "红包", ("envelope", "信封")),
        ("large orange diamond", "橙色大菱形", ("large diamond", "大菱形")),
        ("hollow red circle", "红色空心圆圈", ("hollow circle", "空心圆圈")),
        ("black large square", "黑线大方框", ("large square", "大方框")),
        ("leafy green", "绿叶蔬菜", None),  # a colour elsewhere in the name
        ("person with white cane", "拄盲杖的人", None),
        ("man: red hair", "男人: 红发", None),
        ("mahjong red dragon", "红中", None),
        ("flag: Japan", "旗: 日本", None),
        ("tomato", "西红柿", ("tomato", "西红柿")),  # a character that only looks like a colour
        ("cucumber", "黄瓜", ("cucumber", "黄瓜")),
        ("tangerine", "橘子", ("tangerine", "橘子")),
        ("orangutan", "红毛猩猩", ("orangutan", "红毛猩猩")),
        ("blueberries", "蓝莓", ("blueberries", "蓝莓")),
    ],
)
def test_a_name_loses_the_colour_that_it_begins_with(en, zh, thing):
    assert colours.uncoloured(en, zh) == thing


def test_the_colour_of_a_name():
    assert [colours.named(name) for name in ("red apple", "large blue diamond", "house", "leafy green", "orange")] == [
        0,
        4,
        -1,
        -1,
        -1,
    ]
    assert colours.named("grey heart") == colours.named("gray heart") == NAMES.index("grey")


@pytest.fixture(scope="module")
def known() -> data.Pictures:
    return colours.load(64)


def test_most_drawings_without_skin_tone_can_be_moved(known):
    training = known.training()
    plain = training.take(training.tone == 0)
    able = np.isfinite(plain.tint[:, 0])
    assert len(plain) == 9_019 and 6_000 <= able.sum() <= 7_000
    assert not np.isfinite(training.take(training.tone > 0).tint).any()


def test_one_pair_of_concept_and_colour_in_twenty_is_in_no_batch_of_any_style(known):
    training = known.training()
    able = np.isfinite(training.tint[:, 0])
    held = np.array([[colours.is_held_out(each, name) for name in NAMES] for each in training.characters])
    assert not (training.may & held).any() and not training.may[~able].any()
    assert 0.04 < held[able].mean() < 0.06
    batches = Captioned(training, 64)
    for step in range(20):
        drawn, _ = batches.drawn(step)
        moved = drawn.colour >= 0
        assert not held[drawn.picture[moved].numpy(), drawn.colour[moved].numpy()].any()


def test_a_moved_drawing_is_always_told_with_its_colour_and_without_its_own(known):
    batches, rng = Captioned(known.training(), 8), random.Random(0)
    apple = next(
        i for i, each in enumerate(batches.known.captions) if each["en"][0] == "red apple" and batches.choices[i]
    )
    for _ in range(100):
        text, fact = batches.caption(apple, NAMES.index("blue"), 0, rng)
        assert "blue" in text or "蓝色" in text
        assert "red" not in text.replace("rendered", "")
        assert "红" not in text
        assert fact.colour == NAMES.index("blue")
    plain = {batches.caption(apple, -1, 0, rng) for _ in range(200)}
    assert any(fact.phrase == "apple" and fact.colour == NAMES.index("red") for _, fact in plain)


def test_the_views_of_a_picture_are_drawn_as_often_as_batches_draw_it(known):
    batches = Captioned(known.training(), 64)
    views = Views(batches, torch.nn.Identity())
    share = torch.zeros(len(batches.known), dtype=torch.float64).index_add_(0, views.drawn.picture, views.weights)
    assert_close(share, batches.weights)
    moved = views.weights[views.drawn.colour >= 0].sum() / views.weights[batches.may.any(1)[views.drawn.picture]].sum()
    assert moved.item() == pytest.approx(batches.recolours, abs=1e-6)
    assert all(batches.may[p, c] for p, c in zip(views.drawn.picture, views.drawn.colour, strict=True) if c >= 0)
