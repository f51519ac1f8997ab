"""Variations, blends, text differences and components of a picture: what goes in comes out, and what moves is what was
asked."""

import math

import pytest
import torch
from torch.testing import assert_close

from models.embeddings import slerp
from models.samplers import run
from models.unclip import TextToImage
from playground.images import atlas, clip_index, pictures, specimen
from playground.serving import device, validation
from playground.serving.clip import picture_embeddings
from playground.tabs.dalle2 import components, grid, interpolation, text_diff, variations
from playground.tabs.dalle2.inversion import InversionRun
from tests.helpers import ROOT, picture
from tests.panels import last

pytestmark = pytest.mark.slow
NAN = math.nan


@pytest.fixture(autouse=True)
def few_steps(request, monkeypatch):
    """As many iterations and steps as it takes to come back where a test asks for that, and hardly any elsewhere."""
    iterations, steps = (3, 25) if "trained" in request.fixturenames else (1, 6)
    monkeypatch.setattr(InversionRun.__init__, "__defaults__", (iterations, steps))


@pytest.fixture
def trained(assets):
    """Skips where the networks are the tiny ones that nobody trained."""
    if assets != ROOT / "assets":
        pytest.skip("untrained networks return nowhere")


def drawn(value: dict, line: int = 0) -> list[torch.Tensor]:
    return [picture(one["src"]) for one in value["rows"][line]["figures"]]


def networks(pipe: TextToImage) -> dict:
    """The stages as `run` is given them."""
    return {"decoder": pipe.decoder, "prior": pipe.prior, "upsampler": pipe.upsampler}


def test_without_new_noise_the_specimen_comes_back_and_with_it_something_else(x, trained):
    shown = last(variations.variations(x, "me", inversion="fixed_point", seed=1))
    assert [len(line["figures"]) for line in shown["rows"]] == [2, 3, 3]
    back, thrown = drawn(shown)[1], drawn(shown, 2)

    def small(one):
        return pictures.shrunk(one, 32)

    assert (small(back) - small(x)).square().mean() < 0.3 * min(
        float((small(one) - small(x)).square().mean()) for one in thrown
    )
    numbers = dict(shown["rows"][0]["figures"][1]["numbers"])
    assert float(numbers["number.psnr"].split()[0]) > 15 and 0 < float(numbers["number.cosine"]) <= 1
    assert not torch.equal(thrown[0], thrown[1]) and all(one["near"] for one in shown["rows"][2]["figures"])


def test_a_fixed_point_brings_the_specimen_nearer(x, trained):
    def error(kind: str) -> float:
        numbers = dict(last(variations.variations(x, "me", inversion=kind, seed=1))["rows"][0]["figures"][1]["numbers"])
        return float(numbers["number.psnr"].split()[0])

    assert error("fixed_point") > error("plain")


def test_the_same_seed_varies_in_the_same_way(x):
    first, again, other = (
        drawn(last(variations.variations(x, "me", inversion="plain", seed=seed)), 2) for seed in (4, 4, 5)
    )
    assert all(map(torch.equal, first, again))
    assert torch.equal(first[1], other[0])
    assert not torch.equal(first[0], other[0])


def test_a_blend_begins_and_ends_with_the_pictures_themselves(x, trained):
    y = {"kind": "png", "src": pictures.data_url(-x[0])}
    value = last(interpolation.interpolation(x, "me", other=y, noise="both"))
    row, (first, other) = drawn(value), drawn(value, 1)
    assert len(row) == 7 and not value["remarks"]
    away = [float((pictures.shrunk(row[0], 32) - pictures.shrunk(end, 32)).square().mean()) for end in (first, other)]
    assert away[0] < away[1]
    away = [float((pictures.shrunk(row[-1], 32) - pictures.shrunk(end, 32)).square().mean()) for end in (first, other)]
    assert away[1] < away[0]


def test_between_a_picture_and_itself_lies_only_itself_and_it_says_so(x):
    value = last(interpolation.interpolation(x, "me", other=None, noise="first"))
    row = drawn(value)
    assert value["remarks"] == [["blend.same", {}]]
    for one in row[1:]:
        assert_close(one, row[0], atol=0.05, rtol=0)


def test_equal_captions_change_nothing_and_say_so(x):
    value = last(text_diff.edit(x, "me", before="cat", after="cat"))
    row = drawn(value)
    assert ["edit.same", {}] in value["remarks"]
    for one in row[1:]:
        assert_close(one, row[0], atol=0.05, rtol=0)


def test_another_caption_moves_the_picture_further_along_the_row(x):
    row = drawn(last(text_diff.edit(x, "me", before="fox", after="blue square")))
    away = [float((one - row[0]).square().mean()) for one in row]
    assert away[0] == 0 and away[-1] > away[1]


@pytest.mark.parametrize("texts", [("", ""), ("x" * 10_000, "🦊"), ("<b>a</b>", "שלום"), ("zzzz", "qqqq")])
def test_any_captions_are_taken(x, texts):
    value = last(text_diff.edit(x, "me", before=texts[0], after=texts[1]))
    assert all(one["src"] for one in value["rows"][0]["figures"])


def test_all_components_are_the_whole_embedding(x):
    first, ladder = (line["figures"] for line in last(components.components(x, "me", 16))["rows"])
    numbers = [dict(one["numbers"]) for one in ladder]
    cosines = [float(one["number.cosine"]) for one in numbers]
    assert cosines[-1] == 1.0
    assert cosines == sorted(cosines)
    assert [one["label"][1]["n"] for one in ladder] == list(components.KEPT)
    assert first[1]["src"] == ladder[2]["src"] and first[1]["numbers"] == ladder[2]["numbers"]
    assert all(one["components.sees"][1] in atlas.table()["groups"] for one in numbers)


def test_the_specimens_own_group_is_seen_in_real_drawings(x, trained):
    places = [place for place in clip_index.load_index().places if place[0] == "noto"][::40]
    groups, concepts = components.named_groups()(clip_index.picture_tensors(places)), atlas.table()["concepts"]
    right = [
        atlas.table()["groups"][concepts[atlas.drawing(*place).concept][3]] == group
        for place, group in zip(places, groups, strict=True)
    ]
    assert sum(right) > 0.4 * len(right)


def test_a_picture_is_inverted_once(x, monkeypatch):
    asked = []
    invert = TextToImage.invert
    monkeypatch.setattr(
        TextToImage, "invert", lambda self, told, *rest: asked.append(len(told)) or invert(self, told, *rest)
    )
    y = {"kind": "png", "src": pictures.data_url(x[0].roll(9, 1))}
    first = last(text_diff.edit(x.roll(5, 2), "me", "a", "b"))
    assert first == last(text_diff.edit(x.roll(5, 2), "me", "a", "b")) and asked == [1]
    last(interpolation.interpolation(x.roll(5, 2), "me", y, "both"))
    assert asked == [1, 1]


def test_a_grid_has_an_embedding_a_row_and_a_noise_a_column(x, staged):
    value = last(grid.grid(x, "me", "", "prior", 3.0, 4))
    assert [len(line["figures"]) for line in value["rows"]] == [5, 5, 5]
    assert all(one["src"] for line in value["rows"] for one in line["figures"])
    pipe = TextToImage.from_pretrained(staged)
    with torch.inference_mode():
        z = run(pipe.choose([""] * 3, [4, 5, 6]), pipe.prior, **networks(pipe))
        alone = run(
            pipe.sharpen(run(pipe.paint(pipe.told([""], z[2:]), [5], scale=3.0), None, **networks(pipe)), [5]),
            None,
            **networks(pipe),
        )
    assert_close(drawn(value, 2)[2], alone, atol=0.03, rtol=0)
    assert value["remarks"][0][0] == "grid.alike"
    assert [one["label"] for one in value["rows"][1]["figures"][1:]] == [["draws.one", {"n": n}] for n in (4, 5, 6, 7)]


def test_a_grid_of_the_specimen_stands_beside_drawings_that_are_like_it(x):
    like = grid.alike(x)
    cosines = clip_index.load_index().cosines(picture_embeddings(x))[0]
    assert len(like) == 2
    assert cosines[like[0]] >= cosines[like[1]]
    assert all(cosines[k] < grid.SAME for k in like)
    assert not any(atlas.drawing(*clip_index.load_index().places[k]).held_out for k in like)
    value = last(grid.grid(x, "me", "no words matter", "near", 3.0, 4))
    assert_close(drawn(value)[0], x, atol=0.01, rtol=0)
    assert [remark[0] for remark in value["remarks"]] == ["grid.alike"]


def test_without_the_prior_the_grid_is_of_the_specimen_and_says_so(without, monkeypatch):
    monkeypatch.setattr(device, "half_is_faster", lambda: False)
    without("prior")
    value = last(grid.grid(specimen.tensor(None), "me", "", "prior", 3.0, 4))
    assert ["unclip.without", {"name": "prior"}] in value["remarks"]
    assert value["rows"][0]["title"] == "variations.specimen"


def test_likeness_is_one_of_equal_vectors_and_nothing_of_perpendicular_ones():
    assert grid._likeness(torch.eye(4)[None]) == pytest.approx(0)
    assert grid._likeness(torch.eye(4)[:1].expand(2, 3, 4)) == pytest.approx(1)


@pytest.mark.parametrize(
    "make",
    [
        lambda x: variations.variations(x, "me", "other", 1),
        lambda x: variations.variations(x, "me", "plain", -1),
        lambda x: variations.variations(x, "me", "plain", 1.5),
        lambda x: interpolation.interpolation(x, "me", None, "third"),
        lambda x: interpolation.interpolation(x, "me", 7, "both"),
        lambda x: text_diff.edit(x, "me", None, "a"),
        lambda x: grid.grid(x, "me", "a", "column", 3.0, 1),
        lambda x: grid.grid(x, "me", "a", "near", NAN, 1),
        lambda x: grid.grid(x, "me", "a", "near", -1, 1),
        lambda x: grid.grid(x, "me", "a", "near", 1000, 1),
        lambda x: grid.grid(x, "me", "a", "near", 3.0, 2**31 - 1),
        lambda x: grid.grid(x, "me", 7, "near", 3.0, 1),
        lambda x: components.components(x, "me", 0),
        lambda x: components.components(x, "me", 257),
        lambda x: components.components(x, "me", NAN),
    ],
)
def test_what_cannot_be_used_is_refused(x, make):
    with pytest.raises(validation.Refused) as refusal:
        last(make(x))
    assert all(said and "\n" not in said and said[-1] in ".。！" for said in map(refusal.value.say, ("en", "zh")))


@pytest.mark.parametrize("missing", ["glide", "clip"])
def test_without_clip_or_the_decoder_one_sentence_says_so(without, missing):
    without(missing)
    specimen_ = specimen.tensor(None)
    for answer in (
        variations.variations(specimen_, "me", "plain", 1),
        interpolation.interpolation(specimen_, "me", None, "both"),
        text_diff.edit(specimen_, "me", "a", "b"),
        grid.grid(specimen_, "me", "a", "near", 3.0, 1),
        components.components(specimen_, "me", 8),
    ):
        assert last(answer)["note"][0] == "checkpoint.missing"


def test_without_the_components_only_their_panel_is_closed(without, monkeypatch):
    monkeypatch.setattr(device, "half_is_faster", lambda: False)
    without("ar_prior")
    specimen_ = specimen.tensor(None)
    assert last(components.components(specimen_, "me", 8))["note"][1]["name"] == "ar_prior"
    assert last(text_diff.edit(specimen_, "me", "a", "b"))["rows"]


def test_slerp_turns_evenly_and_keeps_the_length():
    a, b = (
        torch.nn.functional.normalize(torch.randn(3, 16, generator=torch.Generator().manual_seed(k)), dim=1)
        for k in (0, 1)
    )
    path = [slerp(a, b, share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert_close(path[0], a)
    assert_close(path[-1], b)
    assert all(torch.allclose(one.norm(dim=1), torch.ones(3)) for one in path)
    angles = torch.stack([(p * q).sum(1).clamp(-1, 1).arccos() for p, q in zip(path, path[1:], strict=False)])
    assert (angles - angles[0]).abs().max() < 1e-4
    assert_close(slerp(a, b, 0.3), slerp(b, a, 0.7))
    assert_close(slerp(a, a, 0.4), a)


def test_what_clip_sees_has_length_one(x):
    assert_close(picture_embeddings(x).norm(dim=1), torch.ones(1))
