"""The measures against independent implementations and closed forms."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from training.evaluation.metrics import frechet_distance, precision_recall, psnr, ssim


@pytest.fixture
def pair() -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return x, (x + 0.2 * torch.randn(x.shape, generator=torch.Generator().manual_seed(1))).clamp(-1, 1)


def test_psnr_is_that_of_scikit_image(pair):
    x, y = pair
    assert psnr(x, y) == pytest.approx(peak_signal_noise_ratio(x.numpy(), y.numpy(), data_range=2), abs=1e-4)


def test_ssim_is_that_of_scikit_image(pair):
    for a, b in ((pair[0], pair[1]), (pair[0], pair[0])):
        ours = [ssim(p[None], q[None]) for p, q in zip(a, b, strict=True)]
        theirs = [
            structural_similarity(
                p.numpy().astype(float),
                q.numpy().astype(float),
                data_range=2,
                channel_axis=0,
                sigma=1.5,
                gaussian_weights=True,
                use_sample_covariance=False,
                win_size=11,
            )
            for p, q in zip(a, b, strict=True)
        ]
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_frechet_distance_of_gaussians_is_the_closed_form():
    """For commuting covariances: |Δμ|² + Σ (σa − σb)²."""
    rng = torch.Generator().manual_seed(0)
    standard = torch.randn(5000, 3, generator=rng, dtype=torch.float64)
    standard = (standard - standard.mean(0)) @ torch.linalg.inv(
        torch.linalg.cholesky(torch.cov(standard.T))
    ).T  # exactly white
    a, b = (
        standard * torch.tensor([1.0, 2.0, 3.0]),
        standard * torch.tensor([2.0, 2.0, 0.5]) + torch.tensor([1.0, 0.0, -2.0]),
    )
    assert frechet_distance(a, b) == pytest.approx(5 + 1 + 0 + 2.5**2, rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_frechet_distance_is_symmetric_and_zero_for_the_same_set(seed):
    rng = torch.Generator().manual_seed(seed)
    a, b = torch.randn(40, 4, generator=rng), 2 * torch.randn(50, 4, generator=rng) + 1
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-6)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)


def test_precision_and_recall_tell_dropped_modes_from_junk():
    rng = torch.Generator().manual_seed(0)

    def blob(at, n=200):
        return torch.randn(n, 2, generator=rng) * 0.1 + torch.tensor(at)

    real = torch.cat([blob([0.0, 0.0]), blob([5.0, 5.0])])
    one_mode, junk = blob([0.0, 0.0]), torch.cat([blob([0.0, 0.0]), blob([5.0, 5.0]), blob([20.0, -20.0], 400)])
    precision, recall = precision_recall(real, one_mode)
    assert precision > 0.8 and 0.4 < recall < 0.55
    precision, recall = precision_recall(real, junk)
    assert 0.4 < precision < 0.55 and recall > 0.8
