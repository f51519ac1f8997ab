"""The samplers against golden values, diffusers, and data whose exact denoiser is known."""

import pytest
import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler
from torch.testing import assert_close

from models.process import Process
from models.samplers import (
    Evaluation,
    Frame,
    Noise,
    ancestral,
    ddim,
    ddim_inversion,
    denoiser,
    dpm_solver,
    interpolation,
    run,
    spacing,
    unclipped,
)

LINEAR, COSINE = Process.named("linear", 1000), Process.named("cosine", 1000)


class Toy:
    """diffusers' toy network x·t/(t+1) in the place of a model."""

    def __init__(self, process: Process, predicts: str = "eps"):
        self.process, self.config = process, type("Config", (), {"predicts": predicts})

    def split(self, output):
        return output.float(), -torch.ones_like(output)

    def __call__(self, x, t, condition):
        return x * (t / (t + 1)).view(-1, 1, 1, 1)


class ExactGaussian(Toy):
    """The best possible ε̂ for data N(mean, deviation²)."""

    def __init__(self, process: Process, mean: float = 0.3, deviation: float = 0.5):
        super().__init__(process)
        self.mean, self.deviation = mean, deviation

    def __call__(self, x, t, condition):
        signal = self.process.alpha_bar[t].view(-1, 1, 1, 1)
        noise = 1 - signal
        return (noise.sqrt() * (x - signal.sqrt() * self.mean) / (signal * self.deviation**2 + noise)).float()


class ExactMixture(ExactGaussian):
    """The best ε̂ for an even mixture of N(±0.6, deviation²): curved paths, so the solvers' orders show."""

    def __call__(self, x, t, condition):
        signal = self.process.alpha_bar[t].view(-1, 1, 1, 1).to(x.dtype)
        variance = signal * self.deviation**2 + 1 - signal
        parts = torch.stack([x - signal.sqrt() * m for m in (-0.6, 0.6)])
        weight = (-parts.square() / (2 * variance)).softmax(0)
        return (1 - signal).sqrt() * (weight * parts).sum(0) / variance


@pytest.fixture
def start() -> torch.Tensor:
    return (torch.arange(768).reshape(3, 8, 8, 4) / 768).permute(3, 0, 1, 2).float()


@pytest.mark.parametrize("predicts, golden", [("eps", 172.0067), ("v", 52.5302)])
def test_ddim_has_the_golden_sum(start, predicts, golden):
    toy, process = Toy(LINEAR, predicts), LINEAR.respaced(spacing(1000, 10, "leading"))
    assert run(ddim(denoiser(toy), process, start), toy).abs().sum().item() == pytest.approx(golden, abs=2e-3)


def test_ddim_inversion_has_the_golden_sum(start):
    toy, process = Toy(LINEAR), LINEAR.respaced(spacing(1000, 10, "leading"))

    def clipped(denoise, process, x):  # as the reference clips: x̂_0 from the sample one step before
        for i in range(len(process)):
            x0, _ = yield from denoise(x, int(process.timesteps[i]))
            eps = process.predict_eps(x, torch.full((len(x),), i), x0)
            before, now = process.alpha_bar_prev[i], process.alpha_bar[i]
            x0 = ((x - float((1 - before).sqrt()) * eps) / float(before.sqrt())).clamp(-1, 1)
            x = float(now.sqrt()) * x0 + float((1 - now).sqrt()) * eps
        return x

    assert run(clipped(denoiser(toy), process, start), toy).abs().sum().item() == pytest.approx(671.6816, rel=1e-5)
    inside = 0.2 * start  # never reaches the clip
    assert_close(
        run(ddim_inversion(denoiser(toy), process, inside), toy), run(clipped(denoiser(toy), process, inside), toy)
    )


@pytest.mark.parametrize("eta", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("steps", [5, 20])
def test_ddim_equals_diffusers_step_by_step(start, eta, steps):
    toy, x = Toy(LINEAR), start * 2 - 1
    theirs = DDIMScheduler(1000, trained_betas=LINEAR.betas.numpy(), timestep_spacing="trailing", set_alpha_to_one=True)
    theirs.set_timesteps(steps)
    noise, want = Noise([0, 1, 2, 3]), x
    for t in theirs.timesteps:
        drawn = noise.like(x) if eta and t > theirs.timesteps[-1] else torch.zeros_like(x)
        output = toy(want, torch.full((4,), int(t)), None)
        want = theirs.step(output, t, want, eta=eta, use_clipped_model_output=True, variance_noise=drawn).prev_sample
    process = LINEAR.respaced(spacing(1000, steps, "trailing"))
    assert_close(run(ddim(denoiser(toy), process, x, eta, Noise([0, 1, 2, 3])), toy), want, atol=1e-4, rtol=1e-4)


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # of the reference
@pytest.mark.parametrize("steps", [5, 10, 25])
def test_dpm_solver_equals_diffusers(start, steps):
    toy, x = Toy(LINEAR), start * 2 - 1
    theirs = DPMSolverMultistepScheduler(
        1000,
        trained_betas=LINEAR.betas.numpy(),
        algorithm_type="dpmsolver++",
        solver_order=2,
        timestep_spacing="trailing",
        final_sigmas_type="zero",
        lower_order_final=True,
    )
    theirs.set_timesteps(steps)
    want = x
    for t in theirs.timesteps:
        want = theirs.step(toy(want, torch.full((4,), int(t)), None), t, want).prev_sample
    process = LINEAR.respaced(spacing(1000, steps, "trailing"))
    assert_close(run(dpm_solver(denoiser(toy), process, x, unclipped), toy), want, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    "process, variance", [(LINEAR, "fixed_small"), (LINEAR, "fixed_large"), (COSINE, "fixed_small")]
)
def test_the_chain_reproduces_the_mean_and_the_deviation_of_gaussian_data(process, variance):
    exact = ExactGaussian(process)
    few = process.respaced(spacing(1000, 250))
    noise = Noise(range(4))
    x = run(ancestral(denoiser(exact), few, noise(1, 64, 64), noise, variance, unclipped), exact)
    assert x.mean().item() == pytest.approx(0.3, abs=0.02) and x.std().item() == pytest.approx(0.5, rel=0.03)


def test_ddim_with_eta_one_on_all_steps_has_the_moments_of_ddpm():
    exact = ExactGaussian(LINEAR)
    noise = Noise(range(4))
    x = run(ddim(denoiser(exact), LINEAR, noise(1, 32, 32), 1.0, noise, unclipped), exact)
    assert x.mean().item() == pytest.approx(0.3, abs=0.03) and x.std().item() == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize("sampler, order", [(ddim, 1), (dpm_solver, 2)])
def test_halving_the_steps_costs_what_the_order_says(sampler, order):
    lam = torch.linspace(3.0, -3.0, 241, dtype=torch.float64)
    alpha_bar = torch.sigmoid(2 * lam)  # even in log-SNR, where the orders are defined
    fine = Process(1 - alpha_bar / torch.cat([torch.ones(1, dtype=torch.float64), alpha_bar[:-1]]))
    exact = ExactMixture(fine, deviation=0.1)
    exact.split = lambda output: (output, -torch.ones_like(output))
    x = torch.linspace(-2, 2, 64, dtype=torch.float64).view(1, 1, 8, 8)

    def solved(every: int) -> torch.Tensor:
        frames: list[Frame] = []
        run(
            sampler(denoiser(exact), fine.respaced(torch.arange(0, 241, every)), x, clip=unclipped),
            exact,
            frames.append,
        )
        return frames[-1].x.double()

    truth = solved(1)
    errors = [(solved(every) - truth).abs().mean().item() for every in (16, 8)]
    assert 2 ** (order - 0.45) < errors[0] / errors[1] < 2 ** (order + 0.8)


def test_inversion_comes_back_and_better_with_a_fixed_point_iteration():
    exact = ExactMixture(COSINE, deviation=0.3)
    process = COSINE.respaced(spacing(1000, 50, "linspace"))
    noise = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    x0 = 0.6 * noise.sign() + 0.3 * torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(1))
    errors = []
    for iterations in (0, 1, 2):
        x = run(ddim_inversion(denoiser(exact), process, x0, iterations), exact)
        errors.append(
            (run(ddim(denoiser(exact), process, x, clip=unclipped), exact) - x0).square().mean().sqrt().item()
        )
    assert errors[0] < 0.1
    assert errors[1] < errors[0] / 2
    assert errors[2] < errors[1]


def test_a_picture_depends_on_its_seed_and_not_on_its_company(start):
    toy, process = Toy(COSINE), COSINE.respaced(spacing(1000, 8))

    def drawn(seeds):
        noise = Noise(seeds)
        return run(ancestral(denoiser(toy), process, noise(3, 8, 8), noise), toy)

    assert_close(drawn([7, 8, 9])[1:2], drawn([8]), atol=0, rtol=0)
    assert_close(drawn([7]), drawn([7]), atol=0, rtol=0)


def test_a_sampler_asks_for_original_steps_and_shows_every_frame(start):
    toy, process = Toy(COSINE), COSINE.respaced(spacing(1000, 5, "linspace"))
    asked, frames = [], []
    sampler, answer = ddim(denoiser(toy, condition="red apple"), process, start), None
    with pytest.raises(StopIteration) as end:
        while True:
            item = sampler.send(answer)
            answer = None
            if isinstance(item, Evaluation):
                asked.append((item.t, item.condition))
                answer = toy(item.x, torch.full((4,), item.t), None)
            else:
                frames.append(item)
    assert asked == [(t, "red apple") for t in (999, 749, 500, 250, 0)]
    assert [frame.t for frame in frames] == [999, 749, 500, 250, 0] and end.value.value.shape == start.shape
    for frame in frames:
        assert_close(COSINE.noised(frame.x0, torch.full((4,), frame.t), frame.eps), frame.x, atol=1e-4, rtol=1e-4)


def test_a_sampler_starts_in_the_middle_where_it_is_told_to(start):
    toy, process = Toy(COSINE), COSINE.respaced(spacing(1000, 5, "linspace"))
    for sampler in (
        ddim(denoiser(toy), process, start, start=2),
        dpm_solver(denoiser(toy), process, start, start=2),
        ancestral(denoiser(toy), process, start, Noise([0] * 4), start=2),
    ):
        frames: list[Frame] = []
        run(sampler, toy, frames.append)
        assert [frame.t for frame in frames] == [500, 250, 0]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_between_two_pictures_the_walk_begins_at_the_mixed_step_with_unit_noise(share):
    process = COSINE.respaced(spacing(1000, 20))
    toy, a, b = ExactGaussian(COSINE), torch.full((1, 3, 64, 64), -0.5), torch.full((1, 3, 64, 64), 0.9)
    frames: list[Frame] = []
    x = run(
        interpolation(denoiser(toy), process, a, b, share, 12, Noise([3])),
        lambda x, t, condition: toy(x, t, condition),
        frames.append,
    )
    assert [frame.i for frame in frames] == list(range(12, -1, -1)) and x.shape == a.shape
    row = torch.tensor([12])
    eps = (frames[0].x - process.noised(torch.lerp(a, b, share), row, torch.zeros_like(a))) / (
        1 - process.alpha_bar[12]
    ).sqrt()
    assert eps.mean().abs() < 0.03 and abs(eps.std() - 1) < 0.03


def test_interpolation_all_the_way_to_one_side_is_that_side_redrawn():
    process, a = COSINE.respaced(spacing(1000, 10)), torch.full((1, 1, 8, 8), 0.4)
    toy = Toy(COSINE)
    noise = Noise([5])
    first, _ = noise.like(a), noise.like(a)
    want = run(ancestral(denoiser(toy), process, process.noised(a, torch.tensor([6]), first), noise, start=6), toy)
    assert_close(run(interpolation(denoiser(toy), process, a, -a, 0.0, 6, Noise([5])), toy), want)
