"""The distilled decoder: what it is where no noise is left, what it learns of a teacher, and how it draws."""

from dataclasses import replace

import pytest
import torch

from models.consistency import Consistency, ConsistencyConfig
from models.process import Process
from models.samplers import Noise, denoiser, jumps, run
from models.tokenizer import Tokenizer

pytestmark = pytest.mark.slow
CONFIG = ConsistencyConfig(
    image_size=16,
    width=16,
    multipliers=(1, 2),
    blocks=1,
    head=8,
    steps=50,
    vocab=600,
    context=8,
    text_width=16,
    text_layers=1,
    text_heads=2,
    embedding=8,
    walk=0,
    skip=25,
    starts=0,
    text_dropout=0.0,
    embedding_dropout=0.0,
)
TOKENIZER = Tokenizer.train(["red apple"] * 2, 600, 8)


class Bright:
    """A teacher to whom a caption is a brightness of 0.2 and none is black's middle, 0; so w times guided it is 0.2
    w."""

    def encode(self, tokens, embedding=None):
        return (tokens != self.empty(len(tokens))).any(1)

    def empty(self, count):
        return TOKENIZER([""]).expand(count, -1)

    def split(self, output):
        return output, None

    def __call__(self, x, t, told):
        return 0.2 * told.float().view(-1, 1, 1, 1).expand_as(x)


@pytest.fixture(scope="module", params=[{}, {"walk": 3, "starts": 4}], ids=["part of the path", "the whole path"])
def taught(request) -> Consistency:
    torch.manual_seed(0)
    model, tokens = (
        Consistency(ConsistencyConfig(**{**vars(CONFIG), **request.param}), TOKENIZER),
        TOKENIZER(["red apple"]).expand(16, -1),
    )
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(250):
        loss = model.loss(torch.rand(16, 3, 16, 16) * 2 - 1, tokens, torch.full((16, 8), torch.nan), Bright())["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval().requires_grad_(False)


@pytest.mark.parametrize("steps", [1, 2, 4])
@pytest.mark.parametrize("scale", [1.5, 4.0])
def test_few_steps_end_where_the_guided_teacher_does(taught, steps, scale):
    noise = Noise([1, 2])
    told = taught.encode(TOKENIZER(["red apple"] * 2), None, torch.full((2,), scale))
    process = taught.process.respaced(torch.linspace(49, 0, steps + 1)[:-1].round().long().flip(0))
    drawn = run(jumps(denoiser(taught, told), process, noise(3, 16, 16), noise), taught)
    assert drawn.mean() == pytest.approx(0.2 * scale, abs=0.15)


def test_where_no_noise_is_left_a_picture_stays_what_it_is():
    torch.manual_seed(1)
    model = Consistency(ConsistencyConfig(**{**vars(CONFIG), "steps": 1000}), TOKENIZER).eval()
    torch.nn.init.normal_(model.network.out.weight)
    x = torch.rand(4, 3, 16, 16) * 2 - 1
    with torch.no_grad():
        near, far = (float((model(x, torch.full((4,), t)) - x).abs().mean()) for t in (0, 500))
    assert near < 0.1 * far


def test_where_nobody_teaches_the_path_ends_at_the_picture():
    torch.manual_seed(2)
    model, x0 = (
        Consistency(ConsistencyConfig(**{**vars(CONFIG), "skip": 50}), TOKENIZER),
        torch.rand(400, 3, 16, 16) - 0.5,
    )
    found = model.loss(x0, TOKENIZER(["red apple"]).expand(400, -1), torch.randn(400, 8))
    kept = 0.05**2 / (0.05**2 + 1 / model.process.snr)  # a new network's own part is 0
    far = ((1 - kept).square() + kept.square() / model.process.snr) * float(x0.square().mean())
    assert float(found["squared"]) == pytest.approx(float(far.mean()), rel=0.05)


def test_the_whole_path_is_the_teacher_s_ddim():
    from models.samplers import ddim, unclipped

    torch.manual_seed(3)
    model = Consistency(ConsistencyConfig(**{**vars(CONFIG), "walk": 4}), TOKENIZER)

    def says(x, t):
        return torch.tanh(x * 1.3 - 0.2)

    x, process = torch.randn(2, 3, 16, 16), model.process.respaced(torch.tensor([12, 24, 36, 48]))

    def denoise(x, t):
        yield from ()  # it asks no network
        return says(x, t), None

    assert torch.allclose(
        model._whole_path(says, x, torch.full((2,), 48)),
        run(ddim(denoise, process, x, clip=unclipped), None),
        atol=1e-5,
    )
    assert torch.equal(
        model._whole_path(lambda x, t: says(x, t), x[:1], torch.tensor([48])),
        model._whole_path(says, x, torch.tensor([48, 24]))[:1],
    )


def test_it_starts_where_its_jumps_do():
    model = Consistency(ConsistencyConfig(**{**vars(CONFIG), "starts": 4, "steps": 1000}), TOKENIZER)
    assert set(model._starts(200).tolist()) == {249, 499, 749, 999}


def test_a_jump_of_an_exact_denoiser_lands_on_the_picture_from_any_noise():
    wanted = torch.rand(1, 3, 8, 8) * 2 - 1

    def exact(x, t):
        yield from ()
        return wanted.expand_as(x), -torch.ones_like(x)

    process = Process.named("cosine", 20)
    for steps in (1, 3):
        noise, seen = Noise([0, 1]), []
        kept = process.respaced(torch.tensor([6, 13, 19][-steps:]))
        assert torch.equal(
            run(jumps(exact, kept, noise(3, 8, 8), noise), None, seen.append), wanted.expand(2, -1, -1, -1)
        )
        for frame in seen[1:]:
            away = (frame.x - kept.alpha_bar[frame.i].sqrt().float() * wanted) / (
                1 - kept.alpha_bar[frame.i]
            ).sqrt().float()
            assert away.std() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("changes", [{"predicts": "eps"}, {"variance": "learned"}])
def test_what_makes_no_consistency_model_is_refused(changes):
    with pytest.raises(ValueError, match="predicts x0"):
        Consistency(ConsistencyConfig(**{**vars(CONFIG), **changes}), TOKENIZER)


def test_every_weight_of_the_network_learns_in_bfloat16_too():
    torch.manual_seed(0)
    model = Consistency(replace(CONFIG, walk=2, starts=4), TOKENIZER).train()
    with torch.autocast("cpu", torch.bfloat16):
        model.loss(torch.rand(8, 3, 16, 16), TOKENIZER(["red apple"]).expand(8, -1), torch.randn(8, 8), Bright())[
            "loss"
        ].backward()
    assert model.network.out.weight.grad.any() and model.scaled.weight.grad is not None


@torch.no_grad()
def test_later_jumps_begin_at_what_it_draws_itself():
    model, x0 = Consistency(replace(CONFIG, walk=2, starts=4), TOKENIZER).eval(), torch.full((4, 3, 16, 16), 0.5)
    told = model.encode(TOKENIZER(["red apple"]).expand(4, -1), torch.full((4, 8), torch.nan))
    kept = model._own(x0, torch.tensor([11, 24, 36, 49]), told).eq(x0).flatten(1).all(1)
    assert kept.tolist() == [False, False, False, True]
