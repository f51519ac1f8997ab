"""The handlers of the Autoencoders room without a browser: what they show, what they refuse, what they say when a
checkpoint is bad."""

import math
import shutil

import pytest
import torch

from models.autoencoder import CORRUPTIONS
from playground.images import atlas, pictures, specimen, uploads
from playground.serving import autoencoder, device, validation
from playground.tabs.autoencoders import (
    arithmetic,
    beta_ladder,
    dimensions,
    interpolation,
    latent_map,
    random_codes,
    reconstruction,
)
from tests.panels import forget_checkpoints

pytestmark = pytest.mark.slow
NAN, INF = math.nan, math.inf


@pytest.fixture
def x(playground):
    return specimen.tensor(None)


def sources(value: dict) -> list:
    return [figure["src"] for row in value["rows"] for figure in row["figures"]]


def nothing() -> dict:
    return {f"d{i}": 0 for i in range(dimensions.COUNT)}


def panels(x) -> dict:
    return {
        "rebuild": lambda: reconstruction.reconstruction(x, "mask", 0.5, 7),
        "draws": lambda: random_codes.random_codes(x, 3),
        "between": lambda: interpolation.interpolation(x, atlas.second_opening(), "vae"),
        "arithmetic": lambda: arithmetic.arithmetic(x, arithmetic.choices()[-1][1], arithmetic.NOTHING, 1.0),
        "dimensions": lambda: dimensions.dimensions(x, **nothing()),
        "ladder": lambda: beta_ladder.beta_ladder(x, 3),
    }


@pytest.mark.parametrize("name", ["rebuild", "draws", "between", "arithmetic", "dimensions", "ladder"])
def test_every_figure_of_a_panel_is_a_picture_and_comes_out_the_same_twice(x, name):
    first = panels(x)[name]()
    assert all(uploads.accept(src)[0].size == (64, 64) for src in sources(first))
    assert panels(x)[name]() == first


def test_no_damage_leaves_the_specimen_and_says_so(x):
    clean, dirty = reconstruction.reconstruction(x, "gaussian", 0, 1)["rows"][0]["figures"][:2]
    assert clean["src"] == dirty["src"] and dirty["numbers"] == [["number.psnr", "∞ dB"]]


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_the_number_under_a_picture_is_the_psnr_against_the_clean_one(x, kind):
    for figure in reconstruction.reconstruction(x, kind, 0.4, 5)["rows"][0]["figures"][1:]:
        shown = pictures.to_tensor(uploads.accept(figure["src"])[0])[0]
        assert float(figure["numbers"][0][1].split()[0]) == pytest.approx(pictures.psnr(x[0], shown), abs=0.2)


def test_picture_i_of_a_sheet_is_what_its_seed_gives_alone(x):
    sheet = sources(random_codes.random_codes(x, 10))[:3]
    assert [sources(random_codes.random_codes(x, 10 + i))[0] for i in range(3)] == sheet


def test_the_nearest_training_picture_of_a_training_picture_is_itself(playground):
    style, tile = atlas.trained(playground)[2]
    near = random_codes.nearest(specimen.tensor({"kind": "atlas", "style": style, "tile": tile}))[0]
    assert near["label"][1]["style"] == f"style.{style}"
    assert near["label"][1]["en"] == atlas.names(atlas.drawing(style, tile))["en"]


def test_a_walk_begins_at_the_rebuilt_specimen_and_ends_at_the_other(x):
    other = atlas.second_opening()
    straight, arc, pixels = [row["figures"] for row in interpolation.interpolation(x, other, "ae")["rows"]]
    ends = autoencoder.decode("ae", autoencoder.encode("ae", torch.cat([x, specimen.tensor(other)])))
    for walk in (straight, arc):
        for i in (0, -1):
            shown = pictures.to_tensor(uploads.accept(walk[i]["src"])[0])[0]
            torch.testing.assert_close(shown, ends[i], atol=0.03, rtol=0)
    assert pixels[0]["src"] == pictures.data_url(x[0])


def test_strength_nought_changes_nothing(x):
    for row in arithmetic.arithmetic(x, arithmetic.choices()[1][1], arithmetic.NOTHING, 0)["rows"]:
        assert len({figure["src"] for figure in row["figures"]}) == 1


def test_sliders_at_nought_give_the_rebuilt_specimen_and_moved_ones_another(x):
    _, rebuilt, same = sources(dimensions.dimensions(x, **nothing()))[:3]
    moved = sources(dimensions.dimensions(x, **(nothing() | {"d0": 4})))[2]
    assert rebuilt == same != moved


def test_leading_dimensions_come_in_the_order_of_their_kl(playground):
    kl = dimensions.divergences()
    chosen = [kl[i] for i in dimensions.leading()]
    assert chosen == sorted(kl, reverse=True)[: dimensions.COUNT]


def test_a_point_of_the_map_is_decoded_by_all_three_and_the_specimen_has_a_place(x):
    drawn = latent_map.decode([0.5, -1])
    assert set(drawn) == set(latent_map.MODELS)
    assert all(uploads.accept(src)[0].size == (64, 64) for src in drawn.values())
    found = latent_map.places(x)
    assert set(found["points"]) == set(latent_map.MODELS)
    assert all(len(e) == 4 and min(e[2:]) > 0 for e in found["ellipses"])


@pytest.mark.parametrize(
    "point",
    [None, 3, "x", [], [1], [1, 2, 3], [NAN, 0], [0, INF], [9, 0], ["1", "2"], [None, None], {"0": 1}, [True, False]],
)
def test_what_is_no_point_of_the_map_is_answered_with_none(playground, point):
    assert latent_map.decode(point) is None


@pytest.mark.parametrize(
    "values",
    [
        ("mask", NAN, 1),
        ("mask", INF, 1),
        ("mask", 1.1, 1),
        ("mask", -0.1, 1),
        ("mask", "0.5", 1),
        ("mask", None, 1),
        ("mask", True, 1),
        ("blur", 0.5, 1),
        (None, 0.5, 1),
        (["mask"], 0.5, 1),
        ("mask", 0.5, -1),
        ("mask", 0.5, 2**31),
        ("mask", 0.5, 1.5),
        ("mask", 0.5, NAN),
        ("mask", 0.5, 10**30),
        ("mask", 0.5, "7"),
        ("mask", 0.5, [7]),
    ],
)
def test_bad_values_are_refused_in_one_sentence(x, values):
    with pytest.raises(validation.Refused) as refusal:
        reconstruction.reconstruction(x, *values)
    assert len(str(refusal.value)) < 160 and len(refusal.value.say("zh")) < 160


@pytest.mark.parametrize(
    "bad",
    [
        7,
        "noto",
        [],
        {},
        {"kind": "x"},
        {"kind": "atlas"},
        {"kind": "atlas", "style": "one", "tile": 10**9},
        {"kind": "atlas", "style": "../x", "tile": 0},
        {"kind": "atlas", "style": ["one"], "tile": 0},
        {"kind": "png"},
        {"kind": "png", "src": 7},
        {"kind": "png", "src": "data:image/png;base64,AAAA"},
    ],
)
def test_a_bad_specimen_is_refused_in_one_sentence(playground, bad):
    with pytest.raises(validation.Refused):
        specimen.tensor(bad)


@pytest.fixture
def broken(assets, tmp_path, monkeypatch):
    """A copy of the assets to damage."""
    for name in ("emoji", "pca", "ae", "dae", "vae", "ae_2d", "dae_2d", "vae_2d", "vae_ladder", "judge"):
        if name in ("ae", "vae_ladder", "vae_2d", "judge"):
            shutil.copytree(assets / name, tmp_path / name)
        else:
            (tmp_path / name).symlink_to(assets / name)
    monkeypatch.setenv("PLAYGROUND_ASSETS", str(tmp_path))
    forget_checkpoints()
    yield tmp_path
    forget_checkpoints()


def damage(folder, how: str):
    file = folder / "ae" / "model.safetensors"
    if how == "missing":
        file.unlink()
    elif how == "truncated":
        file.write_bytes(file.read_bytes()[:5000])
    elif how == "pickle":
        file.write_bytes(b"\x80\x04no tensors")
    else:
        shutil.copy(folder / "vae_ladder" / "model.safetensors", file)


@pytest.mark.parametrize(
    ("how", "key"),
    [
        ("missing", "checkpoint.missing"),
        ("truncated", "checkpoint.damaged"),
        ("pickle", "checkpoint.damaged"),
        ("wrong", "checkpoint.not_a"),
    ],
)
def test_a_bad_checkpoint_is_told_and_the_others_go_on(broken, how, key):
    damage(broken, how)
    figures = reconstruction.reconstruction(specimen.tensor(None), "mask", 0.3, 1)["rows"][0]["figures"]
    told = [figure["note"] for figure in figures if figure["src"] is None]
    assert len(told) == 1
    assert told[0][0] == key
    assert told[0][1]["name"] == "ae"


def test_a_repaired_checkpoint_works_without_a_restart(broken, assets):
    damage(broken, "truncated")
    assert None in sources(reconstruction.reconstruction(specimen.tensor(None), "mask", 0.3, 1))
    shutil.copy(assets / "ae" / "model.safetensors", broken / "ae" / "model.safetensors")
    assert None not in sources(reconstruction.reconstruction(specimen.tensor(None), "mask", 0.3, 1))


def test_without_any_judge_or_map_the_rest_is_drawn(broken):
    shutil.rmtree(broken / "judge")
    shutil.rmtree(broken / "vae_2d")
    assert None not in sources(random_codes.random_codes(specimen.tensor(None), 1))
    assert latent_map.decode([0, 0])["vae_2d"] is None and latent_map.decode([0, 0])["ae_2d"]


def test_bfloat16_or_not_the_answer_is_float32(playground, monkeypatch):
    for half in (True, False):
        monkeypatch.setattr(device, "half_is_faster", lambda half=half: half)
        assert autoencoder.decode("ae", autoencoder.encode("ae", specimen.tensor(None))).dtype == torch.float32
