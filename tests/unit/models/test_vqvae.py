"""The vector-quantised autoencoder against vector-quantize-pytorch, k-means and arithmetic by hand."""

import math

import pytest
import scipy.cluster.vq
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from models.vqvae import VQVAE, Codebook, VQVAEConfig, bits, drawn_rows, perplexity, straight_through
from tests.helpers import finish, is_one_sentence, picture_folder, training
from training import recipes
from training.data import pictures as data
from training.evaluation.metrics import psnr
from training.evaluation.vqvae import evaluate, measure_tokens, report

SIZES = dict(image_size=16, codes=12, width=4, patch=2)
GRIDS = {8: dict(widths=(16,), blocks=(1,)), 4: dict(widths=(8, 16), blocks=(1, 1))}
SPOTS = torch.tensor([[9.0, 0, 0, 0], [0, 9, 0, 0], [0, 0, 9, 0], [0, 0, 0, 9], [-9, 0, 0, 0], [0, -9, 0, 0]])


def pictures(count: int = 4, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, 3, 16, 16, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def network(side: int = 8, **changes) -> VQVAE:
    """With weights of its own everywhere: a fresh network's blocks are identities."""
    torch.manual_seed(0)
    model = VQVAE(VQVAEConfig(**SIZES | GRIDS[side] | changes))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.15)
    return model.eval()


def book(vectors: torch.Tensor | None = None, **changes) -> Codebook:
    """A codebook in training; with given vectors, one that has started from them."""
    torch.manual_seed(0)
    made = Codebook(VQVAEConfig(**dict(codes=6, width=4) | changes)).train()
    if vectors is not None:
        made.sums.copy_(vectors)
        made.frequencies.fill_(1 / len(vectors))
    return made


def clouds(count: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """`count` vectors around each of six far-away spots, and which spot: six clusters that nobody can miss."""
    rng = torch.Generator().manual_seed(seed)
    which = torch.arange(len(SPOTS)).repeat(count)
    return SPOTS[which] + 0.5 * torch.randn(len(which), 4, generator=rng), which


def buffers(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in module.named_buffers()}


def same(a: dict, b: dict) -> bool:
    return a.keys() == b.keys() and all(value.equal(b[name]) for name, value in a.items())


# ---- step by step with vector-quantize-pytorch ----------------------------------------------------------------------


@pytest.mark.parametrize("cosine", [0, 1])
@pytest.mark.parametrize("codes", [16, 64])
def test_the_codebook_is_that_of_vector_quantize_pytorch_step_by_step(cosine, codes):
    library = pytest.importorskip("vector_quantize_pytorch")
    tokens, rng = 5 * 8 * 8, torch.Generator().manual_seed(1)
    ours = Codebook(VQVAEConfig(codes=codes, width=8, restart=0, cosine=cosine)).train()
    theirs = library.VectorQuantize(
        dim=8,
        codebook_size=codes,
        decay=0.99,
        commitment_weight=0.25,
        rotation_trick=False,
        threshold_ema_dead_code=0,
        eps=1e-5 * tokens / codes,
        accept_image_fmap=True,
        use_cosine_sim=bool(cosine),
    ).train()
    start = torch.randn(codes, 8, generator=rng)
    start = F.normalize(start, dim=1) if cosine else start
    share_of_mean = codes / tokens  # ours counts in units of the mean code's usage, theirs in vectors
    ours.sums.copy_(start)
    ours.frequencies.fill_(1 / codes)
    theirs._codebook.embed.copy_(start[None])
    theirs._codebook.cluster_size.fill_(tokens / codes)
    theirs._codebook.embed_avg.copy_(start[None] * tokens / codes)
    for step in range(5):
        z = torch.randn(5, 8, 8, 8, generator=rng, requires_grad=True)  # B D h w
        flat = z.permute(0, 2, 3, 1).reshape(-1, 8)
        flat = F.normalize(flat, dim=1) if cosine else flat
        e, index = ours(flat)
        quantised, indices, loss = theirs(z)
        assert index.equal(indices.flatten()), step
        assert_close(e, quantised.detach().permute(0, 2, 3, 1).reshape(-1, 8), atol=1e-5, rtol=1e-5)
        assert_close(0.25 * F.mse_loss(flat, e), loss.squeeze(), atol=1e-6, rtol=1e-5)
        assert_close(ours.codes, theirs._codebook.embed[0], atol=1e-5, rtol=1e-5)
        assert_close(ours.usage, theirs._codebook.cluster_size[0] * share_of_mean, atol=1e-5, rtol=1e-5)
        assert_close(ours.sums, theirs._codebook.embed_avg[0] * share_of_mean, atol=1e-5, rtol=1e-5)


def test_the_gradients_are_those_of_vector_quantize_pytorch():
    library = pytest.importorskip("vector_quantize_pytorch")
    theirs = library.VectorQuantize(
        dim=4, codebook_size=6, commitment_weight=0.25, rotation_trick=False, accept_image_fmap=True
    ).train()
    ours = book(theirs._codebook.embed[0]).eval()
    z, target = torch.randn(2, 3, 4, 5, 5, generator=torch.Generator().manual_seed(2))
    z.requires_grad_()
    flat = z.permute(0, 2, 3, 1).reshape(-1, 4)
    e, _ = ours(flat)
    loss = F.mse_loss(straight_through(flat, e), target.permute(0, 2, 3, 1).reshape(-1, 4)) + 0.25 * F.mse_loss(flat, e)
    (found,) = torch.autograd.grad(loss, z)
    quantised, _, commitment = theirs(z)
    (expected,) = torch.autograd.grad(F.mse_loss(quantised, target) + commitment.sum(), z)
    assert_close(found, expected)


# ---- the codebook by hand -------------------------------------------------------------------------------------------


def test_one_step_of_the_moving_averages_by_hand():
    codes = book(torch.tensor([[0.0, 0, 0, 0], [10, 0, 0, 0]]), codes=2, decay=0.75, restart=0)
    e, index = codes(torch.tensor([[9.0, 1, 0, 0], [11, 1, 0, 0], [12, 1, 0, 0], [1, 2, 3, 4]]))
    assert index.tolist() == [1, 1, 1, 0] and e[0].tolist() == pytest.approx([10, 0, 0, 0], rel=1e-4)
    assert_close(codes.usage, torch.tensor([0.75 + 0.25 * 1 * 2 / 4, 0.75 + 0.25 * 3 * 2 / 4]))
    assert_close(
        codes.codes[1], torch.tensor([0.75 * 10 + 0.25 * 32 / 2, 0.25 * 3 / 2, 0, 0]) / 1.125, rtol=1e-4, atol=1e-4
    )
    assert_close(codes.frequencies, torch.tensor([0.99 * 0.5 + 0.01 * 0.25, 0.99 * 0.5 + 0.01 * 0.75]))


@given(st.integers(0, 2**31), st.integers(1, 40), st.integers(2, 30))
@settings(max_examples=25)
def test_the_nearest_code_is_the_nearest(seed, count, codes):
    rng = torch.Generator().manual_seed(seed)
    z, start = torch.randn(count, 4, generator=rng), torch.randn(codes, 4, generator=rng)
    made = book(start, codes=codes)
    distance = (z[:, None].double() - made.codes.double()).norm(dim=2)
    found = distance.gather(1, made.nearest(z)[:, None])[:, 0]
    assert_close(found, distance.min(1).values, atol=1e-5, rtol=1e-5)


def test_it_starts_with_the_k_means_of_the_first_batch():
    z, _ = clouds(50)
    torch.manual_seed(3)
    start = drawn_rows(z, torch.ones(len(z)), 6)
    expected, which = scipy.cluster.vq.kmeans2(z.double().numpy(), start.double().numpy(), iter=10, minit="matrix")
    made = book(decay=1.0)  # from there on it stays
    torch.manual_seed(3)
    _, index = made(z)
    assert_close(made.codes.double(), torch.from_numpy(expected), atol=1e-3, rtol=1e-4)
    assert_close(made.usage, index.bincount(minlength=6) * 6 / len(z))
    assert index.tolist() == which.tolist()


def test_it_comes_to_the_centroids_of_fixed_vectors():
    z, which = clouds(20)
    made = book(SPOTS + 2, restart=0)
    for _ in range(1500):
        made(z)
    centroids = torch.stack([z[which == k].mean(0) for k in range(6)])
    assert_close(made.codes, centroids, atol=1e-3, rtol=1e-3)
    assert_close(made.usage, torch.ones(6), atol=1e-3, rtol=0)
    assert_close(made.frequencies / made.frequencies.sum(), torch.full((6,), 1 / 6), atol=1e-3, rtol=0)


def test_more_codes_than_vectors_and_equal_vectors_start_too():
    few = book(codes=40)
    few(torch.randn(7, 4))
    assert few.codes.isfinite().all()
    equal = book(codes=8)
    e, index = equal(torch.full((30, 4), 3.0))
    assert index.unique().numel() == 1 and equal.codes.isfinite().all()
    assert_close(e, torch.full((30, 4), 3.0), rtol=1e-3, atol=1e-3)


def used_after(steps: int, restart: float) -> int:
    """How many of 32 codes are in use, of which all but two start far from every vector."""
    start = torch.full((32, 4), 1e3)
    start[:2] = torch.randn(2, 4, generator=torch.Generator().manual_seed(3))
    made = book(start, codes=32, restart=restart, decay=0.9)
    for step in range(steps):
        _, index = made(torch.randn(256, 4, generator=torch.Generator().manual_seed(step)))
    return index.unique().numel()


def test_moving_dead_codes_brings_them_into_use():
    assert used_after(60, restart=0) == 2
    assert used_after(60, restart=0.02) >= 30


def test_a_moved_code_stays_where_it_was_put():
    z, _ = clouds(20)
    made = book(torch.cat([SPOTS[:5], torch.full((1, 4), 1e3)]), decay=0.9)
    for _ in range(150):
        made(z)  # the sixth cloud has no code of its own until the far one dies
    assert torch.cdist(SPOTS, made.codes).min(1).values.max() < 0.6, "its old sum pulled it back"
    assert made.usage.min() > 0.5


def test_rows_are_drawn_by_weight_and_once_each():
    z = torch.arange(10.0)[:, None]
    torch.manual_seed(0)
    weight = torch.tensor([0.0] * 5 + [1] * 5)
    assert drawn_rows(z, weight, 5).flatten().sort().values.tolist() == [5, 6, 7, 8, 9]
    assert drawn_rows(z, weight * 0, 10).flatten().sort().values.equal(torch.arange(10.0))
    assert len(drawn_rows(z, weight * torch.nan, 12)) == 12, "a run that diverged says so itself"


def test_directions_alone_count_in_the_cosine_codebook():
    model = network(cosine=1).train()
    model.loss(pictures(8))
    z = model._vectors(pictures())
    assert_close(z.norm(dim=-1), torch.ones(4, 8, 8))
    assert_close(model.codebook.codes.norm(dim=1), torch.ones(12))
    similarity = z.flatten(0, 2) @ model.codebook.codes.T
    found = similarity.gather(1, model.encode(pictures()).view(-1, 1))[:, 0]
    assert_close(found, similarity.max(1).values)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_under_autocast_the_distances_are_those_of_float32(dtype):
    rng = torch.Generator().manual_seed(0)
    start = 5 + 0.1 * torch.randn(64, 4, generator=rng)  # so close that bfloat16 could not tell them apart
    z = (5 + 0.1 * torch.randn(500, 4, generator=rng)).to(dtype)
    made = book(start, codes=64, restart=0)
    expected = (z.double()[:, None] - made.codes.double()).norm(dim=2)
    with torch.autocast("cpu", torch.bfloat16):
        e, index = made(z)
        again = book(start, codes=64).nearest(z)
    assert index.equal(again) and e.dtype == made.sums.dtype == torch.float32
    assert_close(expected.gather(1, index[:, None])[:, 0], expected.min(1).values, atol=5e-4, rtol=0)


def test_the_network_chooses_its_tokens_under_autocast_as_in_float32_from_the_same_vectors():
    model = network()
    with torch.autocast("cpu", torch.bfloat16):
        z, tokens = model._vectors(pictures()), model.encode(pictures())
    assert z.dtype == torch.float32
    assert tokens.flatten().equal(torch.cdist(z.flatten(0, 2), model.codebook.codes).argmin(1))


# ---- several processes ----------------------------------------------------------------------------------------------


TOGETHER = """
import torch
import torch.distributed as dist
from models.vqvae import Codebook, VQVAEConfig
dist.init_process_group("gloo")
rank, rng = dist.get_rank(), torch.Generator().manual_seed(5)
torch.manual_seed(rank)  # each draws other rows than its neighbour
batches = torch.randn(4, 2, 60, 4, generator=rng)
made = Codebook(VQVAEConfig(codes=16, width=4, decay=0.6, restart=0.6)).train()
for both in batches:
    before = made.usage.clone(), made.sums.clone(), made.codes
    _, index = made(both[rank])
theirs = [torch.empty(16, 4) for _ in range(2)]
dist.all_gather(theirs, made.sums)
assert theirs[0].equal(theirs[1])
alone = Codebook(VQVAEConfig(codes=16, width=4, decay=0.6, restart=0)).train()
alone.usage.copy_(before[0]), alone.sums.copy_(before[1]), alone.frequencies.fill_(1)
dist.destroy_process_group()
alone(both.flatten(0, 1))
kept = alone.usage >= 0.6
assert 8 < kept.sum() < 16, "some are moved, and to the same place"
torch.testing.assert_close(made.usage[kept], alone.usage[kept])
torch.testing.assert_close(made.codes[kept], alone.codes[kept], atol=1e-5, rtol=1e-4)
"""


@pytest.mark.process
def test_two_processes_keep_one_codebook_which_is_that_of_one_with_both_halves_of_the_batch(tmp_path):
    script = tmp_path / "together.py"
    script.write_text(TOGETHER)
    finish(training("--standalone", "--nproc_per_node=2", script, start=("-m", "torch.distributed.run")))


# ---- the network ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", GRIDS)
def test_tokens_and_pictures_have_their_shapes_and_bounds(side):
    model, x = network(side), pictures(3)
    tokens = model.encode(x)
    assert tokens.shape == (3, side, side)
    assert tokens.dtype == torch.int64
    assert tokens.min() >= 0
    assert tokens.max() < 12
    for drawn in (model.decode(tokens), model.reconstruct(x), model.sample(3)):
        assert drawn.shape == (3, 3, 16, 16)
        assert drawn.abs().max() <= 1
        assert drawn.dtype == torch.float32
    assert model.reconstruct(x).equal(model.decode(tokens))
    assert model.decode(tokens.to(torch.int16)).equal(model.decode(tokens))
    assert model.decode(tokens[:0]).shape == (0, 3, 16, 16) and model.sample(0).shape == (0, 3, 16, 16)


@pytest.mark.parametrize("name, side", [("vqvae", 16), ("vqvae_8", 8)])
def test_the_recipes_make_the_grids_they_say(name, side):
    with torch.device("meta"):
        model = VQVAE(recipes.get(name).CONFIG.model)
    assert model.side == side
    assert model.config.codes == 512
    assert model.config.image_size == 64
    assert f"{side}×{side} tokens" in recipes.get(name).__doc__


@pytest.mark.parametrize("wrong", [dict(widths=(16, 16), blocks=(1,)), dict(image_size=15)])
def test_sizes_that_do_not_fit_are_refused_in_words(wrong):
    with pytest.raises(ValueError, match="must be as many, and image_size .* a multiple of"):
        VQVAE(VQVAEConfig(**SIZES | GRIDS[8] | wrong))


@pytest.mark.parametrize(
    "tokens, says",
    [
        (torch.full((1, 8, 8), 12), "There is no token 12: they go from 0 to 11."),
        (torch.full((1, 8, 8), -1), "There is no token -1"),
        (torch.full((1, 8, 8), 2**62), "There is no token 4611686018427387904"),
        (torch.zeros(8, 8, dtype=torch.long), r"shape \(8, 8\) make no picture: give \(B, 8, 8\)"),
        (torch.zeros(1, 4, 4, dtype=torch.long), r"shape \(1, 4, 4\)"),
        (torch.zeros(1, 64, dtype=torch.long), r"shape \(1, 64\)"),
        (torch.zeros((), dtype=torch.long), r"shape \(\)"),
        (torch.zeros(1, 8, 8), "Tokens are whole numbers, not torch.float32."),
        (torch.zeros(1, 8, 8, dtype=torch.bool), "whole numbers, not torch.bool"),
    ],
)
def test_tokens_that_are_none_are_refused_in_one_sentence(tokens, says):
    with pytest.raises(ValueError, match=says) as refused:
        network().decode(tokens)
    assert is_one_sentence(str(refused.value))


def test_straight_through_is_the_code_with_the_gradient_of_the_identity():
    z, e, back = torch.randn(3, 5, 4, dtype=torch.float64)
    z.requires_grad_(), e.requires_grad_()
    out = straight_through(z, e)
    assert_close(out, e)
    to_z, to_e = torch.autograd.grad(out, (z, e), back, allow_unused=True)
    assert to_z.equal(back) and to_e is None


def test_the_loss_and_its_terms_by_hand():
    model, x = network(commitment=0.7), pictures()
    z = model._vectors(x)
    e = model.codebook.codes[model.encode(x)]
    found = model.loss(x)
    assert_close(found["reconstruction"], (model._draw(e) - x).square().mean().detach(), atol=1e-5, rtol=1e-5)
    assert_close(found["commitment"], (z - e).square().mean().detach())
    assert_close(found["loss"].detach(), found["reconstruction"] + 0.7 * found["commitment"])
    assert_close(found["perplexity"], perplexity(model.encode(x).flatten().bincount(minlength=12)))


def test_commitment_pulls_the_encoder_alone():
    heavy, light, x = network(commitment=1.0), network(commitment=0.0), pictures()
    names = [name for name, _ in heavy.named_parameters()]
    with_it = torch.autograd.grad(heavy.loss(x)["loss"], list(heavy.parameters()))
    without = torch.autograd.grad(light.loss(x)["loss"], list(light.parameters()))
    z = heavy._vectors(x)
    far = (z - heavy.codebook.codes[heavy.encode(x)].detach()).square().mean()
    expected = torch.autograd.grad(far, list(heavy.parameters()), allow_unused=True)
    for name, a, b, pull in zip(names, with_it, without, expected, strict=True):
        before_the_codes = name.startswith(("encoder", "to_code"))
        assert (pull is not None) == before_the_codes, name
        assert_close(a - b, torch.zeros_like(a) if pull is None else pull, atol=1e-5, rtol=1e-3)
    assert not any(True for _ in heavy.codebook.parameters()), "codes follow by averages, not by gradients"


def test_the_decoders_gradient_reaches_the_encoder():
    model, x = network(commitment=0.0), pictures()
    grads = torch.autograd.grad(model.loss(x)["loss"], list(model.encoder.parameters()))
    assert all(g.abs().max() > 0 for g in grads)


def test_evaluation_moves_no_buffer_and_training_does():
    model, x = network(), pictures()
    before = buffers(model)
    model.loss(x), model.encode(x), model.reconstruct(x), model.sample(2)
    assert same(buffers(model), before)
    model.train().encode(x), model.reconstruct(x), model.sample(2)
    assert same(buffers(model), before), "only the loss teaches the codebook"
    model.loss(x)
    assert not same(buffers(model), before)


def test_the_codebook_comes_back_from_a_checkpoint_and_does_not_start_again(tmp_path):
    model = network().train()
    model.loss(pictures(16))
    model.save_pretrained(tmp_path)
    again = VQVAE.from_pretrained(tmp_path)
    assert_close(again.codebook.codes, model.codebook.codes, atol=2e-3, rtol=2e-3)
    assert_close(again.codebook.frequencies, model.codebook.frequencies, atol=1e-6, rtol=1e-3)
    before = again.codebook.codes
    again.train().loss(pictures(16))
    assert (again.codebook.codes - before).abs().max() < 0.2 * before.std()


# ---- counts, and pictures of independent tokens ---------------------------------------------------------------------


def test_perplexity_is_the_number_of_codes_in_even_use():
    assert perplexity(torch.tensor([5, 5, 5, 5, 0, 0])).item() == pytest.approx(4)
    assert perplexity(torch.tensor([0, 7, 0])).item() == pytest.approx(1)
    counts = torch.tensor([1, 2, 3, 10])
    entropy = torch.distributions.Categorical(counts / counts.sum()).entropy()
    assert_close(perplexity(counts), entropy.exp())


def test_an_epochs_perplexity_is_that_of_its_whole_counts():
    batches = torch.tensor([[8, 0, 0, 0], [0, 8, 0, 0], [0, 0, 8, 0], [0, 0, 0, 8]])
    assert perplexity(batches.sum(0)).item() == pytest.approx(4)
    assert sum(perplexity(b).item() for b in batches) / 4 == pytest.approx(1)
    found = measure_tokens(network(), torch.arange(4).repeat_interleave(64).view(4, 8, 8))
    assert found["perplexity"] == pytest.approx(4) and found["used"] == pytest.approx(4 / 12)
    assert found["bits"] == pytest.approx(64 * math.log2(12)) and found["entropy_bits"] == pytest.approx(128)


def test_a_picture_of_the_large_grid_is_2304_bits():
    assert bits(256, 512) == 2304 and bits(64, 512) == 576


def test_independent_tokens_follow_the_measured_frequencies():
    model = network()
    model.codebook.frequencies.copy_(
        torch.tensor([0.5, 0.3, 0.2] + [0.0] * 9) * 0.01
    )  # of a young run: they sum to less than 1
    tokens = model.sample_tokens(400, torch.Generator().manual_seed(0))
    shares = tokens.flatten().bincount(minlength=12) / tokens.numel()
    assert_close(shares, torch.tensor([0.5, 0.3, 0.2] + [0.0] * 9), atol=0.01, rtol=0)
    neighbours = torch.stack([tokens[:, :, :-1].flatten(), tokens[:, :, 1:].flatten()]).float()
    assert abs(torch.corrcoef(neighbours)[0, 1]) < 0.02


def test_an_untrained_model_draws_every_token_alike():
    shares = network().sample_tokens(200, torch.Generator().manual_seed(0)).flatten().bincount(minlength=12) / 12_800
    assert_close(shares, torch.full((12,), 1 / 12), atol=0.02, rtol=0)


def test_the_same_seed_draws_the_same_tokens_and_more_pictures_leave_the_first_as_they_are():
    model = network()

    def draw(count, seed):
        return model.sample_tokens(count, torch.Generator().manual_seed(seed))

    assert draw(3, 7).equal(draw(3, 7))
    assert draw(3, 7).equal(draw(9, 7)[:3])
    assert not draw(3, 7).equal(draw(3, 8))


def test_everything_that_the_table_says_is_measured_on_held_out_pictures(tmp_path, monkeypatch):
    class Evaluator:
        floor = 1.5
        quality = staticmethod(lambda draw: {"frechet": float(len(draw(5, torch.Generator()))), "frechet_std": 0.1})
        distance = staticmethod(lambda pictures: float(len(pictures)))

    held_out = data.load(16, picture_folder(tmp_path, 120)).validation()
    monkeypatch.setattr("training.evaluation.vqvae.evaluator", Evaluator)
    monkeypatch.setattr("training.data.pictures.load", lambda size: data.load_folder(tmp_path, size))
    model = network()
    found = evaluate(model)
    tokens = model.encode(held_out.on())
    assert found["score"] == found["psnr"] == pytest.approx(psnr(held_out.on(), model.decode(tokens).detach()))
    assert found["used"] == pytest.approx(len(tokens.unique()) / 12)
    assert found["reconstruction_frechet"] == len(held_out) > 0
    assert found["samples_frechet"] == 5
    assert found["floor_frechet"] == 1.5
    assert "| vqvae | 8×8 | 12 |" in report({"vqvae": found})


def test_the_table_has_a_row_for_each_grid_that_was_measured():
    row = dict(grid=16, codes=512, used=0.9, perplexity=301.2, bits=2304.0, entropy_bits=2107.0, psnr=24.5, ssim=0.9)
    assert report({}) == "" == report({"ae": {}})
    table = report(
        {"vqvae": row | {"reconstruction_frechet": 12.3, "samples_frechet": 456.7}, "vqvae_8": row | {"grid": 8}}
    )
    assert "| vqvae | 16×16 | 512 | 90.0% | 301 | 2,304 (2,107) | 24.50 | 0.900 | 12.30 | 456.70 |" in table
    assert "| vqvae_8 | 8×8 | 512 | 90.0% | 301 | 2,304 (2,107) | 24.50 | 0.900 |  |  |" in table
    assert len({line.count("|") for line in table.splitlines() if line.startswith("|")}) == 1
