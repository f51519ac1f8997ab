"""The judges: shapes, their loss against cross-entropy by hand, what they are shown."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from models.judge import Judge, JudgeConfig
from training.data import colours
from training.data import pictures as data
from training.families.judge import ConceptLabelled, coarser

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


def test_a_blind_judge_sees_no_colour_and_the_other_does():
    torch.manual_seed(0)
    x = pictures()
    luma = (x * torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(1, keepdim=True).expand_as(x)
    for blind in (True, False):
        one = Judge(replace(CONFIG, blind=blind)).eval()
        assert torch.allclose(one.features(x), one.features(luma), atol=1e-4) == blind


def test_half_size_shows_each_pixel_twice_and_leaves_the_others():
    x = pictures()
    found = coarser(x, torch.tensor([True, False, True, False, False]))
    assert found[1].equal(x[1]) and found[3:].equal(x[3:])
    assert_close(found[0, :, ::2, ::2], found[0, :, 1::2, 1::2])
    assert_close(found[2, :, ::2, ::2], x[2].unflatten(2, (8, 2)).unflatten(1, (8, 2)).mean((2, 4)))


@pytest.mark.parametrize("blind", [False, True])
def test_only_a_blind_judge_is_shown_drawings_in_other_colours(blind):
    concept, zeros = np.arange(8), np.zeros(8, np.int64)
    green = np.tile(np.array([30, 160, 60, 255], np.uint8), (8, 16, 16, 1))
    names, yes = [{"en": ["leaf"]}] * 8, np.ones(8, bool)
    known = data.Pictures(green, concept, zeros, zeros, zeros, ~yes, names, ("noto",), ("folder",), yes)
    tint = colours.tint(torch.from_numpy(green)).numpy()
    known = replace(known, tint=tint, colour=zeros - 1, may=np.ones((8, 11), bool))
    batches = ConceptLabelled(0.5 * blind, known, 64)
    x, *labels = batches(0)
    assert [len(each) for each in (x, *labels)] == [64] * 4
    assert all(a.equal(b) for a, b in zip(batches(0), (x, *labels), strict=True))
    moved = (x[:, :, 8, 8] - (torch.tensor([30, 160, 60]) / 127.5 - 1)).abs().amax(1) > 0.05
    assert moved.any() == blind and not moved.all()
