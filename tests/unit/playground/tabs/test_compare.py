"""The handlers of the room Compare, without a browser: every system answers, the table sorts by what was measured, and
the claims show what is stored."""

import pytest
import torch

from playground.images import specimen
from playground.serving import checkpoints
from playground.serving.validation import Refused
from playground.tabs.compare import claims, models, side
from playground.tabs.compare import specimen as one_picture
from playground.tabs.compare.board import Board
from playground.tabs.compare.contenders import CAPTION, SPECIMEN, Question
from tests.panels import shown, values
from training import recipes
from training.evaluation.claims.claim import VERDICTS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("playground")]


@pytest.fixture
def x(playground) -> torch.Tensor:
    return specimen.tensor(None)


def figures(value: dict) -> dict[str, dict]:
    return {one["label"].removeprefix("contender."): one for row in value["rows"] for one in row["figures"]}


def asked(text: str, x: torch.Tensor, *names: str) -> dict[str, dict]:
    """What some of the systems make of a caption that the judge is not asked about."""
    board = Board({name: CAPTION[name] for name in names}, Question(text, 1, x), side.placed(None), [])
    return figures(values(board.draw("me"))[-1])


def test_every_system_draws_the_caption_and_tells_its_time_calls_and_place(x):
    told = values(side.side(x, "me", "red heart", 1))
    drawn = figures(told[-1])
    assert list(drawn) == list(CAPTION) and all(one["src"] and not one["note"] for one in drawn.values())
    for one in drawn.values():
        time, calls, judge = one["numbers"]
        assert judge[0] == "number.judge" and judge[1][0] in ("compare.named", "compare.unnamed")
        assert float(time[1][1]["s"]) >= 0 and calls[1] >= 1
    first = figures(told[len(told) // 4])
    assert first["ae"]["src"] and not first["dalle2"]["src"]  # the cheap ones begin
    again = asked("green apple", x, *(name for name, contender in CAPTION.items() if contender.row == "nothing"))
    for name, one in again.items():  # who reads no words draws the same whatever is said
        assert torch.equal(shown(drawn[name]["src"]), shown(one["src"]))


def test_the_picture_of_a_run_is_that_of_its_last_step(x):
    attempt = CAPTION["dalle"].begin(Question("red heart", 1, x))
    seen = [attempt.picture for _ in values(attempt.draw("me"))]
    assert seen and torch.equal(attempt.picture, attempt.now()) and attempt.calls == 64


def test_every_system_that_can_takes_the_picture(x):
    drawn = figures(values(one_picture.specimen(x, "me", 1))[-1])
    assert list(drawn) == list(SPECIMEN) and all(one["src"] and not one["note"] for one in drawn.values())
    assert all(-1 <= float(one["numbers"][-1][1]) <= 1 for one in drawn.values())


def test_who_is_missing_is_told_in_its_place_and_the_others_draw(x, without):
    without("ddpm", "glide_fast", "classifier")
    drawn = asked("red heart", x, "ae", "ddpm", "adm", "classifier", "glide", "distilled")
    assert [name for name, one in drawn.items() if one["note"]] == ["ddpm", "classifier", "distilled"]
    assert all(one["src"] for one in drawn.values() if not one["note"])


def test_a_caption_that_names_nothing_is_told_and_not_judged(x):
    assert side.remarks("", None) == [["guidance.empty", {}]]
    assert side.remarks("drawing", None)[-1:] == [["guidance.unnamed", {}]]
    drawn = asked("", x, "gan", "classifier")
    assert [name for name, _ in drawn["gan"]["numbers"]] == ["compare.time", "compare.calls"]
    assert drawn["classifier"]["note"] == ["faceoff.no_concept", {}]


@pytest.mark.parametrize("seed", [-1, 0.5, 2**31])
def test_a_seed_that_is_none_is_refused(x, seed):
    with pytest.raises(Refused):
        values(side.side(x, "me", "red heart", seed))


def test_the_table_has_every_model_that_ships_with_its_measured_numbers(x):
    rows = {row[0][1]["name"].removeprefix("model."): row[1:] for row in models.models(x)["rows"]}
    assert set(rows) == {name for name in recipes.names() if checkpoints.stamp(name)}
    columns = list(models.COLUMNS)
    for name, row in rows.items():
        assert len(row) == len(columns) and row[columns.index("megabytes")] > 0
        assert row[columns.index("parameters")] == checkpoints.metrics(name).get("parameters")


def test_claims_are_shown_by_verdict_with_their_counts(x):
    every = claims.claims(x, "all")
    assert sum(every["counts"].values()) == len(every["claims"])
    for verdict in VERDICTS:
        kept = claims.claims(x, verdict)["claims"]
        assert len(kept) == every["counts"][verdict] and all(one["verdict"] == verdict for one in kept)
    with pytest.raises(Refused):
        claims.claims(x, "true")


def test_numbers_of_claims_read_as_shares_or_with_their_noise():
    share = claims._number("recall", {"of": "model.gan", "value": 0.175, "noise": 0.035})
    assert (share["label"], share["text"]) == ("model.gan", "18% ± 4%")
    assert claims._number("psnr", {"of": "told", "value": 21.234, "noise": 0.2})["text"] == "21.23 ± 0.2"
    assert claims.label("told") == "claims.of_told" and claims.label("η = 0.5") == "η = 0.5"
