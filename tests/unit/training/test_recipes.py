"""Every recipe that is found, on its TINY config and a folder of pictures made here."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.pretrained import Pretrained
from tests.helpers import picture_folder, same_bits, weights
from training import recipes
from training.loop import set_learning_rate, train

pytestmark = pytest.mark.slow
CPU = torch.device("cpu")
RUN = 48  # pictures
LOSSES = 5  # steps over which a loss is averaged


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> str:
    return str(picture_folder(tmp_path_factory.mktemp("pictures")))


@pytest.fixture(scope="module", params=recipes.names())
def recipe(request):
    return recipes.get(request.param)


def tiny(recipe, folder: str, **changes):
    return replace(recipe.TINY, data=folder, **changes)


def run(recipe, config, folder: Path) -> list:
    return list(train(recipe.setup, config, folder, device=CPU))


@pytest.fixture(scope="module")
def made(recipe, pictures) -> tuple:
    """(model, batches, update): what one setup gives; its tests ask for nothing that a step would change."""
    torch.manual_seed(0)
    return recipe.setup(tiny(recipe, pictures), CPU)


@pytest.fixture(scope="module")
def whole(recipe, pictures, tmp_path_factory) -> tuple[Path, list]:
    """The folder and the progress of a run of six steps."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, run(recipe, tiny(recipe, pictures, pictures=RUN), folder)


@pytest.fixture(scope="module")
def parts(recipe, pictures, tmp_path_factory) -> Path:
    """The same run, stopped after three steps and taken up again; each of the three left a checkpoint and, where the
    recipe has one, a sheet of pictures."""
    folder, config = tmp_path_factory.mktemp("parts"), tiny(recipe, pictures, pictures=RUN)
    sheet = (lambda model: recipe.sheet(config, model)) if hasattr(recipe, "sheet") else None
    steps = train(recipe.setup, config, folder, device=CPU, save_every=0, sheet=sheet)
    for progress in itertools.islice(steps, 3):
        assert not progress.note
    steps.close()
    run(recipe, config, folder)
    return folder


def test_a_recipe_sets_up_a_network_of_its_kind(recipe, made):
    model, batches, update = made
    assert isinstance(model, Pretrained)
    assert isinstance(model, recipe.MODEL)
    assert callable(batches)
    assert callable(update)
    assert hasattr(update, "optimizers")


def test_tiny_is_tiny(recipe, made):
    assert made[0].parameters_count < 500_000
    assert recipe.TINY.pictures <= 1024


def test_the_losses_are_finite_and_every_trainable_parameter_gets_a_gradient(made):
    model, batches, update = made
    torch.manual_seed(0)
    model.train()
    seen = set()
    for step in range(3):  # a layer that starts at zero passes gradients on from the second step
        losses = update(batches(step))
        assert all(torch.isfinite(torch.as_tensor(v)).all() for v in losses.values())
        seen |= {name for name, p in model.named_parameters() if p.grad is not None and p.grad.abs().max() > 0}
    if update.optimizers:
        assert {name for name, p in model.named_parameters() if p.requires_grad} == seen


def test_the_optimisers_hold_every_trainable_parameter_once(made):
    model, _, update = made
    held = [id(p) for o in update.optimizers for group in o.param_groups for p in group["params"]]
    assert len(held) == len(set(held))
    if held:
        assert set(held) == {id(p) for p in model.parameters() if p.requires_grad}


def learned(recipe, pictures: str, player: int, loss: str) -> tuple[float, float]:
    """The player's mean loss over the first and the last of forty steps on one batch, his opponents (if any) standing
    still."""
    torch.manual_seed(0)
    model, batches, update = recipe.setup(tiny(recipe, pictures, lr=4e-3, warmup=1), CPU)
    if hasattr(update, "players"):
        set_learning_rate([opponent for i, opponent in enumerate(update.optimizers) if i != player], 0)
    model.train()
    batch, losses = batches(0), []
    for step in range(40):
        torch.manual_seed(step % LOSSES)  # the same noise in the first steps and in the last
        losses.append(float(torch.as_tensor(update(batch)[loss]).detach()))
    return sum(losses[:LOSSES]) / LOSSES, sum(losses[-LOSSES:]) / LOSSES


def test_one_batch_can_be_learned(recipe, pictures, made):
    update = made[2]
    if not update.optimizers:
        pytest.skip("fitted in one step")
    for player, loss in enumerate(getattr(update, "players", ("loss",))):
        first, last = learned(recipe, pictures, player, loss)
        assert last < first - 0.1 * abs(first), f"{loss}: {first:.3f} → {last:.3f}"


def test_the_same_seed_gives_the_same_weights_to_the_bit_however_often_the_run_was_stopped(whole, parts):
    assert same_bits(weights(whole[0]), weights(parts))


def test_another_seed_gives_other_weights(recipe, pictures, made, whole, tmp_path):
    run(recipe, tiny(recipe, pictures, pictures=RUN, seed=2), tmp_path)
    if made[2].optimizers:
        assert not same_bits(weights(tmp_path), weights(whole[0]))


def test_a_finished_run_leaves_a_model_that_loads_with_its_averaged_weights(recipe, whole):
    folder, progress = whole
    assert progress[-1].share == 1
    model, saved = recipe.MODEL.from_pretrained(folder / "model"), weights(folder)
    assert model.config == recipe.TINY.model
    for name, value in model.state_dict().items():
        assert value.equal(saved[f"ema/{name}"].half().float())


def test_a_sheet_of_pictures_is_drawn_and_leaves_the_run_as_it_was(recipe, whole, parts):
    if not hasattr(recipe, "sheet"):
        pytest.skip("draws no sheet")
    assert (parts / "sheet.png").stat().st_size > 100
    assert same_bits(weights(whole[0]), weights(parts))


def test_an_unknown_recipe_is_named_with_the_known_ones():
    with pytest.raises(recipes.RecipeError, match="no recipe 'diffuse'; there are: .*ae.*all"):
        recipes.get("diffuse")
