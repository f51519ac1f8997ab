"""The handlers of the Guidance room, their guides and the engine behind them, without a browser."""

import json
import math

import pytest
import torch
from torch.testing import assert_close

from models.guidance import classifier_free
from models.samplers import Noise, ddim, spacing
from models.samplers import run as drive
from playground.images import atlas, pictures, specimen, verdict
from playground.images.atlas import concept_name
from playground.images.nearest import nearest
from playground.requests import guides
from playground.requests.guided import LARGEST, GuidedRequest
from playground.requests.prompt import Prompt, concept_in
from playground.serving import checkpoints, device, sampling, validation
from playground.tabs.guidance import faceoff, guidance_scale, inpainting, microscope, scale_sheet, tradeoff
from playground.widgets.microscope.microscope import LARGEST_EPS, LARGEST_X0
from tests.helpers import awaited, is_one_sentence
from tests.panels import calls_until_idle, final, last, shown, values

pytestmark = pytest.mark.slow
SETTINGS = dict(prompt="", model="glide", scale=3.0, steps=6, seed=3)
SMALL = {name: value for name, value in SETTINGS.items() if name != "scale"}
FACE = SMALL | dict(strength=1.0)
PAINT = SETTINGS | dict(mask=None)


@pytest.fixture
def x(playground, monkeypatch):
    monkeypatch.setattr(device, "half_is_faster", lambda: False)
    return specimen.tensor(None)


@pytest.fixture
def words(x) -> str:
    """A prompt that names the first concept of the atlas."""
    return concept_name(0)["en"]


@pytest.fixture
def style(x) -> str:
    return guides.styles()[0]


def mask(fraction: float) -> dict:
    """The left part of a picture as a hole."""
    white = torch.full((3, 32, 32), -1.0)
    white[..., : round(32 * fraction)] = 1.0
    return {"kind": "png", "src": pictures.data_url(white)}


def test_a_film_ends_with_the_picture_that_classifier_free_guidance_draws_alone(x, words):
    film = last(guidance_scale.guidance_scale(x, "me", **SETTINGS | {"prompt": words}))["films"][0]
    model = sampling.model("glide")
    with torch.inference_mode():
        told, nothing = model.encode(model.tokenizer([words])), model.encode(model.empty(1))
        denoise = classifier_free(model, nothing, (told, 3.0))
        alone = drive(ddim(denoise, model.process.respaced(spacing(1000, 6)), Noise([3])(3, 32, 32)), model)
    assert_close(final(film), alone[0].clamp(-1, 1), atol=0.02, rtol=0)


def test_the_words_and_the_scale_change_the_picture_and_nothing_asked_for_does_not(x, words):
    def drawn(**changes):
        return final(last(guidance_scale.guidance_scale(x, "me", **SETTINGS | {"prompt": words} | changes))["films"][0])

    plain = drawn()
    assert all(
        (drawn(**change) - plain).abs().max() > 0.01
        for change in ({"scale": 0}, {"scale": 8}, {"prompt": concept_name(1)["zh"]}, {"seed": 4})
    )
    assert_close(drawn(prompt="", scale=8), drawn(scale=0), atol=0.02, rtol=0)


def test_a_network_of_groups_is_told_the_group_that_the_prompt_names(x, words):
    settings = SETTINGS | {"model": "adm", "prompt": f"a {words}!"}
    value = last(guidance_scale.guidance_scale(x, "me", **settings))
    assert value["remarks"][-1] == ["guidance.judged_group", atlas.table()["groups"][atlas.table()["concepts"][0][3]]]
    other = last(guidance_scale.guidance_scale(x, "me", **settings | {"prompt": "qqq"}))
    assert other["remarks"][-1][0] == "guidance.no_group"
    assert (final(value["films"][0]) - final(other["films"][0])).abs().max() > 0.01


def test_the_judge_is_quoted_as_it_is(x, words):
    value = last(guidance_scale.guidance_scale(x, "me", **SETTINGS | {"prompt": words}))
    place, told = value["remarks"][:2]
    with torch.no_grad():
        share = checkpoints.load("judge")(pictures.enlarged(final(value["films"][0])[None]))[0].softmax(1)[0]
    before, behind = (
        int((share > share[0] * factor).sum()) for factor in (1.02, 0.98)
    )  # the picture comes back in 8 bits
    assert place[0] == "guidance.judged_place" and before < place[1]["place"] <= behind + 1
    assert place[1]["n"] == len(share)
    assert told[0] == "guidance.judged"
    assert told[1]["en"].count("%") == min(5, len(share))


def test_names_are_found_as_words_in_chinese_as_emoji_and_the_longest_wins(playground):
    rows = atlas.table()["concepts"]
    for concept in (0, 1, len(rows) - 1):
        sign, en, zh, *_ = rows[concept]
        for text in (en, f"an Emoji of {en.upper()}, please", zh, f"画一个{zh}吧", sign):
            assert rows[concept_in(text)][1] == en, text
    assert concept_in("") is None
    assert concept_in("<b>qqq</b>") is None
    assert concept_in(f"x{rows[0][1]}x") is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "guidance.empty"),
        ("   \t\n", "guidance.empty"),
        ("\x00\x07\u202e", "guidance.empty"),
        ("einhornschwanz", "guidance.foreign"),
        ("ωκεανός", "guidance.foreign"),
        ("שלום", "guidance.foreign"),
        ("🛸🪬zz", "guidance.foreign"),
        ("<img src=x onerror=alert(1)>", "clip.unread"),
        ("a " * 5000, "guidance.cut"),
    ],
)
def test_any_text_is_drawn_and_what_was_not_understood_is_told(x, text, key):
    value = last(guidance_scale.guidance_scale(x, "me", **SETTINGS | {"prompt": text, "steps": 2}))
    assert key in [remark[0] for remark in value["remarks"]] and value["films"]


def test_an_unknown_word_beside_a_known_one_is_named(x, words):
    remarks = Prompt.checked("glide", f"{words} blorbicious").remarks
    assert [remark[0] for remark in remarks] == ["clip.unread"] and "blorbicious" in remarks[0][1]["words"]


WRONG = [
    {"scale": -1},
    {"scale": LARGEST + 1},
    {"scale": 1000},
    {"scale": math.nan},
    {"scale": math.inf},
    {"scale": "3"},
    {"scale": None},
    {"scale": True},
    {"steps": 0},
    {"steps": 2000},
    {"seed": -1},
    {"model": "vae"},
    {"model": None},
    {"prompt": 7},
    {"prompt": None},
    {"prompt": "a" * 30000},
]


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("panel", [guidance_scale.guidance_scale, microscope.microscope, inpainting.inpaint])
def test_bad_settings_are_refused_in_one_sentence(x, panel, wrong):
    with pytest.raises(validation.Refused) as refusal:
        values(panel(x, "me", **(PAINT if panel is inpainting.inpaint else SETTINGS) | wrong))
    assert is_one_sentence(str(refusal.value))
    assert len(str(refusal.value)) < 300
    assert not refusal.value.say("zh").isascii()


@pytest.mark.parametrize("scale", [0, 1, 1.0, LARGEST])
def test_every_scale_up_to_the_largest_is_drawn(x, words, scale):
    assert last(guidance_scale.guidance_scale(x, "me", **SETTINGS | {"scale": scale, "prompt": words, "steps": 3}))[
        "films"
    ]
    assert last(microscope.microscope(x, "me", **SETTINGS | {"scale": scale, "prompt": words, "steps": 3}))["sprite"]


def unpacked(value: dict) -> list[list[torch.Tensor]]:
    """Per moment ε(∅), x̂₀(∅) and x̂₀(c) − x̂₀(∅), as the page reads them."""
    sprite = shown(value["sprite"])
    side = sprite.shape[1] // 3
    scales = [(LARGEST_EPS, LARGEST_X0, moment["spread"]) for moment in value["moments"]]
    return [
        [sprite[:, r * side : (r + 1) * side, k * side : (k + 1) * side] * by for r, by in enumerate(row)]
        for k, row in enumerate(scales)
    ]


@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_the_page_can_mix_both_answers_of_the_network_at_any_scale(x, words, scale):
    value = last(microscope.microscope(x, "me", **SETTINGS | {"prompt": words, "scale": scale}))
    run = GuidedRequest.checked("glide", words, scale, 3, 6)
    model, process = run.network, run.process
    for moment, (eps, nothing, change) in list(zip(value["moments"], unpacked(value), strict=False))[:3]:
        xt = moment["kept"] ** 0.5 * nothing + (1 - moment["kept"]) ** 0.5 * eps
        t = torch.tensor([moment["t"]])
        with torch.inference_mode():
            told, plain = (
                model.split(model(xt[None], t, one))[0][0] for one in (run.prompt.condition, run.prompt.unconditional)
            )
        assert abs(moment["kept"] - float(model.process.alpha_bar[moment["t"]])) < 1e-6
        assert int(moment["t"]) in process.timesteps.tolist()
        assert_close(plain.clamp(-2, 2), nothing, atol=0.15, rtol=0)  # x_t itself comes back from 8 bits
        assert (told - plain - change).abs().mean() < 0.1 * max(moment["spread"], 0.1)


def test_the_microscope_draws_the_picture_of_the_prompt_panel(x, words):
    settings = SETTINGS | {"prompt": words}
    assert_close(
        shown(last(microscope.microscope(x, "me", **settings))["src"]),
        final(last(guidance_scale.guidance_scale(x, "me", **settings))["films"][0]),
        atol=0.02,
        rtol=0,
    )


def test_without_words_both_answers_are_the_same(x):
    value = last(microscope.microscope(x, "me", **SETTINGS))
    assert all(moment["spread"] <= 1e-3 for moment in value["moments"])


def test_every_kind_of_guidance_changes_the_same_noise_and_pulls_somewhere(x, words, style):
    value = last(faceoff.faceoff(x, "me", style=style, **FACE | {"prompt": words, "strength": 4.0}))
    rows = {row["kind"]: row for row in value["rows"]}
    assert list(rows) == list(guides.KINDS) and not any(row["note"] for row in rows.values())
    plain = shown(rows["none"]["src"])
    assert all((shown(row["src"]) - plain).abs().max() > 0.004 for kind, row in rows.items() if kind != "none")
    assert all(shown(row["heats"]).shape == (3, 32, 32 * len(row["t"])) and len(row["t"]) == 6 for row in rows.values())
    assert all(
        0 <= number <= 1
        for row in rows.values()
        for pair in (row["own"], row["judge"])
        if pair
        for number in pair
        if row["unit"] == "share"
    )
    assert all(
        row["near"]["label"] == nearest(pictures.enlarged(shown(row["src"])[None]))[0]["label"] for row in rows.values()
    )
    assert rows["none"]["own"] is None
    assert rows["classifier_free"]["own"] is None
    assert rows["none"]["judge"][0] == rows["none"]["judge"][1]


def test_the_meter_tells_what_the_networks_say(x, words, style):
    rows = {row["kind"]: row for row in last(faceoff.faceoff(x, "me", style=style, **FACE | {"prompt": words}))["rows"]}
    drawn = shown(rows["group"]["src"])[None]
    with torch.no_grad():
        group = atlas.table()["concepts"][0][3]
        own = checkpoints.load("classifier")(drawn, torch.zeros(1, dtype=torch.long))["group"].softmax(1)[0, group]
        judge = checkpoints.load("judge")(pictures.enlarged(drawn))[2].softmax(1)[0, group]
    assert_close(
        torch.tensor([rows["group"]["own"][0], rows["group"]["judge"][0]]), torch.stack([own, judge]), atol=0.02, rtol=0
    )


def test_no_strength_is_no_guidance(x, words, style):
    rows = last(faceoff.faceoff(x, "me", style=style, **FACE | {"prompt": words, "strength": 0}))["rows"]
    assert all((shown(row["src"]) - shown(rows[0]["src"])).abs().max() < 0.02 for row in rows)


def test_a_guide_climbs_its_own_score(x, words, style):
    settings = FACE | {"prompt": words, "strength": 2.0, "steps": 12}
    rows = {row["kind"]: row for row in last(faceoff.faceoff(x, "me", style=style, **settings))["rows"]}
    assert rows["feature"]["own"][0] > rows["feature"]["own"][1]


def test_the_gradient_of_the_engine_is_that_of_the_log_likelihood(x, words, style):
    run = GuidedRequest.checked("glide", words, 1.0, 3, 6)
    one = guides.active_guide(guides.KINDS["concept"], run, style, x)
    at, step, t = torch.randn(1, 3, 32, 32, dtype=torch.float32), 1e-2, torch.tensor([400])
    gradient = sampling.engine().networks[one.name](at, t, [one.target])
    direction = torch.nn.functional.normalize(torch.randn(at.shape).flatten(), dim=0).view_as(at)
    with torch.no_grad():
        slope = (
            one.likelihood(at + step * direction, t, [one.target])
            - one.likelihood(at - step * direction, t, [one.target])
        ) / (2 * step)
    assert_close((gradient * direction).sum()[None], slope, atol=1e-3, rtol=0.05)


def test_a_prompt_without_a_known_thing_leaves_the_classifier_out_and_an_empty_one_clip(x, style):
    rows = {row["kind"]: row for row in last(faceoff.faceoff(x, "me", style=style, **FACE | {"prompt": "qqq"}))["rows"]}
    assert rows["concept"]["note"][0] == rows["group"]["note"][0] == "faceoff.no_concept"
    assert rows["style"]["src"]
    assert rows["clip_at_x0"]["src"]
    rows = {row["kind"]: row for row in last(faceoff.faceoff(x, "me", style=style, **FACE))["rows"]}
    assert rows["clip_noised"]["note"][0] == "faceoff.no_words"
    assert rows["feature"]["src"]
    assert rows["none"]["judge"] is None


@pytest.mark.parametrize(
    "wrong",
    [{"strength": -1}, {"strength": 9}, {"strength": math.nan}, {"style": "cubist"}, {"style": None}, {"steps": "x"}],
)
def test_a_bad_face_off_is_refused(x, style, wrong):
    with pytest.raises(validation.Refused):
        values(faceoff.faceoff(x, "me", **{"style": style} | FACE | wrong))


@pytest.mark.parametrize("text", ["", "qqq", "named"])
def test_a_sheet_has_a_row_per_seed_and_a_column_per_scale(x, words, text):
    settings = SMALL | {"prompt": words if text == "named" else text, "steps": 4}
    rows = last(scale_sheet.scale_sheet(x, "me", **settings))["rows"]
    assert [len(row["figures"]) for row in rows] == [len(scale_sheet.SCALES)] * scale_sheet.SEEDS
    assert all(figure["src"] for row in rows for figure in row["figures"])
    assert all(bool(figure["numbers"]) == (text == "named") for row in rows for figure in row["figures"])
    alone = last(guidance_scale.guidance_scale(x, "me", **settings | {"scale": 4, "seed": 5}))["films"][0]
    assert_close(shown(rows[2]["figures"][scale_sheet.SCALES.index(4)]["src"]), final(alone), atol=0.02, rtol=0)


def test_outside_the_hole_every_pixel_stays_and_inside_something_new_comes(x, words):
    value = last(inpainting.inpaint(x, "me", **PAINT | {"prompt": words, "mask": mask(0.5)}))
    small = pictures.shrunk(x, 32)[0]
    drawn = torch.stack([shown(src) for src in value["drawn"]])
    assert len(drawn) == 4 and not value["remarks"]
    assert [near["label"] for near in value["near"]] == [near["label"] for near in nearest(pictures.enlarged(drawn))]
    assert_close(drawn[..., 16:], small[..., 16:].expand(4, -1, -1, -1), atol=0.01, rtol=0)
    assert (drawn[..., :16] - small[..., :16]).abs().mean() > 0.05 and (drawn[0] - drawn[1]).abs().max() > 0.01


@pytest.mark.parametrize(("share", "key"), [(0.0, "inpaint.nothing"), (1.0, "inpaint.all")])
def test_a_hole_of_nothing_or_all_is_drawn_and_told(x, words, share, key):
    value = last(inpainting.inpaint(x, "me", **PAINT | {"prompt": words, "mask": mask(share), "steps": 3}))
    assert value["remarks"][0][0] == key
    kept = (shown(value["drawn"][0]) - pictures.shrunk(x, 32)[0]).abs().max()
    assert kept < 0.01 if not share else kept > 0.01


@pytest.mark.parametrize(
    "wrong", [7, "mask", {"kind": "png", "src": "x"}, {"kind": "atlas", "style": "no", "tile": 0}, {}]
)
def test_a_bad_mask_is_refused(x, wrong):
    with pytest.raises(validation.Refused):
        values(inpainting.inpaint(x, "me", **PAINT | {"mask": wrong}))


CELLS = {
    f"{kind}/{scale:g}": {"frechet": 50 - scale, "precision": 0.5, "recall": 0.1 * scale, "judge_top5": 0.2}
    | ({"own_score": -scale} if kind == "clip_noised" else {})
    for kind in ("clip_noised", "classifier_free")
    for scale in (2, 0.5, 10)
}


@pytest.mark.parametrize("view", tradeoff.VIEWS)
def test_the_measured_lines_go_along_the_scale(x, without, tmp_path, view):
    without("guidance")
    assert tradeoff.curve(x, view)["note"][0] == "curve.nothing"
    (tmp_path / "guidance").mkdir()
    (tmp_path / "guidance" / "study.json").write_text(json.dumps({"cells": CELLS}))
    lines = {line["kind"]: line for line in tradeoff.curve(x, view)["lines"]}
    assert list(lines) == (["clip_noised"] if view == "own_score" else ["classifier_free", "clip_noised"])
    assert lines["clip_noised"]["scales"] == [0.5, 2, 10]
    if view == "frechet":
        assert_close(torch.tensor(lines["clip_noised"]["points"]), torch.tensor([[0.05, 49.5], [0.2, 48], [1.0, 40]]))


@pytest.mark.parametrize("damaged", ["", "{}", '{"cells": {}}', '{"cells": {"classifier_free/2": {"recall": null}}}'])
def test_a_study_without_numbers_is_no_study(x, without, tmp_path, damaged):
    without("guidance")
    (tmp_path / "guidance").mkdir()
    (tmp_path / "guidance" / "study.json").write_text(damaged)
    assert tradeoff.curve(x, "frechet")["note"][0] == "curve.nothing"


@pytest.mark.parametrize("view", ["", None, "fid", 3])
def test_a_view_that_is_not_there_is_refused(x, view):
    with pytest.raises(validation.Refused):
        tradeoff.curve(x, view)


def test_a_missing_network_that_draws_is_told_in_every_panel(x, words, style, without):
    without("glide")
    found = [
        last(guidance_scale.guidance_scale(x, "me", **SETTINGS | {"prompt": words})),
        last(microscope.microscope(x, "me", **SETTINGS)),
        last(faceoff.faceoff(x, "me", style=style, **FACE)),
        last(inpainting.inpaint(x, "me", **PAINT)),
    ]
    assert all(value["note"][0] == "checkpoint.missing" and value["note"][1]["name"] == "glide" for value in found)
    assert last(scale_sheet.scale_sheet(x, "me", **SMALL))["rows"][0]["figures"][0]["note"][1]["name"] == "glide"
    assert last(guidance_scale.guidance_scale(x, "me", **SETTINGS | {"model": "adm", "prompt": words}))["films"]


def test_missing_guides_are_told_in_their_rows_and_the_others_draw(x, words, style, without):
    without("classifier", "clip_noised", "judge")
    rows = {row["kind"]: row for row in last(faceoff.faceoff(x, "me", style=style, **FACE | {"prompt": words}))["rows"]}
    for kind, missing in (
        ("concept", "classifier"),
        ("group", "classifier"),
        ("style", "classifier"),
        ("clip_noised", "clip_noised"),
        ("feature", "clip_noised"),
    ):
        assert rows[kind]["note"] == ["checkpoint.missing", {**rows[kind]["note"][1], "name": missing}]
        assert not rows[kind]["src"]
    assert all(
        rows[kind]["src"] and not rows[kind]["judge"] and not rows[kind]["near"]
        for kind in ("none", "classifier_free", "clip_at_x0", "clip_at_xt")
    )
    remarks = last(guidance_scale.guidance_scale(x, "me", **SETTINGS | {"prompt": words}))["remarks"]
    assert remarks[0][0] == "checkpoint.missing" and remarks[0][1]["name"] == "judge"


def test_a_visitor_who_leaves_a_face_off_frees_his_slots(x, words, style):
    async def leave():
        running = faceoff.faceoff(x, "leaves", style=style, **FACE | {"prompt": words, "steps": 500})
        await anext(running)
        await running.aclose()

    awaited(leave())
    assert calls_until_idle() <= 3  # of thousands


def test_shares_are_written_as_people_read_them():
    assert [verdict.percent(share) for share in (0.0, 0.0004, 0.0321, 0.42, 1.0)] == [
        "<0.1%",
        "<0.1%",
        "3.2%",
        "42%",
        "100%",
    ]
