"""Inside the U-Net: the strips are the maps of the run that made the picture; foreign input is refused."""

import math

import pytest
import torch
from torch.testing import assert_close

from models.diffusion import Diffusion
from models.samplers import Noise, ancestral, denoiser, spacing
from models.samplers import run as drive
from models.watching import feature_maps
from playground.serving.validation import Refused
from playground.tabs.diffusion.levels import MAPS, levels, most_varied, stretched
from tests.helpers import is_one_sentence, opened
from tests.panels import final, last, shown, values

pytestmark = pytest.mark.slow
SETTINGS = dict(model="ddpm", steps=3, seed=5)


@pytest.fixture
def x(assets, monkeypatch):
    return opened(assets, monkeypatch)


def test_the_strips_are_the_maps_of_the_run_that_made_the_picture(x, assets):
    value, model, asked = last(levels(x, "me", **SETTINGS)), Diffusion.from_pretrained(assets / "ddpm").eval(), []
    process = model.process.respaced(spacing(1000, 3))

    def heard(x, t, condition):
        asked.append((x, t))
        return model(x, t, condition)

    with torch.inference_mode():
        noise = Noise([5])
        drawn = drive(ancestral(denoiser(model), process, noise(3, 32, 32), noise, model.config.variance), heard)
        xs, ts = (torch.cat(parts) for parts in zip(*asked, strict=True))
        found = feature_maps(model, xs, ts)
    assert_close(final(value), drawn[0].clamp(-1, 1), atol=0.02, rtol=0)
    assert [(one["way"], one["channels"], one["side"]) for one in value["levels"]] == [
        (way, *h.shape[1:3]) for way, h in found
    ]
    sprite, top = shown(value["sprite"])[0], 0
    ends = torch.tensor([float(one) for one in value["ranges"].split()]).view(3, len(found), MAPS, 2)
    for k, ((_, h), one) in enumerate(zip(found, value["levels"], strict=True)):
        side, maps = one["side"], h[:, one["kept"]]
        assert_close(ends[:, k], torch.stack([maps.amin((2, 3)), maps.amax((2, 3))], 2), atol=0.02, rtol=0.02)
        for moment in range(3):
            left = moment * sprite.shape[1] // 3
            strip = sprite[top : top + side, left : left + MAPS * side]
            assert_close(strip, torch.cat([*stretched(maps)[0][moment]], 1), atol=0.03, rtol=0)
        top += side
    assert top == len(sprite)


def test_the_channels_that_vary_most_come_first_whatever_their_mean():
    h = torch.zeros(2, 10, 4, 4)
    h[:, 3] = torch.randn(2, 4, 4)
    h[:, 7] = 5 * torch.randn(2, 4, 4)
    h[:, 1] = 100.0
    assert most_varied(h).tolist()[:2] == [7, 3]
    assert len(most_varied(h)) == MAPS and len(most_varied(h[:, :2])) == 2


def test_a_map_without_any_change_is_drawn_without_a_division_by_zero():
    drawn, ends = stretched(torch.full((1, 1, 2, 2), 3.0))
    assert drawn.isfinite().all() and ends.tolist() == [[[3.0, 3.0]]]


def test_a_network_that_was_told_groups_is_looked_into_too(x):
    assert len(last(levels(x, "me", model="adm", steps=2, seed=1))["levels"]) == len(
        last(levels(x, "me", **SETTINGS | {"steps": 1}))["levels"]
    )


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"steps": math.nan}, {"steps": 2000}, {"seed": -1}, {"model": "glide"}, {"model": None}]
)
def test_bad_settings_are_refused_in_one_sentence(x, wrong):
    with pytest.raises(Refused) as refusal:
        values(levels(x, "me", **SETTINGS | wrong))
    assert is_one_sentence(str(refusal.value)) and not refusal.value.say("zh").isascii()


def test_a_missing_network_is_told(x, without):
    without("ddpm")
    assert last(levels(x, "me", **SETTINGS))["note"][1]["name"] == "ddpm"
