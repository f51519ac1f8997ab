"""The Gaussian process against golden values, diffusers, and what must hold of any such process."""

import math

import pytest
import torch
from diffusers import DDPMScheduler, UnCLIPScheduler
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from models.diffusion import Diffusion, DiffusionConfig, LossAwareSteps, normal_kl, pixel_log_likelihood
from models.process import Process, at
from models.samplers import spacing
from models.unet import timestep_embedding

TINY = dict(
    image_size=16, patch=2, width=16, multipliers=(1, 2), blocks=1, attention=(4,), head=8, dropout=0.0, steps=40
)
LINEAR, COSINE = Process.named("linear", 1000), Process.named("cosine", 1000)


@pytest.mark.parametrize(
    "value, golden",
    [
        (LINEAR.alpha_bar[999], 4.035830e-5),
        (LINEAR.posterior_variance[1], 5.453188e-5),
        (LINEAR.posterior_log_variance[1], -9.816725),
        (COSINE.betas[0], 4.128422e-5),
        (COSINE.alpha_bar[998], 2.428767e-6),
        (COSINE.alpha_bar[999], 2.428767e-9),
        (COSINE.posterior_log_variance[1], -10.734083),
        (Process.named("cosine", 4000).alpha_bar[-1], 1.517980e-10),
        (LINEAR.posterior_variance[487], 0.00979157),
        (COSINE.posterior_variance[487].sqrt(), 0.0549626),
        (COSINE.posterior_variance[999].sqrt(), 0.9994987),
    ],
)
def test_tables_have_the_published_values(value, golden):
    assert value.item() == pytest.approx(golden, rel=2e-6)


@pytest.mark.parametrize("t, golden", [(1, -10.17136), (487, -5.799805), (999, -0.00100111)])
def test_the_learned_variance_lies_where_the_reference_has_it(t, golden):
    value = COSINE.log_variance("learned", torch.tensor([t]), torch.full((1, 1, 1, 1), 0.5))
    assert value.item() == pytest.approx(golden, rel=1e-5)


def test_likelihood_kl_and_embedding_have_the_published_values():
    x, mean, scale = torch.tensor([0.1, -1, 1]), torch.tensor([0, -0.9, 0.98]), torch.tensor([-2.0, -3, -4])
    assert_close(
        pixel_log_likelihood(x, mean, scale),
        torch.tensor([-4.04096405, -3.61946095, -1.66001127]),
        atol=1e-4,
        rtol=1e-4,
    )
    assert normal_kl(*map(torch.tensor, (0.3, -2.0, 0.1, -1.5))).item() == pytest.approx(0.14289911, rel=1e-6)
    golden = [-0.83907153, 0.54030231, 0.99500417, 0.99995, -0.54402111, 0.84147098, 0.09983342, 0.00999983]
    assert_close(timestep_embedding(torch.tensor([10]), 8)[0], torch.tensor(golden))


def test_the_pixels_of_any_gaussian_have_total_probability_one():
    pixels = torch.arange(256) / 127.5 - 1
    for mean, scale in ((0.0, -2.0), (0.9, -4.0), (-1.5, 0.0), (0.3, -6.0)):
        total = pixel_log_likelihood(pixels, torch.tensor(mean), torch.tensor(scale)).exp().sum()
        assert total.item() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("process, schedule", [(LINEAR, "linear"), (COSINE, "squaredcos_cap_v2")])
def test_noising_posterior_and_predictions_equal_diffusers(process, schedule):
    theirs = DDPMScheduler(1000, beta_schedule=schedule, clip_sample=False, variance_type="fixed_small")
    rng = torch.Generator().manual_seed(0)
    x0, noise = torch.randn(3, 3, 4, 4, generator=rng), torch.randn(3, 3, 4, 4, generator=rng)
    t = torch.tensor([1, 400, 900])
    x = process.noised(x0, t, noise)
    assert_close(x, theirs.add_noise(x0, noise, t), atol=1e-4, rtol=1e-4)
    assert_close(process.velocity(x0, t, noise), theirs.get_velocity(x0, noise, t), atol=1e-4, rtol=1e-4)
    for i, step in enumerate(t.tolist()):
        want = theirs.step(noise[i : i + 1], step, x[i : i + 1], generator=torch.Generator().manual_seed(1))
        drawn = torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(1))
        guess = process.predict_x0(x[i : i + 1], t[i : i + 1], noise[i : i + 1], "eps")
        mean = process.posterior_mean(guess, x[i : i + 1], t[i : i + 1])
        ours = mean + (0.5 * process.log_variance("fixed_small", t[i : i + 1], mean)).exp() * drawn
        assert_close(ours, want.prev_sample, atol=2e-3, rtol=1e-3)


def test_a_step_with_learned_variance_equals_diffusers():
    theirs = UnCLIPScheduler(1000, variance_type="learned_range", clip_sample=False, prediction_type="epsilon")
    x, output = torch.randn(2, 1, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    fraction = torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(1)) * 0.5
    t = torch.tensor([500])
    want = theirs.step(torch.cat([output, fraction], 1), 500, x, generator=torch.Generator().manual_seed(2)).prev_sample
    drawn = torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(2))
    mean = COSINE.posterior_mean(COSINE.predict_x0(x, t, output, "eps"), x, t)
    assert_close(mean + (0.5 * COSINE.log_variance("learned", t, fraction)).exp() * drawn, want, atol=1e-3, rtol=1e-3)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 999), st.sampled_from(["eps", "x0", "v", "mean"]), st.sampled_from(["linear", "cosine"]))
def test_every_prediction_of_the_truth_gives_back_the_picture(t, predicts, schedule):
    process = Process.named(schedule, 1000)
    rng = torch.Generator().manual_seed(t)
    x0, noise, step = torch.rand(1, 3, 4, 4, generator=rng), torch.randn(1, 3, 4, 4, generator=rng), torch.tensor([t])
    x = process.noised(x0, step, noise)
    truth = {
        "eps": noise,
        "x0": x0,
        "v": process.velocity(x0, step, noise),
        "mean": process.posterior_mean(x0, x, step),
    }
    blown_up = {"eps": 1 / process.alpha_bar[t].sqrt(), "mean": 1 / process.x0_weight[t]}.get(
        predicts, torch.ones(())
    ).item()
    assert_close(process.predict_x0(x, step, truth[predicts], predicts), x0, atol=1e-6 * blown_up + 1e-5, rtol=1e-4)


def test_respacing_to_all_steps_changes_nothing_and_keeps_the_original_steps():
    all_of_it = COSINE.respaced(torch.arange(1000))
    assert_close(all_of_it.betas, COSINE.betas, rtol=1e-9, atol=1e-12)
    some = COSINE.respaced(spacing(1000, 25, "linspace"))
    assert_close(some.alpha_bar, COSINE.alpha_bar[spacing(1000, 25, "linspace")], rtol=1e-9, atol=0)
    assert some.respaced(torch.tensor([0, 24])).timesteps.tolist() == [0, 999]


@pytest.mark.parametrize("steps", [7, 10, 25, 27, 50, 64, 100, 250, 1000])
def test_spacing_is_that_of_the_references(steps):
    assert spacing(1000, steps, "linspace").tolist() == [round(i * 999 / (steps - 1)) for i in range(steps)]
    trailing = DDPMScheduler(1000, timestep_spacing="trailing")
    trailing.set_timesteps(steps)
    assert spacing(1000, steps).flip(0).tolist() == trailing.timesteps.tolist()
    leading = DDPMScheduler(1000, timestep_spacing="leading")
    leading.set_timesteps(steps)
    assert spacing(1000, steps, "leading").flip(0).tolist() == leading.timesteps.tolist()


@pytest.mark.parametrize("steps", [0, -1, 1001, 2.5, True, math.nan])
def test_a_number_of_steps_that_makes_no_sense_is_refused_in_words(steps):
    with pytest.raises(ValueError, match="steps must be a whole number from 1 to 1000"):
        spacing(1000, steps)


def test_min_snr_weights_are_the_papers():
    t = torch.tensor([0, 10, 300, 999])
    alpha_bar = DDPMScheduler(1000, beta_schedule="squaredcos_cap_v2").alphas_cumprod[t]
    snr = alpha_bar / (1 - alpha_bar)
    for predicts, divided in (("eps", snr), ("x0", 1), ("v", snr + 1)):
        model = Diffusion(DiffusionConfig(**TINY | dict(steps=1000), schedule="cosine", predicts=predicts, snr_cap=5.0))
        assert_close(model.snr_weight(t), snr.clamp_max(5) / divided, rtol=1e-3, atol=1e-6)


def test_a_new_network_answers_zero_so_the_loss_is_that_of_the_noise():
    model = Diffusion(DiffusionConfig(**TINY, variance="learned", schedule="cosine", objective="hybrid")).eval()
    x0 = torch.rand(64, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert model(x0, torch.randint(40, (64,))).abs().max() == 0
    assert model.loss(x0)["simple"].item() == pytest.approx(1, abs=0.05)


def test_the_bound_teaches_the_variance_and_leaves_the_mean_alone():
    model = Diffusion(DiffusionConfig(**TINY, variance="learned", objective="hybrid"))
    x0, noise = torch.rand(4, 3, 16, 16) * 2 - 1, torch.randn(4, 3, 16, 16)
    t = torch.tensor([0, 5, 20, 39])
    output, fraction = (torch.zeros(4, 3, 16, 16, requires_grad=True) for _ in range(2))
    model.bound_term(x0, model.process.noised(x0, t, noise), t, output.detach(), fraction).sum().backward()
    assert output.grad is None and (fraction.grad.flatten(1).abs().sum(1) > 0).all()
    losses = model._losses(x0, model.process.noised(x0, t, noise), t, noise, output, fraction)
    (grad,) = torch.autograd.grad(losses["each"].sum(), output)
    assert_close(grad, 2 * (output - noise).detach() / noise[0].numel())


def test_the_bound_is_least_where_the_noise_is_known():
    model = Diffusion(DiffusionConfig(**TINY, schedule="cosine"))
    x0, noise, t = torch.rand(8, 3, 16, 16) * 2 - 1, torch.randn(8, 3, 16, 16), torch.arange(1, 40, 5)
    x = model.process.noised(x0, t, noise)
    exact = model.bound_term(x0, x, t, noise, -torch.ones_like(x))
    assert_close(exact, torch.zeros(8), atol=1e-5, rtol=0)
    assert (model.bound_term(x0, x, t, noise + 0.1, -torch.ones_like(x)) > exact).all()


def test_bits_per_dim_adds_prior_and_terms():
    model = Diffusion(DiffusionConfig(**TINY, schedule="cosine")).eval()
    x0 = torch.rand(2, 3, 16, 16) * 2 - 1
    whole = model.bits_per_dim(x0, generator=torch.Generator().manual_seed(0))
    assert whole["terms"].shape == (2, 40) and (whole["prior"] < 1e-3).all()
    assert_close(whole["total"], whole["prior"] + whole["terms"].sum(1), rtol=1e-5, atol=1e-5)


def test_loss_aware_steps_are_unbiased_and_prefer_large_losses():
    chooser = LossAwareSteps(20)
    assert chooser.probabilities().unique().numel() == 1
    true = torch.linspace(0.1, 5, 20)
    for _ in range(10):
        chooser.record(torch.arange(20), true)
    p = chooser.probabilities()
    assert p.sum().item() == pytest.approx(1) and p[-1] > 10 * p[0]
    t, weight = chooser.draw(200_000, torch.Generator().manual_seed(0))
    assert (true[t] * weight).mean().item() == pytest.approx(true.mean().item(), rel=0.01)


def test_withheld_labels_are_those_of_the_share_and_only_in_training():
    model = Diffusion(DiffusionConfig(**TINY, classes=5, label_dropout=0.3))
    label = torch.full((4000,), 2)
    assert (model._withheld(label) == 5).float().mean().item() == pytest.approx(0.3, abs=0.03)
    assert (model.eval()._withheld(label) == label).all()


@pytest.mark.parametrize(
    "field, value", [("predicts", "y"), ("variance", "huge"), ("objective", "magic"), ("schedule", "sine")]
)
def test_an_unknown_setting_is_refused_with_the_known_ones(field, value):
    with pytest.raises(ValueError, match="choose one of"):
        Diffusion(DiffusionConfig(**TINY, **{field: value}))


def test_tables_are_gathered_as_float32_columns():
    column = at(LINEAR.alpha_bar, torch.tensor([0, 999]), torch.zeros(2, 3, 4, 4))
    assert column.shape == (2, 1, 1, 1) and column.dtype == torch.float32


def test_a_twin_starts_from_the_trunk_of_another_and_from_all_of_its_own_kind():
    torch.manual_seed(0)
    small = dict(image_size=16, width=16, multipliers=(1,), blocks=1, attention=(), steps=20)
    base = Diffusion(DiffusionConfig(**small, predicts="v"))
    torch.nn.init.normal_(base.network.out.weight)
    x, t = torch.randn(2, 3, 16, 16), torch.tensor([1, 15])
    for changes in (dict(predicts="eps"), dict(predicts="v", variance="learned", objective="vlb"), dict(predicts="v")):
        twin = Diffusion(DiffusionConfig(**small, **changes))
        twin.start_from(base)
        assert_close(twin.network.stem.weight, base.network.stem.weight, atol=0, rtol=0)
        said = base(x, t) if changes["predicts"] == "v" else torch.zeros_like(x)
        assert_close(twin.split(twin(x, t))[0], said)
        assert twin.config.variance != "learned" or not twin.split(twin(x, t))[1].any()
    with pytest.raises(RuntimeError):
        Diffusion(DiffusionConfig(**small | {"width": 32})).start_from(base)
