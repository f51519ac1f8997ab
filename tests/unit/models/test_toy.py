"""Toys of the plane against closed forms, and lessons that depend on nobody else."""

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence
from torch.testing import assert_close

from models.gan import LOSSES
from models.toy import STEPS, TOYS, ToyDiffusion, ToyGAN, ToyOptions, ToyVAE
from training.families.toy import SHAPES, Lesson, covered, of_points, shape


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def state(toy) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in toy.parameters()])


def test_the_vae_s_loss_is_the_bound():
    toy, x = ToyVAE(), torch.randn(50, 2)
    mu, logvar = toy.encoder(x).chunk(2, 1)
    q = Normal(mu, (logvar / 2).exp())
    z = mu + q.stddev * torch.randn(mu.shape, generator=rng(5))
    by_hand = Normal(toy.draw(z), toy.log_deviation.exp()).log_prob(x).sum(1) - kl_divergence(q, Normal(0.0, 1.0)).sum(
        1
    )
    assert_close(toy.loss("model", x, rng(5)), -by_hand.mean())


def test_the_pull_is_the_gradient_of_the_discriminator():
    toy, x = ToyGAN().double(), torch.randn(20, 2, dtype=torch.float64)
    step = 1e-5 * torch.eye(2, dtype=torch.float64)
    by_hand = torch.stack([(toy.score(x + e) - toy.score(x - e)) / 2e-5 for e in step], 1)
    assert_close(toy.pull(x), by_hand, atol=1e-6, rtol=1e-4)


def test_the_score_of_a_model_that_knows_a_normal_is_the_normal_s():
    toy, x = ToyDiffusion(), torch.randn(30, 2)
    for t in (5, 50, 99):
        signal = float(toy.process.alpha_bar[t])
        variance = signal * 0.25 + 1 - signal  # of x_t where x_0 ~ N(0, ¼)

        def exact(x, at, signal=signal, variance=variance):  # E[v | x_t]
            x0 = x * math.sqrt(signal) * 0.25 / variance
            return toy.process.velocity(x0, at, (x - math.sqrt(signal) * x0) / math.sqrt(1 - signal))

        toy.forward = exact
        assert_close(toy.score(x, t), -x / variance, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_player_learns_by_every_loss(loss):
    toy, x = ToyGAN(ToyOptions(loss=loss)), torch.randn(64, 2)
    for player in toy.players:
        toy.zero_grad()
        toy.loss(player, x, rng()).backward()
        assert any(p.grad is not None and p.grad.abs().max() > 0 for p in getattr(toy, player).parameters())


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_covers_itself_and_is_always_the_same(name):
    known = shape(name)
    assert known.points.equal(shape(name).points) and known.points.abs().max() < 1.2
    modes, inside = covered(known.points, known)
    assert modes == len(known.modes) and inside > 0.95
    assert covered(known.points[:0], known) == (0, 0.0)


def test_modes_are_counted_by_their_fair_share():
    known = shape("ring")
    few = known.modes[:3].repeat(100, 1)
    assert covered(few, known) == (3, 1.0)
    rare = torch.cat([known.modes[:1].repeat(990, 1), known.modes[1:2].repeat(10, 1)])
    assert covered(rare, known)[0] == 1
    assert covered(torch.zeros(100, 2), known) == (0, 0.0)


def test_a_drawn_shape_has_modes_that_lie_apart():
    points = torch.rand(300, 2, generator=rng())
    known = of_points(points)
    assert len(known.modes) == 16 and torch.pdist(known.modes).min() > 0.1
    assert float(torch.cdist(points, known.modes).amin(1).max()) <= known.radius + 1e-6
    assert len(of_points(points[:1]).modes) == 1 and len(of_points(points[:1].repeat(9, 1)).modes) == 1
    with pytest.raises(ValueError, match="at least one point"):
        of_points(points[:0])


@pytest.mark.parametrize("kind", TOYS)
def test_a_lesson_depends_on_its_seed_and_steps_alone(kind):
    whole, parts, other = (
        Lesson(kind, shape("moons"), 3),
        Lesson(kind, shape("moons"), 3),
        Lesson(kind, shape("moons"), 4),
    )
    whole.teach(12)
    for n in (5, 7):
        parts.teach(n)
        other.teach(3)
        torch.rand(10)
    assert state(whole.toy).equal(state(parts.toy)) and whole.sample(50).equal(parts.sample(50))
    assert not state(whole.toy).equal(state(other.toy)) and whole.steps == 12


def test_one_player_alone_leaves_the_other_as_it_is():
    lesson = Lesson("gan", shape("ring"), 0)
    for player, other in (("generator", "discriminator"), ("discriminator", "generator")):
        before = state(getattr(lesson.toy, player)), state(getattr(lesson.toy, other))
        lesson.teach(2, (player,))
        assert not state(getattr(lesson.toy, player)).equal(before[0])
        assert state(getattr(lesson.toy, other)).equal(before[1])


@pytest.mark.slow
@pytest.mark.parametrize("kind, steps", [("gan", 400), ("vae", 1200), ("diffusion", 800)])
def test_every_family_learns_the_ring(kind, steps):
    lesson = Lesson(kind, shape("ring"), 0)
    before = covered(lesson.sample(1000), lesson.shape)
    lesson.teach(steps)
    modes, inside = covered(lesson.sample(1000), lesson.shape)
    assert modes >= 6 and inside > before[1] + 0.2


@pytest.mark.slow
def test_a_generator_taught_alone_loses_modes():
    lesson = Lesson("gan", shape("ring"), 0)
    lesson.teach(500)
    before = covered(lesson.sample(1000), lesson.shape)[0]
    lesson.teach(300, ("generator",))
    assert covered(lesson.sample(1000), lesson.shape)[0] < before


def test_the_walk_of_diffusion_ends_in_its_samples():
    toy = ToyDiffusion()
    assert toy.sample(7, rng(2)).equal(toy.sample(7, rng(2)))
    assert toy.sample(7, rng(2)).shape == (7, 2)
    assert len(toy.process) == STEPS
