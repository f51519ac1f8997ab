"""The claims of the papers: rules decide by measured numbers and their noise, and by nothing else."""

import json
import math
from dataclasses import replace

import pytest

from playground.shell.languages import catalogue
from tests.helpers import ROOT, measured_document
from training import evaluate, recipes
from training.evaluation import claims
from training.evaluation.claims import conclusions, gan
from training.evaluation.claims.claim import AGREES, DIFFERS, UNDECIDED, above, every, found, not_above
from training.evaluation.claims.measured import Measured, Number, noise_of

JUDGE = b"weights of a judge"


def number(value: float, noise: float = 0.0) -> Number:
    return Number("x", value, noise)


def written(folder, path: str, table) -> None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(table), encoding="utf-8")


def guidance(shares: dict[str, float], **more) -> dict:
    """A study of guidance in which the judge names these shares of a hundred pictures."""
    return {"cells": {key: {"judge_top5": share, "count": 100, **more} for key, share in shares.items()}}


def test_a_difference_counts_beyond_the_noise_of_both():
    assert above(number(0.5, 0.3), number(0.1, 0.2)) == AGREES  # 0.4 > √(0.09 + 0.04)
    assert above(number(0.5, 0.3), number(0.1, 0.3)) == UNDECIDED
    assert above(number(0.1, 0.1), number(0.5, 0.1)) == DIFFERS
    assert not_above(number(0.5, 0.3), number(0.4, 0.3)) == AGREES
    assert not_above(number(0.9, 0.1), number(0.4, 0.1)) == DIFFERS


def test_one_part_that_differs_decides_and_one_that_is_open_leaves_open():
    assert every(AGREES, AGREES) == AGREES
    assert every(AGREES, UNDECIDED) == UNDECIDED
    assert every(UNDECIDED, AGREES, DIFFERS) == DIFFERS


def test_the_noise_of_a_share_is_two_deviations_and_never_nothing():
    assert noise_of("recall", 0.5, 10_000) == pytest.approx(2 * math.sqrt(0.25 / 10_000), rel=1e-2)
    assert noise_of("judge_top5", 0.0, 100) > 0.01
    assert noise_of("frechet", 200.0, 100, deviation=3.0) == 6.0


@pytest.mark.parametrize(
    "shares, verdict",
    [
        ({"classifier_free/3": 0.6, "classifier/1": 0.2, "clip_noised/1": 0.2}, AGREES),
        ({"classifier_free/3": 0.2, "classifier/1": 0.6, "clip_noised/1": 0.2}, DIFFERS),
        ({"classifier_free/3": 0.21, "classifier/1": 0.2, "clip_noised/1": 0.1}, UNDECIDED),
    ],
)
def test_other_numbers_give_another_verdict(tmp_path, shares, verdict):
    weak = {key.split("/")[0] + "/0": 0.0 for key in shares}
    written(tmp_path, "guidance/study.json", guidance(shares | weak))
    finding = found(claims.get("glide-cfg"), Measured(tmp_path))
    assert finding.verdict == verdict
    assert [one.value for one in finding.numbers] == [shares[key] for key in shares]


def test_numbers_of_two_judges_are_not_compared(tmp_path):
    (tmp_path / "judge").mkdir()
    (tmp_path / "judge" / "model.safetensors").write_bytes(JUDGE)
    stamp = Measured(tmp_path)._shipped_judge
    study = guidance({"classifier_free/0": 0.0, "classifier_free/3": 0.9, "classifier/0": 0.0, "classifier/1": 0.1})
    study["cells"] |= guidance({"clip_noised/0": 0.0, "clip_noised/1": 0.1}, sha=f"glide {stamp} guide")["cells"]
    written(tmp_path, "guidance/study.json", study)
    finding = found(claims.get("glide-cfg"), Measured(tmp_path))
    assert (finding.verdict, finding.reason) == (UNDECIDED, "judges")


def test_the_gan_stands_beside_the_model_that_saw_as_many_pictures(tmp_path):
    stages = [{"pictures": n, "recall": n / 1e6} for n in (10_000, 180_000, 900_000)]
    written(tmp_path, "gan/metrics.json", {"recall": 0.9, "pictures": 900_000, "stages": stages})
    for name in gan.DIFFUSION:
        written(tmp_path, f"{name}/metrics.json", {"recall": 0.6, "pictures": 200_000})
    finding = found(claims.get("gan-diverse"), Measured(tmp_path))
    assert finding.verdict == AGREES and finding.numbers[0].value == 0.18
    for name in gan.DIFFUSION:
        written(tmp_path, f"{name}/metrics.json", {"recall": 0.6, "pictures": 50_000})
    assert found(claims.get("gan-diverse"), Measured(tmp_path)).reason == "unequal"


@pytest.mark.parametrize("name", claims.claims())
def test_without_numbers_nothing_is_decided(name, tmp_path):
    finding = found(claims.get(name), Measured(tmp_path))
    assert (finding.verdict, finding.reason) == (UNDECIDED, "missing") and finding.lacks


@pytest.mark.parametrize("name", claims.claims())
def test_a_claim_says_in_english_what_the_app_says_and_names_commands_that_are_there(name):
    claim, texts = claims.get(name), catalogue("en")
    assert (claim.says, claim.theirs) == (texts[f"claim.{claim.key}"], texts[f"theirs.{claim.key}"])
    assert texts[f"tab.{claim.tab}"] and claim.minutes > 0 and claim.address.startswith("https://")
    for command in claim.commands:
        module, *words = command.split()
        assert (ROOT / (module.replace(".", "/") + ".py")).exists()
        if module == "training.evaluate":
            assert set(words) <= set(recipes.names())


def test_verdicts_are_stored_and_read_back_and_a_damaged_file_decides_nothing(tmp_path):
    written(tmp_path, "ae/metrics.json", {"psnr": 21.0})
    written(tmp_path, "pca/metrics.json", {"psnr": 19.0})
    decided = conclusions.conclude(tmp_path)
    assert decided["ae-pca"].verdict == AGREES
    stored = conclusions.read(tmp_path)
    assert stored["ae-pca"]["verdict"] == AGREES and stored["ae-pca"]["numbers"][0]["value"] == 21.0
    assert "| `ae-pca` |" in conclusions.report(decided) and "ae 21 ± 0.2" in conclusions.report(decided)
    (tmp_path / "claims" / "ae-pca.json").write_text('{"verdict": "agr')
    written(tmp_path, "claims/vae-samples.json", {"verdict": "certainly"})
    again = conclusions.read(tmp_path)
    assert again["ae-pca"]["verdict"] == again["vae-samples"]["verdict"] == UNDECIDED


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A repository with empty assets and a document with markers."""
    document = measured_document(tmp_path, "<!-- claims -->\n<!-- /claims -->\n")
    monkeypatch.setattr(evaluate, "ASSETS", tmp_path)
    monkeypatch.setattr(evaluate, "ROOT", tmp_path)
    return document


def test_the_command_decides_all_claims_by_what_is_measured(house):
    evaluate.main(["--claim"])
    assert f"{len(claims.claims())} not decided" in house.read_text()


def test_the_command_runs_what_measures_a_claim_and_tells_when_that_fails(house, monkeypatch, capfd):
    said = house.parent / "measuring.py"
    said.write_text("import sys; print('measured', *sys.argv[1:])")
    measured_by = replace(claims.get("ae-pca"), commands=("measuring ae",))
    monkeypatch.setattr(claims, "get", lambda name: measured_by)
    monkeypatch.setenv("PYTHONPATH", str(house.parent))
    evaluate.main(["--claim", "ae-pca"])
    assert "measured ae" in capfd.readouterr().out
    said.write_text("raise SystemExit(3)")
    with pytest.raises(SystemExit, match="python -m measuring ae failed"):
        evaluate.main(["--claim", "ae-pca"])


def test_an_unknown_claim_is_refused_in_one_sentence_that_lists_them(house):
    with pytest.raises(SystemExit, match="'gan-happy' is no claim; there are: ae-pca, "):
        evaluate.main(["--claim", "gan-happy"])
