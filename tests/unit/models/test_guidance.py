"""Guidance against exact posteriors of a Gaussian, against the published formulae, and through the engine."""

import math
from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from models import guidance
from models.diffusion import Diffusion, DiffusionConfig
from models.guidance import by_gradient, classifier_free, gradient_of, inpainting
from models.process import Process
from models.samplers import Evaluation, Noise, ddim, denoiser, run, spacing, unclipped
from playground.serving.engine import Engine

BASE = Process.named("cosine", 1000)
SEEN, DEVIATION = 0.6, 0.5  # a measurement of x_0 and its noise


def exact(process: Process):
    """The denoiser of pixels that are standard normal: E[x_0 | x_t] = √ᾱ x_t."""

    def denoise(x, t):
        yield Evaluation(x, t)
        i = process.timesteps.tolist().index(t)
        return float(process.alpha_bar[i].sqrt()) * x, -torch.ones_like(x)

    return denoise


def measured(x, t, wishes):
    """log p(y | x_t) of y = x_0 + noise, up to a constant: (B,)."""
    kept = BASE.alpha_bar[t].float().view(-1, 1, 1, 1)
    y = torch.tensor(wishes).view(-1, 1, 1, 1)
    return -((y - kept.sqrt() * x).square() / (2 * (1 - kept + DEVIATION**2))).flatten(1).sum(1)


def network(x, t, condition):
    return None


def wishes(count: int) -> list[float]:
    return [SEEN] * count


def test_with_the_exact_gradient_samples_follow_the_exact_posterior():
    process, count = BASE.respaced(spacing(1000, 200)), 24
    x = Noise(list(range(count)))(1, 16, 16)
    sampler = ddim(by_gradient(exact(process), BASE, "guide", wishes(count), 1.0), process, x, clip=unclipped)
    drawn = run(sampler, network, guide=gradient_of(measured))
    assert drawn.mean().item() == pytest.approx(SEEN / (1 + DEVIATION**2), abs=0.03)
    assert drawn.std().item() == pytest.approx(DEVIATION / math.sqrt(1 + DEVIATION**2), rel=0.06)


@pytest.mark.parametrize("i", [0, 7, 24])
def test_the_shift_is_the_published_one(i):
    process = BASE.respaced(spacing(1000, 25))
    x, t = torch.randn(2, 1, 4, 4, generator=torch.Generator().manual_seed(i)), int(process.timesteps[i])
    plain, _ = run(exact(process)(x, t), network)
    moved, _ = run(
        by_gradient(exact(process), BASE, "guide", wishes(2), 2.5)(x, t), network, guide=gradient_of(measured)
    )
    gradient = gradient_of(measured)(x, torch.full((2,), t), wishes(2))
    kept = max(process.alpha_bar[i].item(), guidance.NEAREST)
    eps = (x - math.sqrt(kept) * plain) / math.sqrt(1 - kept)
    assert_close(
        (x - math.sqrt(1 - kept) * (eps - 2.5 * math.sqrt(1 - kept) * gradient)) / math.sqrt(kept),
        moved,
        rtol=1e-3,
        atol=1e-3,
    )


def test_a_gradient_at_the_guess_reaches_x_t_by_its_slope():
    t, x = 400, torch.randn(2, 1, 4, 4, generator=torch.Generator().manual_seed(0)) * 0.1
    eps, kept = torch.randn(2, 1, 4, 4, generator=torch.Generator().manual_seed(1)) * 0.1, BASE.alpha_bar[t].item()

    def held(x, t):  # a denoiser whose ε̂ stays as it is
        yield Evaluation(x, t)
        return (x - math.sqrt(1 - kept) * eps) / math.sqrt(kept), -torch.ones_like(x)

    def of_guess(x0, t, wish):
        return -(x0 - 0.3).square().flatten(1).sum(1)

    moved, _ = run(
        by_gradient(held, BASE, "guide", [None] * 2, 0.1, at="x0")(x, t), network, guide=gradient_of(of_guess)
    )
    at = x.clone().requires_grad_()
    guess = (at - math.sqrt(1 - kept) * eps) / math.sqrt(kept)
    slope = torch.autograd.grad(of_guess(guess, None, None).sum(), at)[0]
    assert_close(moved, guess.detach() + 0.1 * (1 - kept) / math.sqrt(kept) * slope)


class Says:
    """A diffusion model whose answer is its condition's number, with a variance of ten times that."""

    def __init__(self, predicts: str):
        self.config, self.process = replace(DiffusionConfig(), predicts=predicts), BASE

    def split(self, output):
        return output, 10 * output

    def __call__(self, x, t, condition):
        self.asked = getattr(self, "asked", 0) + len(x)
        return torch.full_like(x, condition)


@pytest.mark.parametrize("predicts", ["eps", "x0", "v"])
@pytest.mark.parametrize(
    "told, wanted, asked",
    [([(3.0, 1.0)], 3.0, 1), ([(3.0, 4.0)], 9.0, 2), ([(3.0, 0.0)], 1.0, 2), ([(3.0, 2.0), (2.0, 5.0)], 10.0, 3)],
)
def test_classifier_free_is_its_formula_and_keeps_the_conditional_variance(predicts, told, wanted, asked):
    model, x, t = Says(predicts), torch.randn(1, 3, 4, 4), 300
    x0, fraction = run(classifier_free(model, 1.0, *told)(x, t), model)
    assert_close(x0, BASE.predict_x0(x, torch.tensor([t]), torch.full_like(x, wanted), predicts))
    assert (fraction == 30).all() and model.asked == asked


def test_outside_its_interval_the_condition_holds_alone():
    model, x = Says("x0"), torch.zeros(1, 3, 4, 4)
    denoise = classifier_free(model, 1.0, (3.0, 4.0), interval=(0.2, 0.7))
    found = [run(denoise(x, t), model)[0].mean().item() for t in (100, 200, 699, 700)]
    assert found == [3, 9, 9, 3]


def test_scale_zero_asks_no_guide():
    process = BASE.respaced(spacing(1000, 5))
    run(ddim(by_gradient(exact(process), BASE, "nobody", None, 0.0), process, torch.zeros(1, 1, 4, 4)), network)


def test_a_gradient_is_each_rows_own_also_in_inference_mode():
    def guide(x, t, wish):
        return (x.flatten(1) * torch.tensor(wish)[:, None]).square().sum(1) / 2

    x = torch.randn(3, 1, 2, 2)
    with torch.inference_mode():
        found = gradient_of(guide)(x + 0, torch.zeros(3), [1.0, 2.0, 3.0])
    assert_close(found, x * torch.tensor([1.0, 4.0, 9.0]).view(3, 1, 1, 1))


def test_inpainting_leaves_what_is_known_and_draws_the_rest():
    process = BASE.respaced(spacing(1000, 25))
    picture = torch.rand(1, 3, 8, 8) * 2 - 1
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., 4:] = 1
    drawn = run(ddim(inpainting(exact(process), picture, mask), process, torch.randn(1, 3, 8, 8)), network)
    assert_close(drawn[..., :4], picture[..., :4], atol=1e-4, rtol=0)
    assert not torch.allclose(drawn[..., 4:], picture[..., 4:], atol=0.1)


def test_the_engine_answers_guides_of_many_visitors_as_a_plain_run_does():
    torch.manual_seed(0)
    model = Diffusion(
        DiffusionConfig(image_size=16, width=16, multipliers=(1, 2), blocks=1, head=8, schedule="cosine", predicts="x0")
    ).eval()
    torch.nn.init.normal_(model.network.out.weight, std=0.1)
    process = model.process.respaced(spacing(1000, 6))

    def guide(x, t, wish):
        return -(x - torch.tensor(wish).view(-1, 1, 1, 1)).square().flatten(1).sum(1) / 100

    def sampler(seed, wish):
        denoise = by_gradient(denoiser(model), model.process, "guide", wish, 1.0)
        return ddim(denoise, process, torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(seed)))

    engine = Engine({"net": lambda x, t, conditions: model(x, t), "guide": gradient_of(guide)})
    try:
        jobs = [engine.submit("net", sampler(i, i / 4), f"visitor {i}") for i in range(4)]
        lost = engine.submit(
            "net",
            ddim(by_gradient(denoiser(model), model.process, "nobody", 0.0, 1.0), process, torch.zeros(1, 3, 16, 16)),
            "lost",
        )
        for i, job in enumerate(jobs):
            alone = run(sampler(i, [i / 4]), lambda x, t, condition: model(x, t), guide=gradient_of(guide))
            assert_close(job.result(60), alone, atol=1e-4, rtol=1e-4)
        with pytest.raises(KeyError, match="nobody"):
            lost.result(60)
    finally:
        engine.close()
