"""The prior on stage: planes keep what they say, draws are the priors' own, and one of them is painted."""

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from models.prior import TextFeatures
from models.samplers import run
from models.unclip import TextToImage
from playground.images import clip_index
from playground.serving import checkpoints, unclip, validation
from playground.tabs.dalle2 import prior_draws, prior_plane
from playground.tabs.dalle2.embedding_planes import alike, drawings_plane, gap_plane
from playground.tabs.dalle2.prior_draws import DRAWS, Point
from tests.helpers import is_one_sentence, link_assets, picture
from tests.panels import last, values
from tests.unit.playground.tabs.dalle2.conftest import NEW

SETTINGS = dict(prior_scale=1.0, scale=2.0, seed=3, point="diffusion 1")


@pytest.fixture(autouse=True)
def fresh_and_few(monkeypatch):
    """Nothing is known of an earlier test, and few draws are enough."""
    monkeypatch.setattr(prior_draws, "DRAWS", 4)
    monkeypatch.setattr(prior_plane, "DRAWS", 4)
    prior_draws._known.clear()


def embeddings(count: int, size: int = 12) -> torch.Tensor:
    return F.normalize(torch.randn(count, size, generator=torch.Generator().manual_seed(count)), dim=1)


def test_the_gap_is_seen_at_its_true_length_and_lies_across():
    z_t, draws = embeddings(1), embeddings(16)
    plane = gap_plane(z_t, draws)
    assert_close(plane.directions.T @ plane.directions, torch.eye(2))
    assert plane(z_t) == [[0, 0]]
    x, y = plane(draws.mean(0, keepdim=True))[0]
    assert x == pytest.approx(float((draws.mean(0) - z_t[0]).norm()), abs=1e-3) and abs(y) < 1e-3


def test_up_is_where_the_draws_differ_most_besides():
    z_t, draws = embeddings(1), embeddings(16)
    across, up = gap_plane(z_t, draws).directions.T
    apart = draws - draws.mean(0)
    rest = apart - (apart @ across)[:, None] * across
    assert_close((apart @ up).square().sum(), torch.linalg.matrix_norm(rest, 2).square())


def test_a_plane_of_draws_that_are_all_the_same_is_a_plane():
    plane = gap_plane(embeddings(1), embeddings(2)[:1].expand(5, -1))
    assert_close(plane.directions.T @ plane.directions, torch.eye(2), atol=1e-5, rtol=0)


def test_a_plane_keeps_all_of_what_lies_in_it_and_some_of_the_rest():
    z_t, draws = embeddings(1), embeddings(16)
    plane = gap_plane(z_t, draws)
    assert plane.kept(torch.randn(9, 2) @ plane.directions.T) == pytest.approx(1, abs=1e-5)
    assert 0 < plane.kept(draws) < 1
    assert plane.kept(draws[:1]) == 0


def test_the_mean_cosine_is_that_of_different_ones():
    z = embeddings(5)
    pairs = [float(z[i] @ z[j]) for i in range(5) for j in range(5) if i != j]
    assert alike(z) == pytest.approx(sum(pairs) / 20, abs=1e-5)


@pytest.mark.parametrize("text", ["text", "diffusion 1", f"ar {DRAWS}"])
def test_a_point_is_read_as_it_is_written(text, monkeypatch):
    monkeypatch.setattr(prior_draws, "DRAWS", DRAWS)
    assert str(Point.checked(text)) == text


@pytest.mark.parametrize(
    "wrong", [None, 3, "", "diffusion", "ar 0", "ar 17", "ar x", "ar 1.5", "none 1", "ar " + "9" * 50]
)
def test_what_is_no_point_is_refused_in_one_sentence(wrong):
    with pytest.raises(validation.Refused) as refusal:
        Point.checked(wrong)
    assert all(is_one_sentence(refusal.value.say(language)) for language in ("en", "zh"))


def shown(x, prompt: str, **changes) -> dict:
    return last(prior_plane.prior_plane(x, "me", prompt, **SETTINGS | changes))


def kinds(value: dict) -> list[str]:
    return [one["point"].split(" ")[0] for one in value["marks"]]


@pytest.mark.slow
def test_draws_are_each_priors_own_from_the_same_seeds_and_the_first_is_painted(x, staged, words):
    value = shown(x, words)
    pipe, seeds = TextToImage.from_pretrained(staged), [3, 4, 5, 6]
    drawn = {
        kind: run(pipe.choose([words] * 4, seeds, kind, 1.0, candidates=1), network, **{stage: network})
        for kind, stage, network in (("diffusion", "prior", pipe.prior), ("ar", "ar_prior", pipe.ar_prior))
    }
    z_t = TextFeatures.of(pipe.clip, [words]).vector
    plane, best = gap_plane(z_t.detach(), torch.cat(list(drawn.values()))), drawings_plane()
    assert kinds(value) == ["text"] + ["diffusion"] * 4 + ["ar"] * 4
    for name, one in (("gap", plane), ("drawings", best)):
        places = torch.tensor([mark["at"][name] for mark in value["marks"]])
        expected = torch.tensor(one(torch.cat([z_t.detach(), *drawn.values()])))
        assert_close(places, expected, atol=0.01, rtol=0)
    small = run(pipe.decode([words], drawn["diffusion"][:1], [3], scale=2.0), pipe.decoder, decoder=pipe.decoder)
    alone = run(pipe.sharpen(small, [3]), pipe.upsampler, upsampler=pipe.upsampler)
    assert_close(picture(value["picture"]), alone, atol=0.05, rtol=0)
    assert value["done"] and value["nearest"] and value["painted"] == "diffusion 1"


@pytest.mark.slow
def test_a_mark_tells_the_drawings_that_are_nearest_to_it(x, words):
    value = shown(x, words, point="text")
    found = clip_index.load_index()
    for mark in value["marks"]:
        cosines = [float(cosine) for _, cosine in mark["near"]]
        assert cosines == sorted(cosines, reverse=True) and len(cosines) == prior_draws.NEAR
        assert all(value["drawings"][k]["src"].startswith("data:image/") for k, _ in mark["near"])
    best = found.cosines(TextFeatures.of(unclip.load_stages().clip, [words]).vector.detach()).max()
    assert value["marks"][0]["near"][0][1] == f"{float(best):.2f}"
    assert value["painted"] == "text" and value["done"]


@pytest.mark.slow
def test_draws_that_are_known_ask_no_prior_and_another_point_is_another_picture(x, words, monkeypatch):
    first = shown(x, words)
    monkeypatch.setattr(TextToImage, "choose", lambda *_: pytest.fail("the priors are asked again"))
    second = shown(x, words, point="ar 2")
    assert first["marks"] == second["marks"]
    assert first["picture"] != second["picture"]
    assert shown(x, words)["picture"] == first["picture"]


@pytest.mark.slow
def test_the_next_seed_moves_the_draws_by_one(x, words):
    def cosines(seed: int) -> dict:
        return {one["point"]: (one["cosine"], one["near"][0][1]) for one in shown(x, words, seed=seed)["marks"]}

    first, next_ = cosines(3), cosines(4)
    for kind in ("diffusion", "ar"):
        assert [first[f"{kind} {n + 1}"] for n in (1, 2, 3)] == [next_[f"{kind} {n}"] for n in (1, 2, 3)]


@pytest.mark.slow
def test_nothing_of_a_run_is_seen_before_its_draws_are_there(x, words):
    seen = values(prior_plane.prior_plane(x, "me", words, **SETTINGS))
    assert all(("marks" in one) == ("painted" in one) for one in seen)
    assert all(len(one["marks"]) == 9 for one in seen if "marks" in one)


@pytest.mark.slow
@pytest.mark.parametrize("prompt", ["", "x" * 10_000, "<b>猫</b>\u202e"])
def test_any_caption_is_taken(x, prompt):
    assert shown(x, prompt)["done"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "wrong",
    [{"point": "ar 99"}, {"seed": 2**31 - 1}, {"seed": -1}, {"scale": 99}, {"prior_scale": -1}, {"prompt": 3}],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(x, wrong):
    with pytest.raises(validation.Refused) as refusal:
        shown(x, **{"prompt": "cat"} | wrong)
    assert all(is_one_sentence(refusal.value.say(language)) for language in ("en", "zh"))


@pytest.mark.slow
def test_a_missing_prior_leaves_the_other_and_without_both_it_says_so(x, staged, words, tmp_path, monkeypatch):
    for name, kept in (("prior", "ar"), ("ar_prior", "diffusion")):
        folder = tmp_path / name
        folder.mkdir()
        link_assets(staged, folder, name)
        monkeypatch.setenv("PLAYGROUND_ASSETS", str(folder))
        value = shown(x, words)
        assert kinds(value) == ["text"] + [kept] * 4 and value["painted"] == f"{kept} 1"
        assert ["unclip.without", {"name": name}] in value["remarks"] and value["right"] is None
    folder = tmp_path / "both"
    folder.mkdir()
    link_assets(staged, folder, *NEW.keys() & {"prior", "ar_prior"})
    monkeypatch.setenv("PLAYGROUND_ASSETS", str(folder))
    assert shown(x, words)["note"][0] == "checkpoint.missing" and checkpoints.assets() == folder
