"""The autoencoders against torch.distributions, closed forms and exact arithmetic."""

import dataclasses
import math

import mpmath
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Normal, kl_divergence
from torch.testing import assert_close

from models.autoencoder import (
    AE,
    CORRUPTIONS,
    DAE,
    VAE,
    AEConfig,
    BetaLadder,
    BetaLadderConfig,
    DAEConfig,
    VAEConfig,
    corrupt,
    discretized_gaussian_nll,
    gaussian_nll,
    interpolate,
    kl_per_dimension,
)

SIZES = dict(image_size=16, patch=2, widths=(8, 16), blocks=(1, 1), latent=5)
KINDS = {"ae": (AE, AEConfig), "dae": (DAE, DAEConfig), "vae": (VAE, VAEConfig)}
PIXELS = torch.arange(256) / 127.5 - 1
HALF_BIN = mpmath.mpf(1) / 255


def pictures(count: int = 4, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, 3, 16, 16, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def awake(model):
    """A fresh network draws nearly the same for every code: strangers to each other's weights show faults better."""
    torch.manual_seed(1)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return model


@pytest.fixture(params=KINDS)
def model(request):
    network, config = KINDS[request.param]
    torch.manual_seed(0)
    return awake(network(config(**SIZES))).eval()


# ---- the pieces of the bound ----------------------------------------------------------------------------------------


@given(st.integers(0, 2**31))
def test_the_kl_term_is_that_of_torch_distributions(seed):
    rng = torch.Generator().manual_seed(seed)
    mu, logvar = torch.randn(2, 3, 7, dtype=torch.float64, generator=rng) * 3
    expected = kl_divergence(Normal(mu, (0.5 * logvar).exp()), Normal(torch.zeros_like(mu), torch.ones_like(mu)))
    assert_close(kl_per_dimension(mu, logvar), expected)


def test_the_kl_term_is_zero_at_the_prior_only():
    assert kl_per_dimension(torch.zeros(3), torch.zeros(3)).eq(0).all()
    assert (kl_per_dimension(torch.tensor([0.1, 0.0, -2.0]), torch.tensor([0.0, 0.3, -1.0])) > 0).all()


@given(st.integers(0, 2**31), st.floats(1e-4, 10))
def test_the_gaussian_likelihood_is_that_of_torch_distributions(seed, variance):
    x, mean = torch.randn(2, 11, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    variance = torch.tensor(variance, dtype=torch.float64)
    assert_close(gaussian_nll(x, mean, variance), -Normal(mean, variance.sqrt()).log_prob(x))


@given(st.floats(-1.5, 1.5), st.floats(2e-3, 5))
def test_the_256_pixel_values_share_a_probability_of_one(mean, sigma):
    nll = discretized_gaussian_nll(PIXELS, torch.tensor(mean), torch.tensor(sigma))
    assert_close(nll.double().neg().exp().sum(), torch.tensor(1.0, dtype=torch.float64), atol=1e-4, rtol=0)


@given(st.floats(-20, 20), st.floats(1e-4, 100))
def test_the_pixel_likelihood_stays_finite_far_in_the_tails(mean, sigma):
    assert discretized_gaussian_nll(PIXELS, torch.tensor(mean), torch.tensor(sigma)).isfinite().all()


@settings(max_examples=30)
@given(st.integers(0, 255), st.floats(-2, 2, width=32), st.floats(2**-7, 2, width=32))
def test_the_pixel_likelihood_is_exact_to_fifty_digits(k, mean, sigma):
    with mpmath.workdps(50):
        x = mpmath.mpf(k) * 2 / 255 - 1
        low, high = (x - HALF_BIN - mean) / sigma, (x + HALF_BIN - mean) / sigma
        low, high = (-high, -low) if low > 0 else (low, high)
        p = (1 if k == 255 and high > 0 else mpmath.ncdf(high)) - (0 if k == 0 else mpmath.ncdf(low))
        if k == 255:
            p = mpmath.ncdf(-(x - HALF_BIN - mean) / sigma)
        if k == 0:
            p = mpmath.ncdf((x + HALF_BIN - mean) / sigma)
        expected = float(-mpmath.log(p))
    found = discretized_gaussian_nll(PIXELS[k], torch.tensor(mean), torch.tensor(sigma)).item()
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-5)


# ---- the networks ---------------------------------------------------------------------------------------------------


def test_codes_and_pictures_have_their_shapes_and_bounds(model):
    x = pictures(3)
    z = model.encode(x)
    if isinstance(model, VAE):
        assert [part.shape for part in z] == [(3, 5), (3, 5)]
        z = z[0]
    assert z.shape == (3, 5) and z.dtype == torch.float32
    for drawn in (model.decode(z * 100), model.reconstruct(x), model.sample(3)):
        assert drawn.shape == (3, 3, 16, 16) and drawn.abs().max() <= 1


@pytest.mark.parametrize("hidden", [0, 12])
def test_the_layers_between_code_and_decoder_are_optional(hidden):
    model = AE(AEConfig(**SIZES, hidden=hidden))
    assert model.reconstruct(pictures(2)).shape == (2, 3, 16, 16)


def test_neither_the_loss_nor_the_code_changes_its_input(model):
    x = pictures()
    before = x.clone()
    model.loss(x), model.encode(x), model.reconstruct(x)
    assert x.equal(before)


def test_the_same_seed_draws_the_same_pictures(model):
    def draw(count, seed):
        return model.sample(count, torch.Generator().manual_seed(seed))

    assert draw(4, 7).equal(draw(4, 7))
    assert not draw(4, 7).equal(draw(4, 8))


@given(st.integers(1, 6), st.integers(0, 5))
@settings(max_examples=10)
def test_code_i_of_n_is_code_i_of_more(count, more):
    torch.manual_seed(0)
    model = AE(AEConfig(**SIZES))
    few = model.sample_codes(count, torch.Generator().manual_seed(3))
    many = model.sample_codes(count + more, torch.Generator().manual_seed(3))
    assert few.equal(many[:count])


def test_picture_i_of_n_is_picture_i_of_more_up_to_rounding(model):
    few, many = (model.sample(n, torch.Generator().manual_seed(3)) for n in (3, 9))
    assert_close(few, many[:3], atol=1e-5, rtol=1e-5)


def test_a_picture_does_not_depend_on_its_neighbours_in_the_batch(model):
    x = pictures(6)
    assert_close(model.reconstruct(x)[2:3], model.reconstruct(x[2:3]), atol=1e-5, rtol=1e-5)


def test_random_codes_are_drawn_where_the_training_codes_lie():
    torch.manual_seed(0)
    model = awake(AE(AEConfig(**SIZES))).train()
    x = pictures(64)
    z = model.encode(x).detach()
    for _ in range(1500):
        model._follow(z)
    assert_close(model.code_mean, z.mean(0), atol=1e-3, rtol=1e-3)
    assert_close(model.code_std, z.std(0), atol=1e-3, rtol=1e-3)
    drawn = model.sample_codes(20_000, torch.Generator().manual_seed(0))
    assert_close(drawn.mean(0), model.code_mean, atol=0.05 * z.std().item(), rtol=0)
    assert_close(drawn.std(0), model.code_std, rtol=0.03, atol=0)


def test_evaluation_moves_no_buffer(model):
    before = {k: v.clone() for k, v in model.named_buffers()}
    model.loss(pictures()), model.sample(2)
    assert all(v.equal(before[k]) for k, v in model.named_buffers())


def test_the_autoencoders_loss_is_the_mean_squared_error():
    torch.manual_seed(0)
    model, x = awake(AE(AEConfig(**SIZES))).eval(), pictures()
    drawn = model._draw(model.encode(x))
    assert_close(model.loss(x)["loss"], torch.nn.functional.mse_loss(drawn, x))


def test_the_denoiser_is_scored_on_the_clean_picture():
    torch.manual_seed(0)
    model, x = awake(DAE(DAEConfig(**SIZES))).eval(), pictures()
    with torch.no_grad():
        for parameter in model.to_code.parameters():
            parameter.zero_()  # blind: whatever it is given, it draws the same
    drawn = model._draw(torch.zeros(len(x), 5))
    assert_close(model.loss(x)["loss"], torch.nn.functional.mse_loss(drawn, x))


def test_a_denoiser_that_is_never_dirtied_is_an_autoencoder():
    torch.manual_seed(0)
    model, x = awake(DAE(DAEConfig(**SIZES, strongest=0.0))).eval(), pictures()
    assert_close(model.loss(x)["loss"], AE.loss(model, x)["loss"])


# ---- the evidence lower bound ---------------------------------------------------------------------------------------


def by_hand(model: VAE, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Reconstruction and KL in nats a picture, from torch.distributions; uses the next random numbers as the loss
    does."""
    mu, logvar = model.encode(x)
    posterior = Normal(mu, (0.5 * logvar).exp())
    z = mu + posterior.stddev * torch.randn_like(mu)
    drawn = model._draw(z)
    sigma = torch.tensor(model.config.sigma) if model.config.sigma else (drawn - x).square().mean().sqrt().detach()
    reconstruction = -Normal(drawn, sigma).log_prob(x).sum((1, 2, 3)).mean()
    return reconstruction, kl_divergence(posterior, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(1).mean()


@pytest.mark.parametrize("beta", [0.0, 0.25, 1.0, 16.0])
@pytest.mark.parametrize("sigma", [0.0, 0.3, 1.0])
def test_the_loss_is_the_bound_summed_over_dimensions(beta, sigma):
    torch.manual_seed(0)
    model, x = awake(VAE(VAEConfig(**SIZES, beta=beta, sigma=sigma))), pictures()
    torch.manual_seed(5)
    reconstruction, kl = by_hand(model, x)
    torch.manual_seed(5)
    found = model.loss(x)
    assert_close(found["reconstruction"], reconstruction)
    assert_close(found["kl"], kl)
    assert_close(found["loss"], (reconstruction + beta * kl) / (3 * 16 * 16))


@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_beta_has_the_right_weight_in_the_gradient(beta):
    torch.manual_seed(0)
    model, x = awake(VAE(VAEConfig(**SIZES, beta=beta, sigma=0.3))), pictures()
    torch.manual_seed(5)
    reconstruction, kl = by_hand(model, x)
    expected = torch.autograd.grad((reconstruction + beta * kl) / 768, list(model.parameters()))
    torch.manual_seed(5)
    found = torch.autograd.grad(model.loss(x)["loss"], list(model.parameters()))
    for a, b in zip(found, expected, strict=True):
        assert_close(a, b, atol=1e-6, rtol=1e-4)


def test_the_decoders_variance_is_the_one_that_maximises_the_likelihood():
    torch.manual_seed(0)
    x, drawn = torch.randn(2, 5, 3, 8, 8, dtype=torch.float64)
    best = (x - drawn).square().mean().requires_grad_()
    (slope,) = torch.autograd.grad(gaussian_nll(x, drawn, best).sum(), best)
    assert_close(slope, torch.zeros_like(slope), atol=1e-9, rtol=0)


def test_the_measured_sigma_comes_to_the_root_of_the_mean_squared_error():
    torch.manual_seed(0)
    model, x = VAE(VAEConfig(**SIZES)).train(), pictures() * 0.1
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.zero_()
    error = (model._draw(torch.zeros(1, 5)) - x).square().mean().detach()
    for _ in range(1000):
        model._measure_sigma(error)
    assert_close(model.sigma, x.square().mean().sqrt(), rtol=1e-3, atol=1e-3)


def test_bits_per_dimension_is_the_bound_for_eight_bit_pixels():
    torch.manual_seed(0)
    model = awake(VAE(VAEConfig(**SIZES))).eval()
    model.sigma.fill_(0.3)
    x = (pictures(3) * 127.5).round() / 127.5
    x = ((x + 1) * 127.5).round() / 127.5 - 1
    found = model.bits_per_dim(x, torch.Generator().manual_seed(2))
    mu, logvar = model.encode(x)
    z = mu + (0.5 * logvar).exp() * torch.randn(mu.shape, generator=torch.Generator().manual_seed(2))
    density = -Normal(model._draw(z), model.sigma).log_prob(x) - math.log(
        2 / 255
    )  # a narrow bin: density times its width
    kl = kl_divergence(Normal(mu, (0.5 * logvar).exp()), Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(1)
    inner = density.sum((1, 2, 3)) + kl
    assert found.shape == (3,)
    assert_close(found, inner / 768 / math.log(2), rtol=0.02, atol=0.02)


def test_log_variances_are_kept_where_their_exponential_is_finite():
    torch.manual_seed(0)
    model = awake(VAE(VAEConfig(**SIZES))).eval()
    with torch.no_grad():
        model.to_code.weight.mul_(1e6)
    _, logvar = model.encode(pictures())
    assert logvar.min() >= -30
    assert logvar.max() <= 20
    assert model.loss(pictures())["loss"].isfinite()


# ---- the ladder -----------------------------------------------------------------------------------------------------


def test_all_rungs_of_the_ladder_start_equal_and_differ_in_beta_alone():
    torch.manual_seed(0)
    ladder = BetaLadder(BetaLadderConfig(**SIZES))
    assert [rung.config.beta for rung in ladder.rungs] == [0.0, 0.25, 1.0, 4.0, 16.0]
    first = ladder.rungs[0]
    for rung in ladder.rungs:
        assert dataclasses.replace(rung.config, beta=0.0) == first.config
        assert all(v.equal(first.state_dict()[k]) for k, v in rung.state_dict().items())


def test_each_rung_trains_as_it_would_alone_with_the_same_noise():
    torch.manual_seed(0)
    ladder = awake(BetaLadder(BetaLadderConfig(**SIZES)))
    x = pictures()
    torch.manual_seed(3)
    seed = int(torch.randint(2**62, ()))
    torch.manual_seed(3)
    together = ladder.loss(x)
    for rung in ladder.rungs:
        torch.manual_seed(seed)
        assert_close(together[f"beta_{rung.config.beta:g}"], rung.loss(x)["loss"].detach())
    assert_close(together["loss"].detach(), sum(v for k, v in together.items() if k != "loss"))


def test_every_rung_draws_the_same_codes():
    torch.manual_seed(0)
    ladder = awake(BetaLadder(BetaLadderConfig(**SIZES))).eval()
    for rung in ladder.rungs:
        rung.load_state_dict(ladder.rungs[0].state_dict())
    drawn = ladder.sample(2, torch.Generator().manual_seed(1)).unflatten(0, (5, 2))
    assert all(row.equal(drawn[0]) for row in drawn)


# ---- corruption -----------------------------------------------------------------------------------------------------


@given(st.sampled_from(CORRUPTIONS), st.floats(0, 1), st.integers(0, 2**31))
def test_a_corrupted_picture_stays_in_bounds_is_repeatable_and_leaves_the_clean_one_alone(kind, amount, seed):
    x = pictures(2)
    before = x.clone()
    once, again = (corrupt(x, kind, amount, torch.Generator().manual_seed(seed)) for _ in range(2))
    assert once.equal(again) and x.equal(before)
    assert once.shape == x.shape and once.abs().max() <= 1


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_no_corruption_is_none(kind):
    x = pictures(2)
    assert_close(corrupt(x, kind, 0.0), x, atol=0, rtol=0)


@pytest.mark.parametrize("amount", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("kind", ["mask", "salt_and_pepper"])
def test_the_amount_is_the_share_of_pixels_that_change(kind, amount):
    x = torch.full((8, 3, 64, 64), 0.3)
    changed = corrupt(x, kind, amount, torch.Generator().manual_seed(0)) != x
    assert changed.all(1).equal(changed.any(1)), "a pixel changes in all its channels or in none"
    assert changed.float().mean().item() == pytest.approx(amount, abs=0.01)


def test_a_mask_is_grey_and_salt_and_pepper_are_white_and_black_in_equal_shares():
    x = torch.full((8, 3, 64, 64), 0.3)
    assert corrupt(x, "mask", 0.5).unique().equal(torch.tensor([0.0, 0.3]))
    dirty = corrupt(x, "salt_and_pepper", 0.6, torch.Generator().manual_seed(0))
    assert (dirty == 1).float().mean().item() == pytest.approx(0.3, abs=0.01)
    assert (dirty == -1).float().mean().item() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("amount", [0.05, 0.2])
def test_gaussian_noise_has_the_deviation_it_is_told(amount):
    noise = corrupt(torch.zeros(8, 3, 64, 64), "gaussian", amount, torch.Generator().manual_seed(0))
    assert noise.mean().item() == pytest.approx(0, abs=0.01 * amount)
    assert noise.std().item() == pytest.approx(amount, rel=0.01)


def test_an_unknown_corruption_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="'rain' is no corruption.*gaussian, mask, salt_and_pepper"):
        corrupt(pictures(1), "rain", 0.5)


# ---- interpolation --------------------------------------------------------------------------------------------------


def codes(seed: int, width: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    a, b = torch.randn(2, width, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return a, b * 1.7


@given(st.integers(0, 2**31), st.integers(2, 20), st.booleans())
def test_a_path_starts_and_ends_at_its_ends_and_is_symmetric(seed, steps, spherical):
    a, b = codes(seed)
    path = interpolate(a, b, steps, spherical)
    assert path.shape == (steps, 16)
    assert_close(path[0], a)
    assert_close(path[-1], b)
    assert_close(interpolate(b, a, steps, spherical), path.flip(0))


@given(st.integers(0, 2**31), st.integers(3, 20))
def test_an_arc_keeps_its_angular_speed_and_moves_the_length_evenly(seed, steps):
    a, b = codes(seed)
    path = interpolate(a, b, steps, spherical=True)
    assert_close(path.norm(dim=1), torch.linspace(a.norm(), b.norm(), steps, dtype=torch.float64))
    turns = torch.nn.functional.cosine_similarity(path[1:], path[:-1]).clamp(-1, 1).acos()
    whole = torch.nn.functional.cosine_similarity(a, b, dim=0).acos()
    assert_close(turns, (whole / (steps - 1)).expand(steps - 1), atol=1e-6, rtol=1e-6)


@given(st.integers(0, 2**31), st.integers(3, 20))
def test_a_line_takes_even_steps(seed, steps):
    a, b = codes(seed)
    moves = interpolate(a, b, steps).diff(dim=0)
    assert_close(moves, moves[:1].expand_as(moves))


@given(st.integers(0, 2**31), st.floats(-3, 3), st.sampled_from([0.0, 1e-30, 1e-7, 1e-5, 1e-3]), st.integers(2, 9))
def test_parallel_opposite_and_zero_codes_give_finite_paths_between_their_ends(seed, factor, off, steps):
    a, b = (code.float() for code in codes(seed))
    b = factor * a + off * b
    for first, last in ((a, b), (b, a)):
        path = interpolate(first, last, steps, spherical=True)
        assert path.isfinite().all()
        assert_close(path[0], first, atol=1e-5, rtol=1e-4)
        assert_close(path[-1], last, atol=1e-5, rtol=1e-4)
        assert path.norm(dim=1).max() <= 1.001 * max(first.norm(), last.norm()) + 1e-5


@pytest.mark.parametrize("steps", [1, 2])
def test_the_zero_code_to_itself_is_zero(steps):
    assert interpolate(torch.zeros(4), torch.zeros(4), steps, spherical=True).eq(0).all()
