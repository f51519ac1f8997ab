"""`training.evaluate --keep`: the better checkpoint stays, cards and tables are written."""

import json
from pathlib import Path

import pytest

from models.pca import PCA, PCAConfig
from tests.helpers import measured_document
from training import evaluate, files
from training.data import pictures as data
from training.evaluation import measure

pytestmark = pytest.mark.slow


@pytest.fixture
def house(tmp_path, monkeypatch):
    """An empty assets folder, a document with markers, and runs to put candidates into."""
    measured_document(tmp_path, "# x\n\n<!-- measured -->\nold\n<!-- /measured -->\n\nend\n")
    monkeypatch.setattr(evaluate, "ASSETS", tmp_path / "assets")
    monkeypatch.setattr(evaluate, "ROOT", tmp_path)
    monkeypatch.setattr(files, "ASSETS", tmp_path / "assets")
    measure.evaluator.cache_clear()
    yield tmp_path
    measure.evaluator.cache_clear()


def candidate(folder: Path, components: int, step: int) -> None:
    model = PCA(PCAConfig(latent=components))
    pictures = data.load(64).training()
    model.fit(pictures.take(pictures.tone == 0).take(slice(0, 600)).on(), iterations=1)
    model.save_pretrained(folder / "runs" / "pca" / "model")
    run = {"step": step, "seconds": 1.0, "batch": 1, "pictures_before": 0}
    (folder / "runs" / "pca" / "model" / "run.json").write_text(json.dumps(run))


def test_only_a_better_checkpoint_replaces_the_shipped_one(house, capsys):
    shipped = house / "assets" / "pca"
    for components, step, stays in ((8, 1, 8), (24, 2, 24), (4, 3, 24)):
        candidate(house, components, step)
        evaluate.main(["pca", "--keep", "--runs", str(house / "runs")])
        assert PCA.from_pretrained(shipped).config.latent == stays
    assert "score" in capsys.readouterr().out
    metrics = json.loads((shipped / "metrics.json").read_text())
    assert metrics["pictures"] == 2
    assert metrics["parameters"] > 24 * 12288
    assert 5 < metrics["psnr"] < 30
    assert metrics["corrupted"]["mask"]["0.75"] < metrics["corrupted"]["mask"]["0.1"]
    document = (house / "docs/MEASURED.md").read_text()
    assert f"{metrics['psnr']:.2f}" in document
    assert "old" not in document
    assert document.endswith("end\n")
    assert (shipped / "README.md").read_text().startswith("---\nlicense: apache-2.0")


def test_a_checkpoint_whose_pictures_are_not_there_keeps_its_numbers(house, monkeypatch, capsys):
    def nothing(*_):
        raise data.DataError("There are no pictures of 64 pixels yet: run python -m training.data.")

    candidate(house, 4, 1)
    evaluate.main(["pca", "--keep", "--runs", str(house / "runs")])
    before = (house / "assets/pca/metrics.json").read_text()
    monkeypatch.setattr(evaluate, "measure", nothing)
    evaluate.main(["pca"])
    assert (
        "pca: not measured. There are no pictures of 64 pixels yet: run python -m training.data.\n"
        in capsys.readouterr().out
    )
    assert (house / "assets/pca/metrics.json").read_text() == before


def test_an_unknown_name_is_answered_in_one_sentence(house):
    with pytest.raises(SystemExit, match="There is no recipe 'nonsense'; there are: .*vae"):
        evaluate.main(["nonsense"])


def test_numbers_of_another_judge_are_told_by_name(monkeypatch):
    monkeypatch.setattr(evaluate, "weights_hash", lambda name: "new")
    metrics = {
        "gan": {"frechet": 1.0},
        "vae": {"samples_frechet": 1.0, "judge": "old"},
        "glide": {"judge_top5_en": 0.5, "judge": "new"},
        "prior": {"cosine_at_1": 0.5},
    }
    said = evaluate.stale(metrics)
    assert "gan, vae" in said
    assert "glide" not in said
    assert "prior" not in said
    assert evaluate.stale({"prior": metrics["prior"]}) == ""
