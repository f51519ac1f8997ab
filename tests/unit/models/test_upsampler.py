"""The upsampler: what it is shown in training, and what it gives before it has learnt anything."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from models.samplers import Noise, run
from models.upsampler import Upsampler, UpsamplerConfig, quantised, soft
from tests.helpers import picture_folder
from training.data import pictures as data
from training.recipes import upsampler_128


@pytest.fixture(scope="module")
def model() -> Upsampler:
    torch.manual_seed(0)
    return (
        Upsampler(UpsamplerConfig(image_size=32, width=16, multipliers=(1, 2), blocks=1, steps=50))
        .eval()
        .requires_grad_(False)
    )


def test_a_new_one_enlarges_as_a_picture_program_would(model):
    small = quantised(torch.rand(2, 3, 16, 16) * 2 - 1)
    drawn = model.sample(small, [0, 1])
    for picture, given in zip(drawn, small, strict=True):
        for plane, one in zip(picture, given, strict=True):
            right = Image.fromarray(one.numpy()).resize((32, 32), Image.Resampling.BILINEAR)
            assert torch.allclose(plane, torch.from_numpy(np.array(right)), atol=0.01)


def test_it_takes_pictures_of_any_size(model):
    assert model.sample(torch.zeros(1, 3, 32, 24), [0]).shape == (1, 3, 64, 48)


def test_the_small_picture_is_the_mean_of_its_pixels_in_eight_bits(model):
    x = torch.rand(3, 3, 32, 32) * 2 - 1
    small = model.small(x, torch.tensor([False, True, False]))
    means = x.unflatten(3, (16, 2)).unflatten(2, (16, 2)).mean((3, 5))
    assert (small[::2] - means[::2]).abs().max() <= 0.5 / 127.5 + 1e-6
    assert (small[1] - means[1]).abs().max() > 0.05
    bits = (small + 1) * 127.5
    assert torch.allclose(bits, bits.round(), atol=1e-3)


def test_the_blur_keeps_the_mean_and_is_the_gaussian_of_its_width():
    assert torch.allclose(soft(torch.full((1, 3, 8, 8), 0.3), 0.6), torch.full((1, 3, 8, 8), 0.3))
    dot = torch.zeros(1, 1, 9, 9)
    dot[0, 0, 4, 4] = 1
    spread = soft(dot, 0.6)[0, 0]
    weights = torch.exp(-torch.tensor([1.0, 0.0, 1.0]) / (2 * 0.6**2))
    assert torch.allclose(spread[3:6, 3:6], weights[:, None] * weights / weights.sum() ** 2, atol=1e-6)
    assert spread.sum() == pytest.approx(1)


def test_a_picture_is_its_seed_and_the_small_one_alone(model):
    torch.manual_seed(1)
    stirred = Upsampler(model.config).eval()
    torch.nn.init.normal_(stirred.network.out.weight, std=0.02)
    small = torch.rand(3, 3, 16, 16) * 2 - 1
    together, alone = stirred.sample(small, [4, 5, 6]), stirred.sample(small[1:2], [5])
    assert torch.allclose(together[1], alone[0], atol=1e-4)
    assert not torch.allclose(stirred.sample(small[1:2], [6])[0], together[1], atol=1e-3)


def test_it_learns_what_a_small_picture_cannot_tell(model):
    """Pictures whose details are a fixed pattern: after some steps the pattern is drawn."""
    torch.manual_seed(0)
    student = Upsampler(model.config)
    rows = torch.arange(32) % 2 * 0.5 - 0.25

    def picture(count: int) -> torch.Tensor:
        return (F.interpolate(torch.rand(count, 3, 4, 4) - 0.5, 32) + rows).clamp(-1, 1)

    optimizer, losses = torch.optim.Adam(student.parameters(), 3e-3), []
    for _ in range(60):
        loss = student.train().loss(picture(8))["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    x = picture(4)
    small = student.eval().small(x, torch.zeros(4, dtype=torch.bool))
    with torch.no_grad():
        drawn = run(student.sharpen(small, Noise([0, 1, 2, 3]), 4), student)
    plain = F.interpolate(small, scale_factor=2, mode="bilinear")
    assert (drawn - x).square().mean() < 0.5 * (plain - x).square().mean()


def test_pieces_are_parts_of_the_drawings_and_a_function_of_the_step(tmp_path):
    pictures = data.load(32, picture_folder(tmp_path, 40, 32))
    one, two = (upsampler_128.Pieces(16, pictures, 8) for _ in range(2))
    whole, pieces = data.Batches(pictures, 8)(3), one(3)
    assert pieces.shape == (8, 3, 16, 16)
    assert pieces.equal(two(3))
    assert not pieces.equal(one(4))
    for drawing, piece in zip(whole, pieces, strict=True):
        assert any(drawing[:, y : y + 16, x : x + 16].equal(piece) for y in range(17) for x in range(17))
