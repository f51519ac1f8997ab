"""DALL·E 2's priors: what they read, how they round, and that a draw depends on its own seed and caption alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from models.ar_prior import ARPrior, ARPriorConfig, Components
from models.clip import CLIP, CLIPConfig
from models.prior import DiffusionPrior, DiffusionPriorConfig, TextFeatures
from models.process import Process
from models.samplers import Evaluation, Noise
from models.tokenizer import Tokenizer
from models.transformer import Transformer

TEXTS = ["a red heart", "cat", "a grinning face with big eyes in noto style", ""]
TOKENIZER = Tokenizer.train(TEXTS * 3, 560, 16)
SIZES = {"embedding": 24, "text_width": 16, "context": 16, "width": 32, "layers": 2, "heads": 2}


@pytest.fixture(scope="module")
def clip() -> CLIP:
    torch.manual_seed(0)
    config = CLIPConfig(
        image_size=16,
        patch=4,
        width=32,
        layers=1,
        heads=2,
        vocab=TOKENIZER.size,
        context=16,
        text_width=16,
        text_layers=1,
        text_heads=2,
        embedding=24,
    )
    return CLIP(config, TOKENIZER).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def prior() -> DiffusionPrior:
    torch.manual_seed(1)
    return stirred(DiffusionPrior(DiffusionPriorConfig(**SIZES, steps=100)))


@pytest.fixture(scope="module")
def ar_prior() -> ARPrior:
    torch.manual_seed(2)
    model = stirred(ARPrior(ARPriorConfig(**SIZES, components=10, buckets=8, dots=6)))
    z = embeddings(600)
    model.components.fit(z, (z * z.roll(1, 0)).sum(1))
    return model


def stirred(model):
    """The model with no layer left at zero."""
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2) if parameter.abs().max() == 0 else None
    return model.eval().requires_grad_(False)


def embeddings(count: int, seed: int = 0) -> torch.Tensor:
    """(count, 24) of length 1, spread most along the first of a few turned axes."""
    rng = torch.Generator().manual_seed(seed)
    turn = torch.linalg.qr(torch.randn(24, 24, generator=torch.Generator().manual_seed(9)))[0]
    return F.normalize(torch.randn(count, 24, generator=rng) * torch.linspace(1, 0.05, 24) @ turn + turn[0], dim=1)


def test_what_was_seen_before_need_not_be_read_again():
    torch.manual_seed(0)
    network, x = Transformer(32, 3, 2, quick_gelu=False), torch.randn(2, 9, 32)
    hidden = torch.zeros(2, 9, dtype=torch.bool)
    hidden[1, 2:4] = True
    whole, past = network(x, causal=True, hidden=hidden), network.past()
    parts = [network(x[:, a:b], causal=True, hidden=hidden[:, :b], past=past) for a, b in ((0, 4), (4, 5), (5, 9))]
    assert torch.allclose(torch.cat(parts, 1), whole, atol=1e-5)


def test_said_is_what_clip_encodes(clip):
    said = TextFeatures.of(clip, TEXTS)
    assert torch.allclose(said.vector, clip.encode_text(TOKENIZER(TEXTS)), atol=1e-6)
    assert said.tokens.shape == (4, 16, 16) and torch.allclose(said.vector.norm(dim=1), torch.ones(4))


@pytest.mark.parametrize("network", ["prior", "ar_prior"])
def test_what_stands_behind_the_end_changes_nothing(network, clip, request):
    model, said = request.getfixturevalue(network), TextFeatures.of(clip, TEXTS)
    behind = torch.arange(16)[None, :, None] > said.ends[:, None, None]
    noisy = TextFeatures(torch.where(behind, torch.randn(4, 16, 16), said.tokens), said.ends, said.vector)
    if network == "prior":
        x, t = torch.randn(4, 24), torch.tensor([3, 50, 99, 0])
        assert torch.allclose(model(x, t, said), model(x, t, noisy), atol=1e-5)
    else:
        index, dot = torch.randint(8, (4, 10)), torch.tensor([0, 1, 2, 5])
        assert torch.allclose(model.logits(said, dot, index), model.logits(noisy, dot, index), atol=1e-5)


@pytest.mark.parametrize("network", ["prior", "ar_prior"])
@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_a_draw_is_its_seeds_and_its_captions_alone(network, scale, clip, request):
    model, nothing = request.getfixturevalue(network), TextFeatures.of(clip, [""] * 4)
    together = model.sample(TextFeatures.of(clip, TEXTS), nothing, [5, 6, 7, 8], scale)
    assert together.shape == (4, 24) and torch.allclose(together.norm(dim=1), torch.ones(4), atol=1e-5)
    alone = model.sample(TextFeatures.of(clip, TEXTS[2:3]), TextFeatures.of(clip, [""]), [7], scale)
    assert torch.allclose(alone[0], together[2], atol=1e-5)
    other = model.sample(TextFeatures.of(clip, TEXTS[2:3]), TextFeatures.of(clip, [""]), [8], scale)
    assert (other[0] - together[2]).abs().max() > 1e-3


def test_guidance_of_an_empty_caption_is_none(prior, ar_prior, clip):
    empty = TextFeatures.of(clip, ["", ""])
    for model in (prior, ar_prior):
        assert torch.allclose(
            model.sample(empty, empty, [1, 2], 4.0), model.sample(empty, empty, [1, 2], 1.0), atol=1e-4
        )


def test_the_loss_of_the_diffusion_prior_is_the_distance_to_the_embedding_at_its_radius(prior, clip):
    said, z = TextFeatures.of(clip, TEXTS), embeddings(4)
    torch.manual_seed(3)
    found = prior.loss(z, said)
    torch.manual_seed(3)
    t = torch.randint(100, (4,))
    a = Process.named("cosine", 100).alpha_bar[t].float()[:, None]
    x = a.sqrt() * 8.6 * z + (1 - a).sqrt() * torch.randn(4, 24)
    assert float(found["loss"]) == pytest.approx(float((prior(x, t, said) - 8.6 * z).square().mean()), rel=1e-5)


def test_the_diffusion_prior_draws_what_an_exact_denoiser_knows(clip):
    """All embeddings are one of two; which one, a caption's first number tells: then every draw is that one."""
    places = F.normalize(torch.randn(2, 24, generator=torch.Generator().manual_seed(4)), dim=1)

    class Exact(DiffusionPrior):
        def forward(self, x, t, said):
            alpha = self.process.alpha_bar[t].float()[:, None]
            near = -((x[:, None] - alpha.sqrt()[..., None] * 8.6 * places).square().sum(2)) / (2 * (1 - alpha))
            return 8.6 * near.softmax(1) @ places

    model, empty = Exact(DiffusionPriorConfig(**SIZES, steps=100)), TextFeatures.of(clip, [""] * 40)
    drawn = model.sample(empty, empty, list(range(40)))
    near = drawn @ places.T
    assert near.max(1).values.min() > 0.999 and 8 < int((near[:, 0] > near[:, 1]).sum()) < 32


def test_components_are_those_of_a_singular_value_decomposition():
    z, parts = embeddings(500), Components(ARPriorConfig(**SIZES, components=10, buckets=8))
    parts.fit(z, torch.rand(50))
    _, sizes, rows = np.linalg.svd((z - z.mean(0)).numpy(), full_matrices=False)
    spread = parts.coordinates(z).std(0).numpy()
    assert np.allclose(spread, sizes / np.sqrt(499), rtol=1e-3) and (np.diff(spread) <= 0).all()
    assert np.allclose(np.abs((parts.basis.numpy() * rows).sum(1))[:10], 1, atol=1e-3)


def test_keeping_all_components_keeps_the_embedding_and_fewer_lose_more():
    z, parts = embeddings(500), Components(ARPriorConfig(**SIZES, components=10))
    parts.fit(z, torch.rand(50))
    assert torch.allclose(parts.kept(z, 24), z, atol=1e-4)
    near = [float((parts.kept(z, k) * z).sum(1).mean()) for k in (0, 2, 5, 10, 20)]
    assert near == sorted(near) and near[0] < 0.95 < near[-1]


def test_buckets_hold_equally_many_and_their_centres_fall_into_them():
    z, parts = embeddings(4000), Components(ARPriorConfig(**SIZES, components=10, buckets=8, dots=5))
    parts.fit(z, torch.rand(1000))
    index = parts.rounded(z)
    for column in index.T:
        assert torch.bincount(column, minlength=8).float().sub(500).abs().max() <= 2
    edges = F.pad(parts.edges, (1, 1), value=9)
    edges[:, 0] = -9
    assert ((edges[:, :-1] <= parts.centres) & (parts.centres <= edges[:, 1:])).all()
    assert torch.bincount(torch.searchsorted(parts.dot_edges, torch.rand(1000)), minlength=5).min() > 120


def test_an_embedding_survives_being_rounded():
    config = ARPriorConfig(**SIZES, components=24, buckets=64)
    z, parts = embeddings(4000), Components(config)
    parts.fit(z, torch.rand(50))
    back = parts.embeddings(parts.rounded(z))
    assert float((back * z).sum(1).mean()) > 0.995
    coarse = Components(replace(config, buckets=4))
    coarse.fit(z, torch.rand(50))
    assert float((coarse.embeddings(coarse.rounded(z)) * z).sum(1).mean()) < float((back * z).sum(1).mean())


def test_a_component_is_told_by_those_before_it_alone(ar_prior, clip):
    said, index = TextFeatures.of(clip, TEXTS[:1]), torch.randint(8, (1, 10))
    plain = ar_prior.logits(said, torch.tensor([2]), index)
    for j in range(10):
        other = index.clone()
        other[0, j] = (other[0, j] + 1) % 8
        changed = (ar_prior.logits(said, torch.tensor([2]), other) - plain).abs().amax((0, 2)) > 1e-6
        assert not changed[: j + 1].any() and (j == 9 or changed[j + 1])
    assert not torch.allclose(ar_prior.logits(said, torch.tensor([3]), index)[:, 0], plain[:, 0])


@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_drawing_with_a_memory_is_drawing_from_the_whole_sentence(ar_prior, clip, scale):
    said, nothing, chance = TextFeatures.of(clip, TEXTS[:2]), TextFeatures.of(clip, ["", ""]), None
    sampler = ar_prior.choose(said, nothing, Noise([3, 4]), scale)
    asked = next(sampler)
    assert isinstance(asked, Evaluation) and ((asked.x > 0) & (asked.x < 1)).all()
    chance, drawn = asked.x, ar_prior(asked.x, None, asked.condition)
    dot = 3 + (chance[:, 0] * 3).long()
    index = torch.zeros(2, 10, dtype=torch.long)
    for j in range(10):
        told, plain = (ar_prior.logits(each, dot, index)[:, j] for each in (said, nothing))
        p = (plain + scale * (told - plain)).softmax(1)
        index[:, j] = (p.cumsum(1) < chance[:, 1 + j, None]).sum(1)
    assert torch.equal(drawn, ar_prior.components.embeddings(index))


def test_the_dot_product_is_drawn_from_the_better_half(ar_prior, clip, monkeypatch):
    seen, plain = [], ar_prior.dot.forward
    monkeypatch.setattr(ar_prior.dot, "forward", lambda dot: seen.append(dot) or plain(dot))
    ar_prior.sample(TextFeatures.of(clip, ["cat"] * 64), TextFeatures.of(clip, [""] * 64), list(range(64)))
    assert set(seen[0].tolist()) == {3, 4, 5}


def test_the_loss_of_the_autoregressive_prior_is_its_cross_entropy(ar_prior, clip):
    said, z = TextFeatures.of(clip, TEXTS), embeddings(4, seed=5)
    index, dot = ar_prior.components.rounded(z), ar_prior.components.dot(z, said.vector)
    right = F.cross_entropy(ar_prior.logits(said, dot, index).flatten(0, 1), index.flatten())
    assert float(ar_prior.loss(z, said)["exact"]) == pytest.approx(float(right), rel=1e-5)


def test_more_components_than_numbers_are_refused():
    with pytest.raises(ValueError, match="at most 24"):
        ARPrior(ARPriorConfig(**SIZES, components=25))


def test_a_packed_prior_answers_a_row_the_same_in_any_company_of_captions_of_its_length(clip):
    torch.manual_seed(3)
    packed = stirred(DiffusionPrior(DiffusionPriorConfig(**SIZES, steps=100))).packed(torch.float32)
    said = TextFeatures.of(clip, [TEXTS[k % 2] for k in range(9)])
    x, t = torch.randn(9, 24), torch.arange(9)
    with torch.inference_mode():
        whole = packed(x, t, said)
        for first, rows in ((0, 1), (4, 1), (3, 2), (2, 5)):
            some = torch.arange(first, first + rows)
            assert packed(x[some], t[some], said.rows(some)).equal(whole[some])


def test_captions_are_read_in_a_few_lengths(clip):
    lengths = [TextFeatures.of(clip, [text]).length for text in TEXTS]
    assert lengths[0] == lengths[1] == lengths[3] == 8 and lengths[2] == 16 == TextFeatures.of(clip, TEXTS).length
