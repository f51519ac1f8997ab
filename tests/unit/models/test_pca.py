"""Principal components against numpy's singular value decomposition."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from models.pca import PCA, PCAConfig


def pictures(count: int = 60, rank: int = 192, seed: int = 0, size: int = 8) -> torch.Tensor:
    """(count, 3, size, size) with falling variances, of the given rank around their mean."""
    rng = np.random.default_rng(seed)
    directions = np.linalg.qr(rng.standard_normal((3 * size**2, min(rank, 3 * size**2))))[0]
    flat = (
        0.1
        + rng.standard_normal((count, directions.shape[1])) * 0.8 ** np.arange(directions.shape[1]) @ directions.T * 0.3
    )
    return torch.from_numpy(flat).float().reshape(count, 3, size, size)


def fitted(x: torch.Tensor, latent: int) -> PCA:
    torch.manual_seed(0)
    model = PCA(PCAConfig(image_size=x.shape[-1], latent=latent))
    model.fit(x)
    return model.eval()


def by_numpy(x: torch.Tensor, latent: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, leading right singular vectors, singular values."""
    flat = x.flatten(1).double().numpy()
    _, s, v = np.linalg.svd(flat - flat.mean(0), full_matrices=False)
    return flat.mean(0), v[:latent], s[:latent]


def test_components_and_deviations_are_those_of_the_exact_decomposition():
    x = pictures()
    model, (mean, v, s) = fitted(x, 6), by_numpy(x, 6)
    assert_close(model.mean.double().numpy(), mean, atol=1e-5, rtol=1e-5)
    assert_close(np.abs(np.sum(model.components.numpy() * v, 1)), np.ones(6), atol=1e-4, rtol=0)
    assert_close(model.deviation.double().numpy(), s / np.sqrt(len(x) - 1), rtol=1e-4, atol=0)


def test_reconstructions_are_those_of_the_exact_decomposition():
    x = pictures()
    mean, v, _ = by_numpy(x, 6)
    flat = x.flatten(1).double().numpy()
    best = torch.from_numpy(mean + (flat - mean) @ v.T @ v).float().reshape(x.shape).clamp(-1, 1)
    assert_close(fitted(x, 6).reconstruct(x), best, atol=1e-3, rtol=1e-3)


THIRTY = pictures(30)
LEADING = fitted(THIRTY, 4).components


@given(st.integers(0, 1000))
def test_no_other_linear_code_of_the_same_length_is_better(seed):
    x = THIRTY
    flat = x.flatten(1) - x.flatten(1).mean(0)
    other = torch.linalg.qr(torch.randn(192, 4, generator=torch.Generator().manual_seed(seed)))[0]
    ours = ((flat @ LEADING.T @ LEADING) - flat).square().sum()
    assert ours <= ((flat @ other @ other.T) - flat).square().sum()


@pytest.mark.parametrize("rank", [1, 3, 5])
def test_pictures_of_no_more_dimensions_than_components_come_back_whole(rank):
    x = pictures(40, rank=rank)
    model = fitted(x, 5)
    assert model.encode(x).isfinite().all()
    assert_close(model.reconstruct(x), x.clamp(-1, 1), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_fewer_pictures_than_components_come_back_whole(count):
    x = pictures(count)
    model = fitted(x, 9)
    assert model.components.shape == (9, 192) and model.encode(x).isfinite().all()
    assert_close(model.reconstruct(x), x.clamp(-1, 1), atol=1e-4, rtol=1e-4)


def test_scores_have_unit_variance_and_no_correlation():
    x = pictures(200)
    scores = fitted(x, 6).encode(x)
    assert_close(torch.cov(scores.T), torch.eye(6), atol=2e-3, rtol=0)


def test_shapes_and_bounds():
    x = pictures(10)
    model = fitted(x, 4)
    assert model.encode(x).shape == (10, 4)
    assert model.sample(3, torch.Generator().manual_seed(0)).shape == (3, 3, 8, 8)
    assert model.decode(torch.full((2, 4), 1e3)).abs().max() <= 1


def test_the_loss_is_the_mean_squared_error_of_the_reconstruction():
    x = pictures(10)
    model = fitted(x, 4)
    assert_close(model.loss(x)["loss"], torch.nn.functional.mse_loss(model.reconstruct(x), x))


@pytest.mark.parametrize("latent", [3, 16])
def test_picture_i_of_n_is_picture_i_of_more(latent):
    model = fitted(pictures(), latent)
    few, many = (model.sample(n, torch.Generator().manual_seed(3)) for n in (3, 9))
    assert_close(few, many[:3], atol=1e-5, rtol=1e-5)
