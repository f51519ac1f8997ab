"""The judge: shapes, its loss against cross-entropy by hand, its augmentation."""

import pytest
import torch
from torch.testing import assert_close

from models.judge import Judge, JudgeConfig
from tests.helpers import one_thread  # noqa: F401 - a fixture
from training.augment import augment, cover

CONFIG = JudgeConfig(image_size=16, concepts=7, styles=3, groups=4, widths=(8, 16), features=6)


@pytest.fixture
def judge() -> Judge:
    torch.manual_seed(0)
    return Judge(CONFIG).eval()


def pictures(count: int = 5) -> torch.Tensor:
    return torch.rand(count, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_features_and_logits_have_their_shapes(judge):
    x = pictures()
    assert judge.features(x).shape == (5, 6)
    assert [logits.shape for logits in judge(x)] == [(5, 7), (5, 3), (5, 4)]


def test_a_verdict_does_not_depend_on_the_neighbours_in_the_batch(judge):
    x = pictures()
    assert_close(judge.features(x)[3:4], judge.features(x[3:4]), atol=1e-5, rtol=1e-5)


def test_the_loss_is_smoothed_cross_entropy_of_names_plus_that_of_styles_and_groups(judge):
    x, concept = pictures(), torch.tensor([0, 3, 6, 1, 1])
    style, group = torch.tensor([2, 0, 1, 1, 0]), torch.tensor([3, 3, 0, 1, 2])
    names, styles, groups = judge(x)
    target = torch.full((5, 7), 0.1 / 7).scatter_(1, concept[:, None], 0.9 + 0.1 / 7)

    def picked(logits, label):
        return logits.log_softmax(1)[torch.arange(5), label].mean()

    by_hand = -(target * names.log_softmax(1)).sum(1).mean() - picked(styles, style) - picked(groups, group)
    found = judge.loss(x, concept, style, group)
    assert_close(found["loss"], by_hand)
    for name, logits, label in (("concept", names, concept), ("style", styles, style), ("group", groups, group)):
        assert found[name].item() == (logits.argmax(1) == label).float().mean().item()


def test_a_judge_that_is_asked_to_draw_says_that_it_cannot(judge):
    with pytest.raises(NotImplementedError, match="draws nothing"):
        judge.sample(3)


def test_augmentation_keeps_shape_and_bounds_repeats_with_its_seed_and_leaves_its_input_alone():
    x = pictures(20)
    before = x.clone()
    once, again, other = (augment(x, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert once.equal(again) and not once.equal(other) and x.equal(before)
    assert once.shape == x.shape and once.abs().max() <= 1 and once.isfinite().all()


def test_about_half_the_pictures_are_covered_by_a_grey_square_of_at_most_a_third():
    x = torch.ones(400, 3, 24, 24)
    hidden = cover(x, torch.Generator().manual_seed(0)) == 0
    assert hidden.all(1).equal(hidden.any(1))
    share = hidden[:, 0].flatten(1).any(1).float().mean().item()
    assert 0.35 < share <= 0.55
    assert hidden[:, 0].any(1).sum(1).max() <= 9  # columns: 24 / 3, and one for rounding
