"""The small studies of the codebooks, the GANs and the toys: every row measured once, again when what it is measured
with changes."""

import json

import pytest

from models.toy import ToyOptions
from tests.helpers import measured_document
from training.studies import toy, variants

pytestmark = pytest.mark.slow


@pytest.fixture
def document(tmp_path, monkeypatch):
    document = measured_document(tmp_path, "<!-- toys -->\n<!-- /toys -->\n<!-- variants -->\n<!-- /variants -->\n")
    for module in (toy, variants):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(toy, "PATH", tmp_path / "gan" / "toys.json")
    monkeypatch.setattr(variants, "PATHS", {part: tmp_path / part / "variants.json" for part in variants.PATHS})
    return document


def test_toys_are_measured_once_and_tabled(document, monkeypatch):
    monkeypatch.setattr(
        toy, "LEARNERS", {"GAN, relativistic, R1 and R2": ("gan", ToyOptions()), "VAE": ("vae", ToyOptions())}
    )
    toy.main(["--count", "5"])
    found = json.loads(toy.PATH.read_text())["rows"]
    assert found.keys() == {f"{name}/{label}" for name in toy.SHAPES for label in toy.LEARNERS}
    assert all(0 <= row["inside"] <= 1 and row["modes_2"] <= 16 and row["steps"] == 5 for row in found.values())
    assert "| VAE | " in document.read_text() and document.read_text().count("%") >= 4
    before = toy.PATH.stat().st_mtime_ns
    toy.main(["--count", "5"])
    assert toy.PATH.stat().st_mtime_ns == before
    toy.main(["--count", "6", "ring"])
    again = json.loads(toy.PATH.read_text())["rows"]
    assert again["ring/VAE"]["steps"] == 6 and again["grid/VAE"]["steps"] == 5


def test_a_codebook_and_a_gan_are_trained_and_measured_as_they_are_asked_for(document, monkeypatch):
    every = variants.variants
    monkeypatch.setattr(
        variants, "variants", lambda part: dict(list(every(part).items())[1::4])
    )  # K = 128 without restarts, K = 2048 without; seed 1, …
    variants.main(["codebook", "gan", "--count", "64", "--minutes", "0.05"])
    rows = json.loads(variants.PATHS["codebook"].read_text())["rows"]
    assert rows["128/none"]["codes"] == 128
    assert rows["128/none"]["restart"] == 0
    assert 0 < rows["128/none"]["used"] <= 1
    assert rows["128/none"]["psnr"] > 0
    assert "| 128 | no | " in document.read_text()


def test_an_unstable_gan_is_trained_without_what_holds_it():
    stable, unstable = (variants.variants("gan")[f"{name}/2"] for name in ("stable", "unstable"))
    assert stable == (2, {}) and unstable == (2, variants.UNSTABLE)
    model = variants.trained("gan", 2, unstable[1] | {"widths": (16, 16, 16)}, 32)
    assert (model.config.loss, model.config.gamma, model.config.augment) == ("non_saturating", 0.0, 0.0)
    assert int(model.seen) == 32
    table = variants.gan_table({"unstable/0": {"frechet": 512.3, "precision": 0.1, "recall": 0.0, "told": 0.97}})
    assert "| non-saturating, none of them | 0 | 512 | 0.10 | 0.00 | 97% |" in table
