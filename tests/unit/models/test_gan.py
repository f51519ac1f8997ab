"""The adversarial network against closed forms: losses, penalties, augmentation, and generators that are kept."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.testing import assert_close

from models.gan import GAN, LOSSES, GANConfig, augmented, discriminator_loss, generator_loss
from training.evaluation.gan import real_found
from training.families.gan import AdversarialUpdate, Config

SMALL = GANConfig(image_size=16, latent=8, style=16, widths=(8, 8), memories=(16, 40))


def gan(**changes) -> GAN:
    """A small one whose layers all say something."""
    torch.manual_seed(0)
    model = GAN(replace(SMALL, **changes))
    for parameter in model.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.1)
    return model


def weights(part: nn.Module) -> torch.Tensor:
    return nn.utils.parameters_to_vector(part.parameters()).detach().clone()


def test_the_losses_are_cross_entropies():
    real, fake = torch.randn(2, 64, dtype=torch.float64)
    ones, zeros = torch.ones_like(real), torch.zeros_like(real)
    bce = F.binary_cross_entropy_with_logits
    for kind in ("non_saturating", "original"):
        assert_close(discriminator_loss(kind, real, fake), bce(real, ones) + bce(fake, zeros))
    assert_close(generator_loss("non_saturating", real, fake), bce(fake, ones))
    assert_close(
        generator_loss("original", real, fake), torch.log(1 - fake.sigmoid()).mean()
    )  # Goodfellow et al. 2014, eq. 1
    assert_close(discriminator_loss("relativistic", real, fake), bce(real - fake, ones))
    assert_close(generator_loss("relativistic", real, fake), bce(fake - real, ones))


def test_only_the_original_loss_leaves_the_generator_without_a_gradient_when_it_is_found_out():
    pulls = {}
    for kind in LOSSES:
        fake = torch.full((1,), -20.0, requires_grad=True)
        generator_loss(kind, torch.zeros(1), fake).backward()
        pulls[kind] = float(-fake.grad)
    assert pulls["original"] < 1e-8 and min(pulls["relativistic"], pulls["non_saturating"]) > 0.99


def test_the_penalty_is_the_mean_squared_slope():
    model, x = gan(augment=0.0), torch.randn(6, 3, 16, 16)
    model.discriminator.forward = lambda x: 1.5 * x.square().sum((1, 2, 3))  # ∇ = 3x
    assert_close(model._flatness(x), 9 * x.square().sum((1, 2, 3)).mean())


def test_penalties_come_every_few_steps_and_weigh_as_much_more():
    model, x = gan(every=4, gamma=0.5, augment=0.0), torch.randn(8, 3, 16, 16)
    seen = []
    for _ in range(8):
        torch.manual_seed(1)
        found = model.loss(x)
        seen.append("penalty" in found)
        if seen[-1]:
            torch.manual_seed(1)
            assert_close(found["loss"], replace_gamma(model, x) + 0.5 * 4 * found["penalty"])
        model.remember(len(x))
    assert seen == [True, False, False, False] * 2


def replace_gamma(model: GAN, x: torch.Tensor) -> torch.Tensor:
    """The loss without its penalty."""
    kept, model.config = model.config, replace(model.config, gamma=0.0)
    loss = model.loss(x)["loss"]
    model.config = kept
    return loss


def test_the_penalty_of_a_picture_does_not_depend_on_its_company():
    model, x = gan(augment=0.0), torch.randn(5, 3, 16, 16)
    assert_close(model._flatness(x), torch.stack([model._flatness(one[None]) for one in x]).mean())


def test_augmentation_passes_gradients_keeps_the_size_and_treats_each_picture_alone():
    torch.manual_seed(0)
    x = torch.randn(4, 3, 32, 32, requires_grad=True)
    y = augmented(x)
    y.square().sum().backward()
    assert y.shape == x.shape and (x.grad.flatten(1).abs().sum(1) > 0).all()
    same = augmented(torch.full((64, 3, 32, 32), 0.5))
    holes = (same == 0).all(1).flatten(1).float().mean(1)  # a hole of half a side, part of which may lie outside
    assert 0.05 < holes.mean() < 0.25 and len(holes.unique()) > 5
    assert len(same[:, 0].flatten(1).amax(1).unique()) > 50  # each its own colours


def test_a_shift_moves_by_at_most_an_eighth_and_repeats_the_edge():
    from models.gan import _shifted

    torch.manual_seed(0)
    x = torch.arange(32.0).view(1, 1, 1, 32).expand(200, 3, 32, 32)
    middle = _shifted(x)[:, 0, 16, 16] - 16
    assert middle.min() == -4 and middle.max() == 4
    assert set(_shifted(x)[:, 0, 0, 0].int().tolist()) <= set(range(5))


def test_each_player_moves_its_own_weights_only():
    model = gan(every=1)
    update = AdversarialUpdate(model, replace(Config(), model=model.config, lr=1e-2), torch.device("cpu"))
    before = weights(model.discriminator), weights(model.generator)
    losses = update(torch.randn(8, 3, 16, 16))
    assert {"loss", "told", "generator"} == losses.keys()
    after = weights(model.discriminator), weights(model.generator)
    assert all((a != b).any() for a, b in zip(before, after, strict=True))
    model.loss(torch.randn(8, 3, 16, 16))["loss"].backward()
    assert all(p.requires_grad for p in model.parameters())
    update.optimizers[1].zero_grad(set_to_none=True)
    model.loss(torch.randn(8, 3, 16, 16))["loss"].backward()
    assert all(p.grad is None for p in model.generator.parameters())


def test_a_generator_is_kept_when_its_number_of_pictures_comes_and_drawn_with_again(tmp_path):
    model, z = gan(), torch.randn(3, 8)
    drawn = []
    for _ in range(6):
        with torch.no_grad():
            for parameter in model.generator.parameters():
                parameter.add_(0.02 * torch.randn_like(parameter))
        model.remember(8)
        drawn.append(model.draw(model.style(z)).detach())
    assert model.remembered == [16, 40] and int(model.seen) == 48
    model.save_pretrained(tmp_path / "gan")
    again = GAN.from_pretrained(tmp_path / "gan")
    for i, step in enumerate((1, 4)):
        earlier = again.at(i)
        assert_close(earlier.draw(earlier.style(z)), drawn[step], atol=0.01, rtol=0)  # fp16
        assert (earlier.draw(earlier.style(z)) - drawn[5]).abs().max() > 0.05
    assert_close(again.draw(again.style(z)), drawn[5], atol=0.01, rtol=0)


def test_levels_may_hear_styles_of_their_own():
    model = gan().eval()
    a, b = model.style(torch.randn(2, 8))
    whole = model.draw(torch.stack([a, b]))
    mixed = model.draw(torch.stack([torch.stack([a, a]), torch.stack([a, b]), torch.stack([b, b])]))
    assert_close(mixed[0], whole[0])
    assert_close(mixed[2], whole[1])
    assert (mixed[1] - whole[0]).abs().max() > 1e-3 and (mixed[1] - whole[1]).abs().max() > 1e-3


def test_a_plain_generator_hears_z_at_its_entrance_only():
    model = gan(style=0)
    assert model.style(z := torch.randn(2, 8)) is z
    assert model.sample(3, torch.Generator().manual_seed(1)).shape == (3, 3, 16, 16)


def test_a_sample_does_not_depend_on_how_many_follow():
    model = gan().eval()
    few, many = (model.sample(n, torch.Generator().manual_seed(3)) for n in (2, 9))
    assert_close(few, many[:2])
    assert many.abs().max() <= 1


def test_told_counts_pairs():
    model = gan()
    model.discriminator.forward = lambda x: x.mean((1, 2, 3))

    def level(*values):
        return torch.tensor(values).view(-1, 1, 1, 1).expand(-1, 3, 16, 16)

    assert real_found(model, level(0.0, 1.0), level(0.5, -1.0, 2.0)) == pytest.approx(3 / 6)


@pytest.mark.parametrize("wrong", [dict(image_size=32), dict(loss="hinge"), dict(widths=(8, 8, 8))])
def test_sizes_that_do_not_fit_are_told_in_a_sentence(wrong):
    with pytest.raises(ValueError, match="make no picture|no loss"):
        GAN(replace(SMALL, **wrong))
