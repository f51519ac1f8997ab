"""The noised classifier: its heads, its rows, what it learns, and as a guide; the study of guidance on tiny
networks."""

import json
from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from models.classifier import HEADS, Classifier
from models.guidance import gradient_of, of_classes
from tests.emoji_set import few
from tests.helpers import measured_document
from training.recipes import classifier

CONFIG = replace(classifier.TINY.model, dropout=0.0)


def model() -> Classifier:
    torch.manual_seed(0)
    found = Classifier(CONFIG).eval()
    for parameter in found.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return found


def noisy(count: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(count, 3, 16, 16, generator=generator), torch.tensor([0, 10, 25, 49])[:count]


def test_every_head_has_its_classes_and_rows_keep_to_themselves():
    one, (x, t) = model(), noisy()
    together = one(x, t)
    assert {name: logits.shape[1] for name, logits in together.items()} == dict(
        zip(HEADS, CONFIG.head_classes, strict=True)
    )
    for name in HEADS:
        assert_close(together[name][2:3], one(x[2:3], t[2:3])[name], atol=1e-5, rtol=1e-5)
        assert not torch.allclose(together[name], one(x, t.flip(0))[name])  # it hears how much noise there is


def test_its_gradient_raises_the_class_that_is_wished_for():
    one, (x, t) = model(), noisy()
    guide = of_classes(one, "style")
    before = guide(x, t, [0, 1, 2, 3])
    moved = x + 0.5 * torch.nn.functional.normalize(gradient_of(guide)(x, t, [0, 1, 2, 3]).flatten(1), dim=1).view_as(x)
    assert (guide(moved, t, [0, 1, 2, 3]) > before).all()
    assert_close(before, one(x, t)["style"].log_softmax(1).diagonal()[:4])


def test_it_learns_to_tell_pictures_apart():
    torch.manual_seed(0)
    one, x = Classifier(CONFIG).train(), noisy()[0].sign()
    labels = torch.tensor([[0, 0, 0], [1, 1, 1], [2, 2, 2], [3, 3, 3]])
    optimizer, losses = torch.optim.Adam(one.parameters(), 3e-3), []
    for step in range(60):
        torch.manual_seed(step)
        loss = one.loss(x, labels)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert sum(losses[-10:]) < 0.5 * sum(losses[:10])
    with torch.no_grad():
        assert one(x, torch.zeros(4, dtype=torch.long))["style"].argmax(1).tolist() == [0, 1, 2, 3]


def test_a_classifier_draws_nothing():
    with pytest.raises(NotImplementedError, match="guide"):
        model().sample(4)


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """An assets folder of tiny networks beside the judge that ships, and the study's files there."""
    from models.clip import CLIP, CLIPConfig
    from models.glide import GLIDE, GLIDEConfig
    from models.tokenizer import Tokenizer
    from training import files
    from training.studies import guidance

    judge = files.ASSETS / "judge"
    if not (judge / "model.safetensors").exists():
        pytest.skip("the judge does not ship yet")
    (tmp_path / "judge").symlink_to(judge)
    monkeypatch.setattr(guidance, "evaluator", few)
    monkeypatch.setattr(files, "ASSETS", tmp_path)
    monkeypatch.setattr(guidance, "PATH", tmp_path / "guidance" / "study.json")
    monkeypatch.setattr(guidance, "ROOT", tmp_path)
    monkeypatch.setattr(guidance, "STEPS", 2)
    measured_document(tmp_path, "<!-- guidance -->\n<!-- /guidance -->\n")
    words = Tokenizer.train(["red apple"] * 2, 600, 16)
    small = dict(width=16, multipliers=(1, 2), head=8, steps=20)
    GLIDE(
        GLIDEConfig(
            **small,
            blocks=1,
            vocab=600,
            context=16,
            text_width=32,
            text_layers=1,
            text_heads=2,
            embedding=16,
            schedule="cosine",
            predicts="x0",
        ),
        words,
    ).save_pretrained(tmp_path / "glide")
    Classifier(replace(CONFIG, image_size=32, steps=20, head_classes=(1914, 8, 9))).save_pretrained(
        tmp_path / "classifier"
    )
    towers = CLIPConfig(
        width=32, layers=1, heads=2, vocab=600, context=16, text_width=32, text_layers=1, text_heads=2, embedding=16
    )
    CLIP(towers, words).save_pretrained(tmp_path / "clip")
    CLIP(replace(towers, steps=20), words).save_pretrained(tmp_path / "clip_noised")
    return guidance


@pytest.mark.slow
def test_the_study_measures_every_kind_once_and_writes_its_table(shipped):
    shipped.main(["--count", "12"])
    found = json.loads(shipped.PATH.read_text())
    assert set(found["cells"]) == {f"{name}/{scale:g}" for name, kind in shipped.KINDS.items() for scale in kind.scales}
    assert all(0 <= cell["judge_top5"] <= 1 and cell["frechet"] > 0 for cell in found["cells"].values())
    assert all(("own_score" in cell) != key.startswith("classifier_free") for key, cell in found["cells"].items())
    text = (shipped.ROOT / "docs/MEASURED.md").read_text()
    assert all(kind.label in text for kind in shipped.KINDS.values()) and (shipped.PATH.parent / "curves.svg").exists()
    before = shipped.PATH.stat().st_mtime_ns
    shipped.main(["--count", "12"])
    assert shipped.PATH.stat().st_mtime_ns == before  # nothing is measured twice


@pytest.mark.slow
def test_the_study_leaves_out_what_does_not_ship_and_measures_new_weights_again(shipped):
    for file in (shipped.files.ASSETS / "clip").iterdir():
        file.unlink()
    shipped.main(["classifier", "clip_at_x0", "--count", "12"])
    found = json.loads(shipped.PATH.read_text())
    assert {key.split("/")[0] for key in found["cells"]} == {"classifier"}
    torch.manual_seed(5)
    Classifier(replace(CONFIG, image_size=32, steps=20, head_classes=(1914, 8, 9))).save_pretrained(
        shipped.files.ASSETS / "classifier"
    )
    shipped.main(["classifier", "--count", "12"])
    again = json.loads(shipped.PATH.read_text())
    assert all(again["cells"][key]["sha"] != cell["sha"] for key, cell in found["cells"].items())
