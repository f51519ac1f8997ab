"""The options of `python -m training`: an unknown one, a wrong value, sizes that do not fit each other."""

import pytest
import torch

from tests.runs import ae, place, refused  # noqa: F401 - place is a fixture
from training import recipes
from training.__main__ import override


@pytest.mark.parametrize("option", ["--lattent=8", "--model=8", "--Batch=8", "--=3", "--lr-rate=1"])
def test_an_unknown_option_lists_the_valid_ones(place, option):
    said = refused("ae", option, "--runs", place / "never")
    for valid in ("--pictures", "--batch", "--lr", "--latent", "--image_size"):
        assert valid in said
    assert not (place / "never").exists()


@pytest.mark.parametrize(
    "option", ["--batch=many", "--batch=8.5", "--batch=", "--lr=fast", "--widths=16,wide", "--widths="]
)
def test_a_value_of_the_wrong_type_is_named_with_an_example(place, option):
    said = refused("ae", option, "--runs", place / "never")
    assert option in said and "such as" in said


@pytest.mark.parametrize("options", [["--batch"], ["--batch", "8"], ["8"], ["-x"]])
def test_an_option_without_a_value_is_not_swallowed(place, options):
    refused("ae", *options, "--runs", place / "never")


@pytest.mark.parametrize("option", ["--batch=0", "--batch=-4", "--pictures=0"])
def test_no_pictures_at_all_are_refused(place, option):
    assert option in refused("ae", option, "--runs", place / "never")


@pytest.mark.parametrize("options", [["--widths=16,32"], ["--image_size=50"]])
def test_sizes_that_do_not_fit_each_other_are_refused(place, options):
    assert "do not fit each other" in refused("ae", *options, "--data", place / "pictures", "--runs", place / "never")


@pytest.mark.parametrize("minutes", ["0", "-3", "nan", "inf"])
def test_a_time_that_is_none_is_refused(place, minutes):
    assert "--minutes" in refused("ae", f"--minutes={minutes}", "--runs", place / "never")


@pytest.mark.parametrize(
    "device", ["tpu", pytest.param("cuda", marks=pytest.mark.skipif(torch.cuda.is_available(), reason="has one"))]
)
def test_a_device_that_is_not_there_is_refused(place, device):
    assert "--device" in refused("ae", f"--device={device}", "--runs", place / "never")


def test_an_unknown_recipe_lists_the_known_ones():
    said = refused("diffuse")
    assert all(name in said for name in recipes.names())


def test_pictures_that_are_not_there_are_named(place):
    assert "metadata.jsonl is missing" in refused("ae", "--data", place / "nowhere", "--runs", place / "never")


def test_options_reach_the_recipe_and_the_model_inside_it():
    config = override(
        recipes.get("ae").CONFIG, ["--batch=7", "--image-size=32", "--widths=8,16", "--lr=0.5", "--data=a=b"]
    )
    assert (config.batch, config.lr, config.data) == (7, 0.5, "a=b")
    assert (config.model.image_size, config.model.widths) == (32, (8, 16))
