"""What is measured of diffusion models, on tiny ones and toys that know the answer; the study of samplers."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from models.diffusion import PREDICTS, Diffusion, DiffusionConfig
from models.judge import Judge, JudgeConfig
from tests.helpers import finish, measured_document, training
from training import evaluate, files, recipes
from training.data import pictures as data
from training.evaluation import diffusion as diffusion_report
from training.evaluation import measure
from training.evaluation.diffusion import WAYS, bound, curves, draw, errors, quartiles, read_study, report
from training.studies import sampling

pytestmark = pytest.mark.slow
TWINS = ("adm", "ddpm", "ddpm_mean", "ddpm_v", "ddpm_x0", "iddpm", "iddpm_vlb")
NET = dict(image_size=16, width=8, multipliers=(1,), blocks=1, attention=(), head=8)


def some_pictures(count: int = 60, size: int = 16) -> data.Pictures:
    """Squares of random colours with their groups, the last 20 held out."""
    rng = np.random.default_rng(0)
    rgba = np.full((count, size, size, 4), 255, np.uint8)
    rgba[:, 4:12, 4:12, :3] = rng.integers(0, 256, (count, 1, 1, 3))
    zeros, index = np.zeros(count, np.int64), np.arange(count)
    return data.Pictures(rgba, index, zeros, zeros, index % 9, index >= count - 20, [{}] * count, flip=index > 0)


def randomised(model, seed: int = 0):
    """The model with random weights everywhere, so that it answers something."""
    torch.manual_seed(seed)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1 if isinstance(model, Diffusion) else 0.3)
    return model


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A folder of pictures, a judge that is not trained, a document with a marker; nothing of the real assets."""
    pictures = some_pictures()
    monkeypatch.setattr(data, "load", lambda size, folder=None: pictures)
    for module in (files, evaluate):
        monkeypatch.setattr(module, "ASSETS", tmp_path / "assets")
    monkeypatch.setattr(sampling, "ROOT", tmp_path)
    measured_document(tmp_path, "# x\n<!-- diffusion -->\nformer\n<!-- /diffusion -->\nend\n")
    randomised(Judge(JudgeConfig(image_size=32, widths=(8, 8), features=6))).save_pretrained(
        tmp_path / "assets" / "judge"
    )
    measure.evaluator.cache_clear()
    yield tmp_path
    measure.evaluator.cache_clear()


def ship(house, name: str, seed: int = 0) -> Diffusion:
    """A checkpoint of a recipe's network, small and with random weights."""
    model = randomised(Diffusion(replace(recipes.get(name).TINY.model, **NET)), seed)
    model.save_pretrained(house / "assets" / name)
    return model


class Toy(Diffusion):
    """Believes that every picture is `belief`, and says so in the terms of its config."""

    def __init__(self, belief: torch.Tensor, fraction: float = 0.0, **config):
        super().__init__(DiffusionConfig(**NET, **config))
        self.belief, self.fraction = belief, fraction

    def forward(self, x, t, label=None):
        x0 = self.belief.expand_as(x)
        noise = self.process.predict_eps(x, t, x0)
        said = {
            "x0": x0,
            "eps": noise,
            "v": self.process.velocity(x0, t, noise),
            "mean": self.process.posterior_mean(x0, x, t),
        }[self.config.predicts]
        return torch.cat([said, torch.full_like(said, self.fraction)], 1) if self.config.variance == "learned" else said


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_the_error_of_the_noise_does_not_depend_on_what_is_predicted(schedule):
    rng = torch.Generator().manual_seed(0)
    x0, noise = torch.rand(40, 3, 16, 16, generator=rng) * 2 - 1, torch.randn(40, 3, 16, 16, generator=rng)
    t = torch.arange(5, 995, 25)[:40]
    toys = [Toy(torch.full((3, 1, 1), 0.2), schedule=schedule, predicts=predicts) for predicts in PREDICTS]
    alpha_bar = toys[0].process.alpha_bar[t].float()
    wrong = (x0 - 0.2).square().flatten(1).mean(1)  # of x̂_0; that of ε̂ is the signal-to-noise ratio times as much
    for toy in toys:
        assert_close(
            errors(toy, x0, t, noise), torch.stack([alpha_bar / (1 - alpha_bar) * wrong, wrong]), rtol=2e-3, atol=1e-6
        )


def test_quarters_go_from_least_noise_to_most_and_an_exact_network_has_no_error():
    x0 = torch.full((30, 3, 16, 16), 0.5)
    found = quartiles(Toy(torch.zeros(3, 1, 1), predicts="x0"), x0)
    assert found["x0"] == pytest.approx([0.25] * 4) and found["eps"] == sorted(found["eps"], reverse=True)
    exact = quartiles(Toy(torch.full((3, 1, 1), 0.5), predicts="v"), x0)
    assert max(exact["eps"] + exact["x0"]) < 1e-4


@pytest.mark.parametrize("config", [dict(), dict(schedule="cosine", predicts="x0", variance="learned", fraction=0.3)])
def test_a_bound_of_some_steps_agrees_with_that_of_all(config):
    x0 = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 0.4
    toy = Toy(torch.full((3, 1, 1), 0.1), **config)
    whole = toy.bits_per_dim(x0, generator=torch.Generator().manual_seed(1))
    found = bound(toy, x0)
    assert found["bits_per_dim"] == pytest.approx(whole["total"].mean().item(), rel=0.01)
    assert found["bits_decoder"] == pytest.approx(whole["terms"][:, 0].mean().item(), rel=0.05)
    assert found["bits_rate"] == pytest.approx(whole["terms"][:, 1:].sum(1).mean().item(), rel=0.01)
    assert len(diffusion_report.dense_ends(1000)) < 64


def test_a_prediction_outside_of_pictures_costs_no_bits():
    x0 = torch.ones(2, 3, 16, 16)
    bits = [
        bound(Toy(torch.full((3, 1, 1), value), predicts="x0", schedule="cosine"), x0)["bits_per_dim"]
        for value in (1.0, 9.0)
    ]
    assert bits[0] == pytest.approx(bits[1])


def test_every_way_draws_a_picture_of_the_toy_and_repeats_it():
    toy = Toy(torch.full((3, 1, 1), 0.25), fraction=-1, variance="learned")
    for way in WAYS:
        drawn, again = (draw(toy, way, 6, 3, torch.Generator().manual_seed(0)) for _ in range(2))
        assert drawn.equal(again) and (drawn.mean() - 0.25).abs() < 0.02, way


def test_groups_are_drawn_as_often_as_training_draws_them(house):
    told = []
    toy = Toy(torch.zeros(3, 1, 1), classes=9)
    toy.forward = lambda x, t, label=None: told.append(label) or torch.zeros_like(x)
    draw(toy, "ddim", 1, 3000, torch.Generator().manual_seed(0))
    pictures = some_pictures().training()
    shares = np.bincount(pictures.group, pictures.weights(), 9)
    assert_close(torch.cat(told).bincount(minlength=9) / 3000, torch.from_numpy(shares).float(), atol=0.03, rtol=0)


def test_pictures_of_another_size_reach_the_judge_with_their_pixels_repeated():
    judge = Judge(JudgeConfig(image_size=32, widths=(8,), features=4)).eval()
    x = torch.rand(3, 3, 16, 16)
    assert measure.features(judge, x).equal(measure.features(judge, x.repeat_interleave(2, 2).repeat_interleave(2, 3)))


def test_copies_are_told_from_new_pictures(house):
    seen = measure.evaluator(16)
    assert seen.copies(some_pictures().training().on()) == {"memorised": 1.0, "nearest_ratio": 0.0}
    fresh = seen.copies(some_pictures().validation().on())
    assert fresh["memorised"] == pytest.approx(0.05) and fresh["nearest_ratio"] == pytest.approx(1)


def test_a_checkpoint_is_measured_and_every_twin_has_one_row(house):
    model = ship(house, "adm").eval()
    found = json.loads(json.dumps(diffusion_report.evaluate(model)))
    assert found["score"] == -found["frechet"] < 0 < found["floor_frechet"] < found["frechet"]
    assert found["bits_per_dim"] == pytest.approx(sum(found[f"bits_{part}"] for part in ("prior", "rate", "decoder")))
    assert {len(v) for v in found["quartiles"].values()} == {4} and 0 <= found["memorised"] <= 1
    text = report(
        {name: found | {"parameters": 5, "pictures": 6} for name in TWINS} | {"ae": {"psnr": 20.0, "parameters": 1}}
    )
    for table in text.split("**")[2::2]:
        rows = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| ")]
        assert sorted(rows) == sorted(f"| {name}" for name in ("model", *TWINS))
    assert report({"ae": {"psnr": 20.0}}) == ""
    assert all(recipes.get(name).report is report for name in TWINS)


def test_without_a_judge_the_likelihood_decides(house):
    model = ship(house, "ddpm").eval()
    (house / "assets" / "judge" / "model.safetensors").unlink()
    found = diffusion_report.evaluate(model)
    assert found["score"] == -found["bits_per_dim"] and "frechet" not in found
    assert "| ddpm |" in report({"ddpm": found | {"parameters": 5, "pictures": 6}})


@pytest.fixture
def studied(house, monkeypatch):
    """Two checkpoints, a study of few steps, a list of the cells that were measured, a clock: a step takes a minute."""
    ship(house, "ddpm"), ship(house, "iddpm")
    found, scores = SimpleNamespace(house=house, cells=[], clock=0.0), sampling.cell_scores

    def counted(model, cell, *rest):
        found.cells.append(cell.key)
        found.clock += 60 * cell.steps
        return scores(model, cell, *rest)

    monkeypatch.setattr(sampling, "STEPS", (2, 5, 10))
    monkeypatch.setattr(sampling, "cell_scores", counted)
    monkeypatch.setattr(sampling, "time", SimpleNamespace(monotonic=lambda: found.clock))
    return found


def again(studied, *options: str) -> list[str]:
    studied.cells.clear()
    sampling.main([*options, "--count", "8"])
    return list(studied.cells)


def test_the_study_goes_on_where_it_stopped_and_measures_new_weights_again(studied, capsys):
    first = again(studied, "--minutes", "7.5")
    assert first == ["ddpm/ddim/2", "iddpm/ddim/2", "ddpm/dpm_solver/2"]  # another would end after eight minutes
    rest = again(studied)
    assert len(rest) == 3 * (4 + 5) - 3
    assert not set(first) & set(rest)
    assert again(studied) == []
    ship(studied.house, "iddpm", seed=1)
    assert again(studied, "--minutes", "0") == [] and {key.split("/")[0] for key in read_study()["cells"]} == {"ddpm"}
    assert set(again(studied)) == {key for key in first + rest if key.startswith("iddpm")}
    assert len(read_study()["cells"]) == 27 and read_study()["floor"]["count"] == 8
    cell = read_study()["cells"]["iddpm/learned/5"]
    assert cell["sha"] == measure.weights_hash("iddpm")
    assert cell["count"] == 8
    assert cell["frechet"] > 0
    studied.cells.clear()
    sampling.main(["ddpm", "--count", "9"])
    assert len(studied.cells) == 12 and set(curves(read_study())["predicts"][0]) == {"label", "points"}


def test_plots_and_tables_are_drawn_of_what_there_is(studied, capsys):
    again(studied, "iddpm")
    folder = studied.house / "assets" / "diffusion"
    plots = {path.name: path.read_bytes() for path in folder.glob("*.svg")}
    assert set(plots) == {"variance.svg", "schedule.svg", "scale.svg"} and b"learned" in plots["variance.svg"]
    assert [line["label"] for line in curves(read_study())["variance"]] == [
        "learned",
        "fixed small, β̃",
        "fixed large, β",
    ]
    document = (studied.house / "docs/MEASURED.md").read_text()
    frechet = read_study()["cells"]["iddpm/learned/10"]["frechet"]
    assert f"{frechet:.1f} |" in document
    assert "variance.svg" in document
    assert "former" not in document
    assert document.endswith("end\n")
    assert again(studied, "iddpm", "--minutes", "0") == []
    assert plots == {path.name: path.read_bytes() for path in folder.glob("*.svg")}
    row = {
        "parameters": 5,
        "pictures": 6,
        "quartiles": {"eps": [1.0] * 4, "x0": [1.0] * 4},
        "bits_per_dim": 1.0,
        "bits_rate": 1.0,
        "bits_decoder": 0.0,
    }
    assert "up to 10 steps" in report({"iddpm": row})


def test_few_steps_of_every_model_come_first_and_the_long_ways_of_the_claims_before_the_rest():
    models = {name: SimpleNamespace(config=recipes.get(name).CONFIG.model) for name in ("adm", "ddpm", "iddpm")}
    order = sampling.cells(models)
    assert [cell.steps for cell in order[:14]] == [5] * 14 and len(order) == 7 * 14
    ranks = [cell.rank[0] for cell in order]
    assert ranks == sorted(ranks) and {(c.name, c.way) for c in order if c.rank[0] == 2} == sampling.LONG
    assert order[-1].steps == 1000


WRITER = """
import sys
from pathlib import Path
from training import files
from training.studies import sampling

files.ASSETS = Path(sys.argv[1])
for i in range(60):
    sampling.keep({f"{sys.argv[2]}/ddim/{i}": {"frechet": i}})
"""


@pytest.mark.process
@pytest.mark.skipif(files.fcntl is None, reason="the system has no file locks")
def test_two_processes_write_into_one_study(house):
    writers = [training(house / "assets", name, start=("-c", WRITER)) for name in ("a", "b")]
    assert [finish(writer) for writer in writers] == ["", ""]
    assert set(read_study()["cells"]) == {f"{name}/ddim/{i}" for name in "ab" for i in range(60)}


@pytest.mark.parametrize(
    "options, says",
    [
        (["ae"], "ae is no diffusion model of pictures alone"),
        (["nonsense"], "There is no recipe 'nonsense'"),
        (["ddpm"], "checkpoint ddpm is missing"),
        (["--count", "3"], "at least 8"),
    ],
)
def test_a_study_that_cannot_be_is_refused_in_one_sentence(house, options, says):
    with pytest.raises(SystemExit, match=says):
        sampling.main(options)


def test_a_study_of_nothing_says_what_to_do(house, capsys):
    sampling.main([])
    assert "train a diffusion model" in capsys.readouterr().out and "former" in (house / "docs/MEASURED.md").read_text()
