"""The study of DALL·E 2 on tiny stages beside the judge that ships: every row once, and again for other weights."""

import json

import pytest
import torch

from models.ar_prior import ARPrior, ARPriorConfig
from models.clip import CLIP, CLIPConfig
from models.glide import GLIDE, GLIDEConfig
from models.prior import DiffusionPrior, DiffusionPriorConfig
from models.tokenizer import Tokenizer
from models.upsampler import Upsampler, UpsamplerConfig
from tests.emoji_set import few
from tests.helpers import measured_document
from training import files
from training.evaluation import prior
from training.studies import settings, unclip

pytestmark = pytest.mark.slow
COUNT = ["--count", "6"]
SIZES = {"embedding": 16, "text_width": 32, "context": 16, "width": 16, "layers": 1, "heads": 2}


@pytest.fixture
def study(tmp_path, monkeypatch):
    """An assets folder of tiny stages, and the study's files there."""
    monkeypatch.setattr(files, "ASSETS", tmp_path)
    for name, value in {
        "evaluator": few,
        "PATH": tmp_path / "unclip" / "study.json",
        "ROOT": tmp_path,
        "DEFAULTS": unclip.Settings(steps=2, prior_steps=2, upsampler_steps=1),
        "INVERSION_STEPS": 2,
        "DIMENSIONS": (1, 16, 256),
    }.items():
        monkeypatch.setattr(unclip, name, value)
    measured_document(tmp_path, "<!-- unclip -->\n<!-- /unclip -->\n")
    (tmp_path / "judge").symlink_to(files.ROOT / "assets" / "judge")
    words = Tokenizer.train(["red apple"] * 2, 600, 16)
    towers = dict(vocab=600, context=16, text_width=32, text_layers=1, text_heads=2, embedding=16)
    CLIP(CLIPConfig(width=32, layers=1, heads=2, **towers), words).save_pretrained(tmp_path / "clip")
    GLIDE(
        GLIDEConfig(
            width=16, multipliers=(1, 2), head=8, steps=20, blocks=1, schedule="cosine", predicts="x0", **towers
        ),
        words,
    ).save_pretrained(tmp_path / "glide")
    new_prior(tmp_path)
    ARPrior(ARPriorConfig(**SIZES, components=4, buckets=4)).save_pretrained(tmp_path / "ar_prior")
    Upsampler(UpsamplerConfig(width=16, multipliers=(1, 2), blocks=1, steps=20)).save_pretrained(tmp_path / "upsampler")
    return unclip


def new_prior(folder):
    DiffusionPrior(DiffusionPriorConfig(**SIZES, steps=20)).save_pretrained(folder / "prior")


def test_every_row_is_measured_once_and_stands_in_the_tables(study):
    study.main(COUNT)
    rows = json.loads(study.PATH.read_text())["rows"]
    expected = {f"ways/{way}/{language}" for way in study.WAYS for language in ("en", "zh")} | {
        "held_out/held_out",
        "held_out/seen",
    }
    expected |= {f"inversion/fixed_point/{eta:g}" for eta in study.ETAS} | {
        "inversion/plain/0",
        "components/1",
        "components/16",
    }
    assert set(rows) == expected
    assert all(
        0 <= row["judge_top5"] <= 1 and row["frechet"] > 0
        for key, row in rows.items()
        if key.startswith(("ways", "held_out"))
    )
    assert rows["ways/oracle/en"]["cosine"] == pytest.approx(1, abs=1e-3) and rows["ways/diffusion/en"]["cosine"] < 0.9
    text = (study.ROOT / "docs/MEASURED.md").read_text()
    assert all(title in text for title in (*study.WAYS.values(), "held out", "fixed-point", "components kept"))
    assert (study.PATH.parent / "curves.svg").stat().st_size > 1000
    before = study.PATH.stat().st_mtime_ns
    study.main(COUNT)
    assert study.PATH.stat().st_mtime_ns == before  # nothing is measured twice


def test_a_new_prior_is_measured_again_and_a_missing_one_is_left_out(study):
    study.main(["ways", *COUNT])
    before = json.loads(study.PATH.read_text())["rows"]
    torch.manual_seed(7)
    new_prior(files.ASSETS)
    (files.ASSETS / "ar_prior" / "model.safetensors").unlink()
    study.main(["ways", *COUNT])
    after = json.loads(study.PATH.read_text())["rows"]
    assert {key for key in after if after[key] != before[key]} == {"ways/diffusion/en", "ways/diffusion/zh"}


def test_each_setting_is_moved_alone_and_the_defaults_are_measured_once(study, monkeypatch):
    path = files.ASSETS / "unclip" / "settings.json"
    monkeypatch.setattr(settings, "PATH", path)
    monkeypatch.setattr(settings, "ROOT", files.ASSETS)
    document = measured_document(files.ASSETS, "<!-- settings -->\n<!-- /settings -->\n")
    settings.main(["candidates", "scale", *COUNT])
    rows = json.loads(path.read_text())["rows"]
    moved = {f"candidates {n}" for n in (1, 2, 4, 16)} | {f"scale {value}" for value in (1, 1.5, 3, 4)}
    assert set(rows) == {"defaults"} | moved
    assert {row["scale"] for key, row in rows.items() if not key.startswith("scale")} == {2.0}
    text = document.read_text()
    assert text.count("| **8** |") == text.count("| **2** |") == 1, "the defaults stand in bold"
    settings.main(["candidates", "scale", *COUNT])
    assert json.loads(path.read_text())["rows"] == rows, "nothing is measured twice"


def test_the_report_of_a_prior_knows_a_perfect_one():
    z = torch.nn.functional.normalize(torch.randn(30, 16, generator=torch.Generator().manual_seed(0)), dim=1)
    known = prior.Pairs(z, None, None, torch.arange(30), z)
    found = prior.embedding_scores(known, z.expand(2, -1, -1))
    assert found["cosine"] == pytest.approx(1)
    assert found["picture_top5"] == found["name_top5"] == 1
    assert found["likeness"] == pytest.approx(1)
    assert abs(found["shuffled"]) < 0.3
