"""Muon against PyTorch's own, orthogonality, which weights it moves, and how its rate falls."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from models.pretrained import CheckpointError
from tests.helpers import picture_folder
from training import precision, recipes
from training.loop import TrainConfig, learning_rate, train
from training.optimizers import Muon, optimizers_for, orthogonal

CPU = torch.device("cpu")


@pytest.fixture
def exact(monkeypatch):
    monkeypatch.setitem(precision.FASTER, "cpu", False)


@pytest.mark.parametrize("shape", [(12, 12), (8, 40), (40, 8)])
def test_singular_values_come_near_one_and_the_directions_stay(exact, shape):
    matrices = torch.randn(3, *shape, generator=torch.Generator().manual_seed(0))
    found = orthogonal(matrices)
    assert found.shape == matrices.shape
    values = torch.linalg.svdvals(found)
    assert values.min() > 0.4 and values.max() < 1.3
    u, _, v = torch.linalg.svd(matrices, full_matrices=False)
    diagonal = u.mT @ found @ v.mT
    assert_close(diagonal, torch.diag_embed(diagonal.diagonal(dim1=1, dim2=2)), atol=2e-3, rtol=0)


@pytest.mark.parametrize("shape", [(6, 10), (10, 6)])
def test_it_steps_as_pytorchs_own_with_the_rate_matched_to_adamw(shape):
    generator = torch.Generator().manual_seed(0)
    start, gradients = torch.randn(*shape, generator=generator), torch.randn(4, *shape, generator=generator)
    ours, theirs = (nn.Parameter(start.clone()) for _ in range(2))
    settings = {"lr": 0.01, "momentum": 0.95, "weight_decay": 0.1}
    pair = [
        (ours, Muon([ours], **settings)),
        (theirs, torch.optim.Muon([theirs], **settings, adjust_lr_fn="match_rms_adamw")),
    ]
    for gradient in gradients:
        for parameter, optimizer in pair:
            parameter.grad = gradient.clone()
            optimizer.step()
    assert_close(ours, theirs, atol=3e-3, rtol=0)  # PyTorch's works in bfloat16
    assert (ours - start).abs().mean() > 10 * (ours - theirs).abs().mean()


def test_a_convolution_is_the_matrix_of_its_flattened_weights_in_any_memory_format(exact):
    start = torch.randn(4, 3, 3, 3, generator=torch.Generator().manual_seed(0))
    flat, plain = (nn.Parameter(each) for each in (start.flatten(1).clone(), start.clone()))
    last = nn.Parameter(start.clone(memory_format=torch.channels_last))
    for parameter in (flat, plain, last):
        parameter.grad = start.cos().view(parameter.shape).clone()
        Muon([parameter], 0.1).step()
    assert_close(plain.flatten(1), flat)
    assert_close(last.contiguous(), plain)


def test_matrices_of_one_shape_go_together_as_they_would_alone(exact):
    shapes = [(4, 6), (4, 6), (6, 4), (4, 2, 3)]
    together, alone = ([nn.Parameter(torch.full(shape, 0.5)) for shape in shapes] for _ in range(2))
    for several in (together, alone):
        for i, parameter in enumerate(several):
            parameter.grad = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(i))
    Muon(together, 0.1).step()
    for parameter in alone:
        Muon([parameter], 0.1).step()
    for one, other in zip(together, alone, strict=True):
        assert_close(one, other)


def test_what_got_no_gradient_stays():
    still, moved = (nn.Parameter(torch.ones(3, 3)) for _ in range(2))
    moved.grad = torch.eye(3)
    Muon([still, moved], 0.1, weight_decay=0.5).step()
    assert still.equal(torch.ones(3, 3)) and not moved.equal(torch.ones(3, 3))


@pytest.mark.parametrize("name", ["glide", "clip", "prior"])
def test_what_stands_at_the_models_boundary_and_all_vectors_are_left_to_adamw(name, tmp_path):
    recipe = recipes.get(name)
    config = replace(recipe.TINY, data=str(picture_folder(tmp_path)), optimizer="muon")
    model, _, _ = recipe.setup(config, CPU)
    adamw, muon = optimizers_for(model, config, (0.9, 0.99))
    names = {id(parameter): each for each, parameter in model.named_parameters()}
    by_muon = {names[id(p)] for group in muon.param_groups for p in group["params"]}
    by_adamw = {names[id(p)] for group in adamw.param_groups for p in group["params"]}
    assert by_muon | by_adamw == set(names.values()) and not by_muon & by_adamw
    assert all(dict(model.named_parameters())[each].ndim > 1 for each in by_muon)
    for part in model.boundary:
        present = {each for each in names.values() if each == part or each.startswith(part + ".")}
        assert not present & by_muon
    assert any(each.startswith(part) for part in model.boundary for each in names.values())


@pytest.mark.parametrize("name", [name for name in recipes.names() if recipes.get(name).MODEL.boundary])
def test_every_name_at_a_boundary_is_one_of_the_model(name):
    recipe = recipes.get(name)
    known = [each for each, _ in recipe.MODEL(recipe.TINY.model).named_parameters()]
    unused = {part for part in recipe.MODEL.boundary if not any(k == part or k.startswith(part + ".") for k in known)}
    assert unused <= {
        "network.label",
        "network.input_skip",
        "visual.conv1.weight",
        "visual.conv1.1",
        "visual.time",
        "labels",
    }


def test_an_unknown_optimiser_is_refused_by_name():
    with pytest.raises(ValueError, match="optimizer = 'sgd': choose one of adamw, muon"):
        optimizers_for(nn.Linear(2, 2), TrainConfig(optimizer="sgd"), (0.9, 0.99))


def test_a_run_is_not_resumed_with_another_optimiser(tmp_path):
    recipe = recipes.get("ddpm_x0")
    config = replace(recipe.TINY, data=str(picture_folder(tmp_path / "pictures")), pictures=32)
    list(train(recipe.setup, replace(config, optimizer="muon"), tmp_path / "run", device=CPU))
    with pytest.raises(CheckpointError, match="begun with --optimizer=muon, and this call is with --optimizer=adamw"):
        train(recipe.setup, replace(config, optimizer="adamw", pictures=64), tmp_path / "run", device=CPU)
    list(train(recipe.setup, replace(config, optimizer="muon", pictures=64), tmp_path / "run", device=CPU))


def test_with_a_cooldown_the_rate_is_level_and_then_falls_in_a_line():
    rates = [learning_rate(share, 10**6, 100, 0.4) for share in (0.0, 0.3, 0.6, 0.8, 0.9, 1.0)]
    assert rates == pytest.approx([1, 1, 1, 0.5, 0.25, 0])
    assert learning_rate(0.0, 49, 100, 0.4) == pytest.approx(0.5)
