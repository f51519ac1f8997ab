"""The GAN room: what is shown is what the networks give, lessons belong to their page, and foreign input is refused."""

import threading
import time
from types import SimpleNamespace

import gradio as gr
import pytest
import torch
from torch.testing import assert_close

from models.gan import GAN
from models.layers import normal_rows
from playground.images import atlas, pictures
from playground.serving import checkpoints
from playground.serving.validation import Refused
from playground.shell.languages import LANGUAGES
from playground.tabs.gan import directions, lab, lessons, real_or_fake, samples, style_mixing, time_lapse
from playground.tabs.gan.networks import RUNS, main_directions, network, stages, styles, traits
from tests.helpers import is_one_sentence, opened, picture
from tests.panels import forget_checkpoints
from tests.tiny import make

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def played(assets, tmp_path_factory):
    """The assets where the GANs ship, else tiny ones."""
    whole = all((assets / name / "model.safetensors").exists() for name in RUNS)
    return assets if whole else make(tmp_path_factory.mktemp("played"))


@pytest.fixture
def x(played, monkeypatch):
    lessons._pages.clear()
    return opened(played, monkeypatch)


def figures(found: dict) -> list[dict]:
    return [one for row in found["rows"] for one in row["figures"]]


def z(seed: int) -> torch.Tensor:
    return normal_rows(1, network("gan").config.latent, torch.Generator().manual_seed(seed))


def test_samples_are_those_of_the_network_each_from_its_own_seed(x, played):
    shown = figures(samples.samples(x, "gan", 5, 1.0, 7))
    alone = GAN.from_pretrained(played / "gan")
    with torch.no_grad():
        drawn = alone.draw(alone.style(torch.cat([z(seed) for seed in (7, 12)])))
    for one, k in zip(drawn, (0, 5), strict=False):
        assert_close(picture(shown[k]["src"])[0], pictures.enlarged(one[None])[0], atol=0.02, rtol=0)
    assert len(shown) == 16
    assert shown[5]["label"] == ["draws.one", {"n": 12}]
    assert all(one["near"] for one in shown)
    assert shown[1]["src"] == figures(samples.samples(x, "gan", 5, 1.0, 8))[0]["src"]


def test_truncation_draws_all_to_the_mean(x):
    none, half, whole = (figures(samples.samples(x, "gan", 5, psi, 1)) for psi in (0, 0.5, 1))

    def spread(shown):
        return torch.cat([picture(one["src"]) for one in shown]).std(0).mean()

    assert spread(none) < 1e-6 < spread(half) < spread(whole)


def test_a_stage_is_the_generator_that_was_kept(x):
    known = stages("gan")
    assert known == sorted(known) and known[-1] == int(network("gan").seen)
    early, late = samples.samples(x, "gan", 0, 1.0, 1), samples.samples(x, "gan", 5, 1.0, 1)
    assert early["rows"][0]["title"] == ["gan.after", {"n": f"{known[0]:,}"}]
    assert figures(early)[0]["src"] != figures(late)[0]["src"]
    film = time_lapse.time_lapse(x, "gan", 1)
    assert [len(row["figures"]) for row in film["rows"]] == [len(known)] * 5
    assert film["rows"][0]["figures"][0]["src"] == figures(early)[0]["src"]
    assert film["rows"][2]["figures"][-1]["src"] == figures(late)[2]["src"]


def test_main_directions_are_orthogonal_and_ordered(x):
    mean, axes = main_directions(network("gan"))
    lengths = axes.norm(dim=1)
    assert (lengths[:-1] >= lengths[1:] - 1e-6).all()
    leading = axes[:6] / lengths[:6, None]
    assert_close(leading @ leading.T, torch.eye(6), atol=1e-3, rtol=0)
    w = styles(network("gan"), list(range(400)))
    assert_close(((w - mean) @ leading.T).std(0), lengths[:6], rtol=0.25, atol=1e-4)


def test_sliders_move_the_style_and_nothing_else(x):
    still = figures(directions.directions(x, 3, **{f"d{k}": 0 for k in range(6)}))
    assert still[0]["src"] == still[1]["src"]
    moved = figures(directions.directions(x, 3, **{f"d{k}": 3 * (k == 0) for k in range(6)}))
    assert moved[1]["src"] == moved[9]["src"] == still[9]["src"]
    assert moved[0]["src"] == still[0]["src"] != moved[1]["src"]


def test_mixing_at_the_ends_gives_the_two_pictures_and_the_walk_joins_them(x):
    for split, where in ((0, "fine"), (3, "coarse")):
        rows = [row["figures"] for row in style_mixing.style_mixing(x, 1, 21, split)["rows"]]
        for a in range(1, 4):
            for b in range(1, 6):
                assert rows[a][b]["src"] == (rows[0][b] if where == "fine" else rows[a][0])["src"]
    for walk in rows[4:]:
        assert walk[0]["src"] == rows[1][0]["src"] and walk[-1]["src"] == rows[0][1]["src"]
    middle = style_mixing.style_mixing(x, 1, 21, 1)["rows"][1]["figures"][1]["src"]
    assert middle not in (rows[1][0]["src"], rows[0][1]["src"])


def test_the_quiz_asks_about_drawings_that_nobody_learned(x):
    found = real_or_fake.pairs(x, 4)["pairs"]
    unseen = real_or_fake.unseen()
    assert 1 < len(found) <= 8 and len({one["real"]["src"] for one in found}) == len(found)
    if len(unseen) > 100:  # the real atlas
        assert all(atlas.drawing(style, tile).held_out for style, tile in unseen)
        assert not any(atlas.table()["styles"][style].get("unseen") for style, _ in unseen)
    scores = [one[kind]["score"] for one in found for kind in ("real", "drawn")]
    assert all(isinstance(s, float) for s in scores)
    assert found == real_or_fake.pairs(x, 4)["pairs"] != real_or_fake.pairs(x, 5)["pairs"]


def visitor(name: str = "me", address: str = "here") -> gr.Request:
    return gr.Request(session_hash=name, client=SimpleNamespace(host=address), headers={})


def asked(
    page: str = "page-one",
    steps: int = 5,
    only: str = "",
    t: int = 20,
    anew: bool = False,
    of: gr.Request | None = None,
    **settings,
) -> dict:
    whole = {"shape": "ring", "points": "", "loss": "relativistic", "penalty": "penalty", "seed": 0} | settings
    question = {"page": page, "settings": whole, "anew": anew, "steps": steps, "only": only, "t": t}
    return lessons.teach(question, of or visitor(page))


def test_a_lesson_goes_on_where_its_page_left_it_and_no_page_learns_from_another(x, monkeypatch):
    monkeypatch.setattr(lessons, "LONGEST", 60)
    first = asked(steps=6)["toys"]
    assert [first[kind]["steps"] for kind in ("gan", "vae", "diffusion")] == [6, 6, 6]
    asked("page-two", steps=9, shape="grid")
    on = asked(steps=4)["toys"]
    assert on["gan"]["steps"] == 10
    alone = asked("page-three", steps=10)["toys"]
    assert all(alone[kind]["samples"] == on[kind]["samples"] for kind in alone)
    assert asked(steps=0, anew=True)["toys"]["gan"]["steps"] == 0
    assert asked("page-two", steps=0, shape="moons")["toys"]["gan"]["steps"] == 0


def test_one_player_alone_is_taught_on_request(x, monkeypatch):
    monkeypatch.setattr(lessons, "LONGEST", 60)
    before = asked(steps=3)["toys"]
    after = asked(steps=4, only="discriminator")["toys"]
    assert after["gan"]["samples"] == before["gan"]["samples"] and after["gan"]["heat"] != before["gan"]["heat"]
    assert after["vae"] == before["vae"] and after["gan"]["steps"] == 7
    assert asked(steps=4, only="generator")["toys"]["gan"]["samples"] != after["gan"]["samples"]


def test_what_is_seen_of_a_toy_fits_the_page(x):
    toys = asked(steps=1)["toys"]
    assert len(toys["gan"]["heat"]) == lessons.SIDE**2
    assert 0 <= min(toys["gan"]["heat"]) <= max(toys["gan"]["heat"]) <= 100
    assert len(toys["gan"]["arrows"]) == 4 * lessons.ARROWS
    assert len(toys["gan"]["lines"]) == len(toys["vae"]["lines"]) == 2 * lessons.LINES
    assert toys["diffusion"]["arrows"] != asked(steps=0, t=90)["toys"]["diffusion"]["arrows"]
    assert all(len(toy["samples"]) == 2 * lessons.POINTS and toy["modes"] <= 8 for toy in toys.values())


def test_a_question_takes_little_time_and_old_pages_are_forgotten(x, monkeypatch):
    asked("the clock", steps=1)
    begun = time.monotonic()
    asked("the clock", steps=1)
    one = time.monotonic() - begun
    assert 1 <= asked(steps=200)["toys"]["gan"]["steps"] <= 200
    assert time.monotonic() - begun - one < lessons.LONGEST + 10 * one  # what comes beside the steps takes its time too
    monkeypatch.setattr(lessons, "IDLE", -1)
    asked("the only one", steps=0)
    assert list(lessons._pages) == ["the only one"]
    monkeypatch.setattr(lessons, "MOST_STEPS", 2)
    assert asked("the only one", steps=50) | {"toys": 0} == {"toys": 0, "over": True}
    assert asked("the only one", steps=50)["toys"]["vae"]["steps"] == 2


def test_a_page_too_many_is_told_until_another_has_not_been_looked_at_for_a_while(x, monkeypatch):
    monkeypatch.setattr(lessons, "PAGES", 3)
    for k in range(3):
        assert "toys" in asked(f"a page, number {k}", steps=0)
    assert asked("a page, number 3", steps=0)["note"] == ["lab.full", {"n": 3}]
    assert asked("a page, number 0", steps=1)["toys"]["gan"]["steps"] == 1
    lessons._pages["a page, number 1"].seen -= lessons.AWAY + 1
    assert "toys" in asked("a page, number 3", steps=0)
    assert asked("a page, number 1", steps=0)["note"][0] == "lab.full"
    assert asked("a page, number 0", steps=1)["toys"]["gan"]["steps"] == 2
    assert set(lessons._pages) == {f"a page, number {k}" for k in (0, 2, 3)}


def test_two_pages_at_once_learn_what_each_would_alone(x, monkeypatch):
    monkeypatch.setattr(lessons, "LONGEST", 60)
    found = {}

    def learn(name: str, seed: int):
        for _ in range(4):
            found[name] = asked(name, steps=3, seed=seed)["toys"]

    threads = [threading.Thread(target=learn, args=(f"visitor {k}", k)) for k in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    lessons._pages.clear()
    for k in range(3):
        alone = asked("alone at last", steps=12, seed=k)["toys"]
        assert alone["gan"]["samples"] == found[f"visitor {k}"]["gan"]["samples"] and alone["gan"]["steps"] == 12


def test_no_client_and_no_address_takes_all_places_of_the_lab(x, monkeypatch):
    monkeypatch.setattr(lessons, "EACH", 2)
    monkeypatch.setattr(lessons, "HOUSE", 5)
    mine, others = visitor("me"), [visitor(f"other {k}") for k in range(3)]
    assert all("toys" in asked(f"of mine {k}", steps=0, of=mine) for k in range(2))
    assert asked("of mine 3", steps=0, of=mine)["note"] == ["lab.own", {"n": 2}]
    assert all("toys" in asked(f"of other {k}", steps=0, of=one) for k, one in enumerate(others))
    assert asked("one more", steps=0)["note"] == ["lab.house", {"n": 5}]
    assert "toys" in asked("elsewhere", steps=0, of=visitor("you", "there"))
    lessons._pages["of mine 0"].seen -= lessons.AWAY + 1
    assert "toys" in asked("of mine 3", steps=0, of=mine) and "of mine 0" not in lessons._pages
    assert all(
        is_one_sentence(Refused(key, n=4).say(language)) for key in ("lab.own", "lab.house") for language in LANGUAGES
    )


def test_drawn_points_are_learned(x):
    text = "p" + "AA" * 3 + "__" * 4 + "gg"
    points = lessons.read_points(text)
    assert_close(points[[0, 3]], torch.tensor([[-1.2, -1.2], [1.2, 1.2]]))
    assert len(points) == 8
    found = lab.lesson(x, "drawn", text, "original", "no_penalty", 1)
    assert len(found["real"]) == 16
    assert len(found["modes"]) == 6
    assert found["settings"]["points"] == text
    assert lab.lesson(x, "ring", text, "original", "no_penalty", 1)["settings"]["points"] == ""
    assert "toys" in asked(shape="drawn", points=text)
    assert all(
        lab.lesson(x, "drawn", nothing, "original", "penalty", 1) == {"note": ["lab.no_points", {}]}
        for nothing in (None, "")
    )


@pytest.mark.parametrize(
    "wrong",
    [
        dict(shape="cube"),
        dict(loss="hinge"),
        dict(penalty=3),
        dict(seed=-1),
        dict(seed="x"),
        dict(shape="drawn"),
        dict(shape="drawn", points="p"),
        dict(shape="drawn", points="pA"),
        dict(shape="drawn", points="p" + "AA" * 451),
        dict(shape="drawn", points="p<>"),
        dict(shape="drawn", points=5),
        dict(steps=-1),
        dict(steps=10**6),
        dict(steps=None),
        dict(only="judge"),
        dict(t=100),
        dict(t=0.5),
        dict(page=""),
        dict(page=None),
        dict(page="a" * 65),
    ],
)
def test_what_cannot_be_taught_is_told_in_a_sentence(x, wrong):
    key, values = asked(**wrong)["note"]
    assert all(is_one_sentence(Refused(key, **values).say(language)) for language in ("en", "zh"))
    assert not lessons._pages


@pytest.mark.parametrize("nothing", [None, 3, [], {}, {"settings": 4}, "p"])
def test_a_question_that_is_none_is_refused(x, nothing):
    assert lessons.teach(nothing, visitor())["note"]


@pytest.mark.parametrize(
    "call",
    [
        lambda x: samples.samples(x, "biggan", 5, 1, 1),
        lambda x: samples.samples(x, "gan", 6, 1, 1),
        lambda x: samples.samples(x, "gan", 5, 1.6, 1),
        lambda x: samples.samples(x, "gan", 5, float("nan"), 1),
        lambda x: samples.samples(x, "gan", 5, 1, 2**31 - 1),
        lambda x: time_lapse.time_lapse(x, "gan", -1),
        lambda x: directions.directions(x, 1, **{f"d{k}": 4 for k in range(6)}),
        lambda x: style_mixing.style_mixing(x, 1, 2, 4),
        lambda x: style_mixing.style_mixing(x, "1", 2, 1),
        lambda x: real_or_fake.pairs(x, None),
        lambda x: lab.lesson(x, "drawn", "p<>", "original", "penalty", 0),
    ],
)
def test_foreign_values_are_refused_in_a_sentence(x, call):
    with pytest.raises(Refused) as refused:
        call(x)
    assert all(is_one_sentence(refused.value.say(language)) for language in ("en", "zh"))


def test_without_the_network_each_panel_says_so(x, monkeypatch, tmp_path):
    (tmp_path / "emoji").symlink_to(checkpoints.assets() / "emoji")
    monkeypatch.setenv("PLAYGROUND_ASSETS", str(tmp_path))
    forget_checkpoints()
    for found in (
        samples.samples(x, "gan", 5, 1, 1),
        time_lapse.time_lapse(x, "gan", 1),
        directions.directions(x, 1, **{f"d{k}": 0 for k in range(6)}),
        style_mixing.style_mixing(x, 1, 2, 1),
    ):
        assert all(one["note"] and one["src"] is None for one in figures(found))
    assert real_or_fake.pairs(x, 1)["note"] and lab.lesson(x, "ring", "", "original", "penalty", 0)["real"]


def test_traits_tell_size_light_warmth_colour_and_breadth():
    x = torch.ones(1, 3, 8, 8)  # white
    x[:, :, 3:5] = torch.tensor([1.0, 0.0, -1.0]).view(3, 1, 1)  # two orange rows
    size, light, warm, colour, wide = traits(x)[0].tolist()
    assert (size, light, warm, colour) == pytest.approx((0.25, 0, 2, 2)) and wide > 0.3
    assert traits(x.mT)[0, 4].item() == pytest.approx(-wide)


def test_what_a_direction_changes_is_told_at_both_of_its_ends(x):
    downs, ups = directions.changes(network("gan"))
    assert len(downs) == len(ups) == directions.COUNT
    for down, up in zip(downs, ups, strict=True):
        assert down.rpartition("_")[0] == up.rpartition("_")[0] and down != up
