"""The handlers of the Diffusion room and the engine behind them, without a browser."""

import base64
import math
import shutil

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from models.diffusion import Diffusion
from models.process import Process
from models.samplers import Noise, ddim, denoiser, spacing
from models.samplers import run as drive
from playground.images import pictures, specimen, uploads
from playground.images.trajectory import MOMENTS, Trajectory, remembered
from playground.requests.diffusion import MODELS, SAMPLERS, DiffusionRequest, groups
from playground.serving import checkpoints, device, sampling, validation
from playground.serving.job import Cancelled
from playground.tabs.diffusion import (
    divergence,
    forward_process,
    measured_diffusion,
    reverse_process,
    same_noise,
    sdedit,
)
from playground.widgets.film.film import gif
from tests.helpers import awaited, link_assets
from tests.panels import calls_until_idle, final, last, shown, values
from tests.tiny import TWINS, twin

pytestmark = pytest.mark.slow
SETTINGS = dict(model="iddpm", sampler="ancestral", variance="trained", steps=6, eta=0.0, seed=3, group="any")
FORK = dict(at=600, painted=None, throw=50, stamp="")


@pytest.fixture
def x(playground):
    return specimen.tensor(None)


def test_a_film_ends_with_the_picture_that_the_sampler_draws_alone(x, monkeypatch):
    monkeypatch.setattr(device, "half_is_faster", lambda: False)
    value = last(reverse_process.reverse_process(x, "me", **SETTINGS | {"sampler": "ddim"}))
    model = sampling.model("iddpm")
    noise = Noise([3])
    with torch.inference_mode():
        alone = drive(
            ddim(denoiser(model), model.process.respaced(spacing(1000, 6)), noise(3, 32, 32)),
            lambda x, t, condition: model(x, t),
        )
    assert_close(final(value["films"][0]), alone[0].clamp(-1, 1), atol=0.02, rtol=0)
    assert value["films"][0]["t"] == [999, 832, 666, 499, 332, 166]
    assert value["stamp"] == checkpoints.stamp("iddpm") and value["near"]["src"]


def test_the_engine_answers_in_the_precision_of_now_whatever_it_answered_in_before(x, monkeypatch):
    noisy, t, answers = Noise([1])(3, 32, 32), torch.tensor([500]), {}
    for half in (True, False, True):
        monkeypatch.setattr(device, "half_is_faster", lambda half=half: half)
        answers[half] = sampling.engine().networks[sampling.ready("iddpm")](noisy, t, [None])
    with torch.inference_mode():
        exact = Diffusion.from_pretrained(checkpoints.assets() / "iddpm").eval()(noisy, t)
    assert_close(answers[False], exact, atol=1e-4, rtol=1e-4)
    assert (answers[True] - exact).abs().max() > 1e-3


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_network_draws_by_every_sampler_and_twice_the_same(x, model, sampler):
    settings = SETTINGS | {"model": model, "sampler": sampler, "eta": 0.5, "steps": 4}
    first, second = (last(reverse_process.reverse_process(x, "me", **settings))["films"] for _ in range(2))
    assert_close(final(first[0]), final(second[0]), atol=0.02, rtol=0)


def test_previews_come_before_the_film_and_show_the_step(x):
    *before, film = values(reverse_process.reverse_process(x, "me", **SETTINGS | {"steps": 60}))
    live = [value["live"][0] for value in before if value["live"][0]]
    assert live
    assert all(1 <= one["step"] <= 60 == one["of"] for one in live)
    assert "films" in film
    assert [one["step"] for one in live] == sorted(one["step"] for one in live)


def test_a_long_film_keeps_so_many_moments_and_the_first_and_the_last_step(x):
    film = last(reverse_process.reverse_process(x, "me", **SETTINGS | {"steps": 100}))["films"][0]
    assert len(film["t"]) == MOMENTS
    assert film["t"][0] == 999
    assert film["t"][-1] == 9
    assert shown(film["src"]).shape == (3, 96, 32 * (MOMENTS + 1))


def test_a_group_changes_what_the_network_that_was_told_it_draws(x):
    drawn = [
        final(last(reverse_process.reverse_process(x, "me", **SETTINGS | {"model": "adm", "group": group}))["films"][0])
        for group in ("any", groups()[0])
    ]
    assert (drawn[0] - drawn[1]).abs().max() > 0.01


def test_the_three_variances_of_one_seed_differ(x):
    drawn = [
        final(last(reverse_process.reverse_process(x, "me", **SETTINGS | {"variance": v}))["films"][0])
        for v in ("fixed_small", "fixed_large", "learned")
    ]
    assert all((a - b).abs().max() > 0.01 for i, a in enumerate(drawn) for b in drawn[:i])


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"steps": 1001},
        {"steps": -5},
        {"steps": 2.5},
        {"steps": math.nan},
        {"steps": "many"},
        {"steps": ""},
        {"steps": None},
        {"steps": True},
        {"steps": "9" * 400},
        {"seed": -1},
        {"seed": 2**31},
        {"seed": 10**40},
        {"seed": "seven"},
        {"seed": 1.5},
        {"seed": None},
        {"eta": math.nan},
        {"eta": -0.1},
        {"eta": 1.1},
        {"eta": "x"},
        {"model": "vae"},
        {"model": None},
        {"model": ["ddpm"]},
        {"sampler": "euler"},
        {"variance": "huge"},
        {"group": "Dragons"},
        {"model": "ddpm", "variance": "learned"},
    ],
)
def test_bad_settings_are_refused_in_one_sentence(x, wrong):
    with pytest.raises(validation.Refused) as refusal:
        values(reverse_process.reverse_process(x, "me", **SETTINGS | wrong))
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 400
    assert not refusal.value.say("zh").isascii()


@pytest.mark.parametrize("count", [1, 2, "7", " 12 ", 25.0])
def test_good_numbers_of_steps_are_walked(x, count):
    assert (
        last(reverse_process.reverse_process(x, "me", **SETTINGS | {"steps": count}))["films"][0]["t"]
        == spacing(1000, int(count)).flip(0).tolist()
    )


def test_all_steps_of_the_chain_may_be_walked(x, assets, tmp_path, monkeypatch):
    link_assets(assets, tmp_path, "iddpm")
    twin(**TWINS["iddpm"]).save_pretrained(tmp_path / "iddpm")  # a small network
    monkeypatch.setenv("PLAYGROUND_ASSETS", str(tmp_path))
    assert last(reverse_process.reverse_process(x, "me", **SETTINGS | {"steps": 1000}))["films"][0]["t"][-1] == 0


def test_forks_share_the_film_up_to_the_step_and_late_ones_stay_near(x):
    def away(at):
        figures = last(reverse_process.branches(x, "me", **SETTINGS | FORK | {"at": at, "steps": 20}))["rows"][0][
            "figures"
        ]
        return [float(figure["numbers"][0][1]) for figure in figures[1:]]

    early, late = away(999), away(50)
    assert len(early) == reverse_process.FORKS
    assert max(late) <= max(early)
    assert len(set(early)) > 1


def test_a_fork_needs_no_film_and_leaves_one(x):
    run = DiffusionRequest.checked(**SETTINGS | {"seed": 77})
    assert remembered(run) is None
    last(reverse_process.branches(x, "me", **SETTINGS | FORK | {"seed": 77}))
    assert remembered(run) is not None


def test_what_is_painted_stays_where_little_noise_is_left(x):
    red = torch.full((3, 32, 32), -1.0)
    red[0] = 1.0
    painted = {"kind": "png", "src": pictures.data_url(red)}
    settings = SETTINGS | FORK | {"steps": 50, "sampler": "ddim", "painted": painted, "at": 0}
    figures = last(reverse_process.branches(x, "me", **settings))["rows"][0]["figures"]
    run = DiffusionRequest.checked(**SETTINGS | {"steps": 50, "sampler": "ddim"})
    start = reverse_process.fork(run, remembered(run).moments[-1], red, 50)
    assert_close(start, red.expand(4, -1, -1, -1), atol=0.25, rtol=0)  # at t = 19 the paint is nearly all there is
    assert all(figure["src"] for figure in figures)


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": -1},
        {"at": 1000},
        {"at": 2.5},
        {"at": "x"},
        {"at": None},
        {"throw": -1},
        {"painted": 7},
        {"painted": {"kind": "png", "src": "x"}},
    ],
)
def test_a_bad_fork_is_refused(x, wrong):
    with pytest.raises(validation.Refused):
        values(reverse_process.branches(x, "me", **SETTINGS | FORK | wrong))


def test_a_fork_of_a_film_by_other_weights_says_so(x):
    with pytest.raises(validation.Refused, match="has changed"):
        values(reverse_process.branches(x, "me", **SETTINGS | FORK | {"stamp": "0123abcd"}))
    assert last(reverse_process.branches(x, "me", **SETTINGS | FORK | {"stamp": checkpoints.stamp("iddpm")}))["rows"]


@pytest.mark.parametrize("question", same_noise.CHOICES)
def test_every_question_has_a_picture_per_choice_and_row(x, question):
    rows = last(same_noise.same_noise(x, "me", question, 5, 1))["rows"]
    assert [len(row["figures"]) for row in rows] == [len(same_noise.CHOICES[question])] * same_noise.ROWS
    assert all(figure["src"] for row in rows for figure in row["figures"])


def test_picture_k_of_a_sheet_is_the_one_of_its_seed(x):
    sheet = [row["figures"][0]["src"] for row in last(same_noise.same_noise(x, "me", "sampler", 5, 3))["rows"]]
    alone = last(reverse_process.reverse_process(x, "me", **SETTINGS | {"model": "adm", "steps": 5, "seed": 4}))[
        "films"
    ][0]
    assert_close(shown(sheet[1]), final(alone), atol=0.02, rtol=0)


def test_two_runs_alike_never_part_and_two_unlike_do(x):
    alike = {f"{name}_{side}": SETTINGS[name] for name in divergence.SETTINGS for side in "ab"}
    same = last(divergence.divergence(x, "me", 5, **alike))
    assert max(y for _, y in same["curve"]["lines"][0]["points"]) < 0.05
    other = last(divergence.divergence(x, "me", 5, **alike | {"sampler_b": "ddim", "steps_b": 9}))
    points = other["curve"]["lines"][0]["points"]
    assert points[0] == [999, points[0][1]]
    assert points[0][1] < 0.05 < points[-1][1]
    assert len(other["films"]) == 2


def test_redrawing_with_little_noise_stays_nearer_to_the_specimen(x):
    upper, lower = last(sdedit.sdedit(x, "me", "ddpm", 20, 2))["rows"]
    assert [len(upper["figures"]), len(lower["figures"])] == [len(sdedit.SHARES) + 1] * 2
    assert shown(upper["figures"][0]["src"]).shape == (3, 32, 32)
    noise = [(shown(figure["src"]) - pictures.shrunk(x, 32)[0]).square().mean() for figure in upper["figures"][1:]]
    assert noise == sorted(noise)


def test_the_page_can_mix_every_step_from_what_it_is_given(x):
    value, tables = forward_process.forward_process(x, 9), forward_process.tables()
    noise = torch.from_numpy(np.frombuffer(base64.b64decode(value["noise"]), "<i2").reshape(32, 32, 3) / 8192).permute(
        2, 0, 1
    )
    assert_close(noise.float(), Noise([9])(3, 32, 32)[0], atol=1e-3, rtol=0)
    assert_close(shown(value["src"]), pictures.shrunk(x, 32)[0], atol=0.01, rtol=0)
    for name, table in tables.items():
        assert_close(
            torch.tensor(table, dtype=torch.float64), Process.named(name, 1000).alpha_bar, atol=1e-9, rtol=1e-4
        )


def test_a_missing_network_is_told_and_the_others_draw(x, assets, tmp_path, monkeypatch):
    link_assets(assets, tmp_path, "ddpm_v")
    monkeypatch.setenv("PLAYGROUND_ASSETS", str(tmp_path))
    assert (
        last(reverse_process.reverse_process(x, "me", **SETTINGS | {"model": "ddpm_v"}))["note"][0]
        == "checkpoint.missing"
    )
    rows = last(same_noise.same_noise(x, "me", "predicts", 4, 1))["rows"]
    assert [figure["src"] is None for figure in rows[0]["figures"]] == [False, True, False, False]
    assert last(sdedit.sdedit(x, "me", "ddpm_v", 5, 1))["rows"][0]["figures"][0]["note"][1]["name"] == "ddpm_v"
    assert last(reverse_process.branches(x, "me", **SETTINGS | FORK | {"model": "ddpm_v"}))["rows"][0]["figures"][0][
        "note"
    ]


def test_a_new_file_is_read_and_old_films_do_not_fork(x, assets, tmp_path, monkeypatch):
    link_assets(assets, tmp_path, "ddpm")
    shutil.copytree(assets / "ddpm", tmp_path / "ddpm")
    monkeypatch.setenv("PLAYGROUND_ASSETS", str(tmp_path))
    settings = SETTINGS | {"model": "ddpm"}
    before = last(reverse_process.reverse_process(x, "me", **settings))
    model = Diffusion.from_pretrained(tmp_path / "ddpm")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.ones_like(parameter))
    model.save_pretrained(tmp_path / "ddpm")
    after = last(reverse_process.reverse_process(x, "me", **settings))
    assert after["stamp"] != before["stamp"]
    assert (final(after["films"][0]) - final(before["films"][0])).abs().max() > 0.01
    with pytest.raises(validation.Refused, match="has changed"):
        values(reverse_process.branches(x, "me", **settings | FORK | {"stamp": before["stamp"]}))


def test_a_newer_run_of_a_visitor_ends_his_older_one(x):
    async def twice():
        old = reverse_process.reverse_process(x, "me", **SETTINGS | {"steps": 1000})
        await anext(old)
        new = [value async for value in reverse_process.reverse_process(x, "me", **SETTINGS)]
        with pytest.raises(Cancelled):
            [value async for value in old]
        return new

    assert "films" in awaited(twice())[-1]


def test_a_visitor_who_leaves_frees_his_slot_within_a_step(x):
    async def leave():
        running = reverse_process.reverse_process(x, "leaves", **SETTINGS | {"steps": 1000})
        await anext(running)
        await running.aclose()

    awaited(leave())
    assert calls_until_idle() <= 3  # of a thousand


def test_a_film_becomes_a_gif_and_nonsense_becomes_nothing(x):
    film = last(reverse_process.reverse_process(x, "me", **SETTINGS))["films"][0]
    moving = uploads.open_safely(uploads.unpack(gif({"src": film["src"], "rows": ["x", "x0"]})))
    assert moving.n_frames == 7 and moving.size == (256, 128)
    large = pictures.data_url(pictures.enlarged(shown(film["src"])[None], 4 * 224)[0])
    for nonsense in (
        {"src": large, "rows": ["x"]},
        None,
        3,
        {},
        {"src": film["src"]},
        {"src": film["src"], "rows": []},
        {"src": film["src"], "rows": ["y"]},
        {"src": "data:", "rows": ["x"]},
    ):
        assert gif(nonsense) is None


def test_measured_curves_have_the_floor_and_the_sentence_names_the_lowest(playground):
    for claim, lines in measured_diffusion.plots().items():
        assert claim in ("predicts", "variance", "schedule", "scale")
        assert lines[-1]["dash"]
        assert all(line["points"] for line in lines)
    lines = [
        {"label": "a", "points": [[5, 3.0], [10, 2.0]]},
        {"label": "b", "points": [[5, 2.5], [10, 1.0], [25, 9.0]]},
        {"label": "floor", "points": [[5, 0.1], [10, 0.1]], "dash": True},
    ]
    assert measured_diffusion.nearest(lines) == ["measured.nearest", {"n": 10, "name": "b", "value": "1.0"}]
    assert measured_diffusion.nearest(lines[:1]) is None


def test_a_film_of_several_rows_keeps_every_picture(playground):
    run = DiffusionRequest.checked(**SETTINGS)
    film = Trajectory(run, run.begin(3))
    drive(film.watched(), lambda x, t, condition: torch.zeros(len(x), 6, 32, 32))
    assert film.pictures.shape == (3, 3, 32, 32) and all(film.now(k) for k in range(3))
