"""The U-Net: what must hold of it whatever its weights."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from models.diffusion import Diffusion, DiffusionConfig
from models.inference import for_inference
from models.unet import Attention, Block, GroupNorm, UNet, UNetConfig

CONFIG = UNetConfig(
    image_size=16, patch=2, width=32, multipliers=(1, 2), blocks=1, attention=(4,), head=16, dropout=0.0, classes=3
)


def awake(network: torch.nn.Module, seed: int = 0) -> torch.nn.Module:
    """The network with its zero layers at random, in eval mode: otherwise everything is 0 = 0."""
    torch.manual_seed(seed)
    for parameter in network.parameters():
        if parameter.abs().max() == 0:
            torch.nn.init.normal_(parameter, std=0.1)
    return network.eval()


@pytest.mark.parametrize("patch, multipliers, blocks", [(1, (1, 2), 1), (2, (1, 2, 2), 2), (4, (1,), 2)])
def test_the_answer_has_the_size_of_the_question(patch, multipliers, blocks):
    network = UNet(
        UNetConfig(image_size=16, patch=patch, width=32, multipliers=multipliers, blocks=blocks, attention=(4,)),
        outputs=6,
    )
    assert network(torch.randn(2, 3, 16, 16), torch.tensor([0, 900])).shape == (2, 6, 16, 16)


def test_a_new_network_answers_zero():
    assert UNet(CONFIG)(torch.randn(2, 3, 16, 16), torch.tensor([0, 900])).abs().max() == 0


def test_a_share_of_the_input_is_added_for_each_step_and_no_channel_but_its_own():
    network = UNet(replace(CONFIG, input_skip=True), outputs=6)
    with torch.no_grad():
        network.input_skip.bias.copy_(torch.tensor([0.0, 0.5, 1.0]))
    x, t = torch.randn(2, 3, 16, 16), torch.tensor([0, 900])
    shared = network(x, t)
    assert_close(shared[:, :3], x * torch.tensor([0.0, 0.5, 1.0])[:, None, None])
    assert shared[:, 3:].abs().max() == 0
    torch.nn.init.normal_(network.input_skip.weight)
    early, late = network(x[:1].expand(2, -1, -1, -1), t)
    assert not torch.allclose(early, late)
    assert_close(for_inference(network, torch.float32)(x, t), network(x, t), atol=1e-5, rtol=1e-4)


def test_every_row_is_answered_alone():
    network = awake(UNet(CONFIG))
    x, t, label = torch.randn(3, 3, 16, 16), torch.tensor([0, 10, 900]), torch.tensor([0, 3, 2])
    alone = torch.cat([network(x[i : i + 1], t[i : i + 1], label[i : i + 1]) for i in range(3)])
    assert_close(network(x, t, label), alone, atol=1e-5, rtol=1e-4)


def test_time_label_extra_and_context_each_change_the_answer():
    network = awake(UNet(CONFIG, context=8))
    x, t = torch.randn(1, 3, 16, 16), torch.tensor([10])
    told = [
        network(x, t),
        network(x, t + 1),
        network(x, t, torch.tensor([1])),
        network(x, t, extra=torch.ones(1, 128)),
        network(x, t, context=torch.randn(1, 5, 8)),
    ]
    assert all((a - b).abs().max() > 1e-6 for i, a in enumerate(told) for b in told[:i])


def test_no_label_is_the_label_none_and_hides_every_class():
    network = awake(UNet(CONFIG))
    x, t = torch.randn(2, 3, 16, 16), torch.tensor([10, 20])
    assert_close(network(x, t), network(x, t, torch.tensor([3, 3])), atol=0, rtol=0)
    network.label.weight.grad = None
    network(x, t, torch.tensor([3, 3])).sum().backward()
    assert network.label.weight.grad[:3].abs().max() == 0 < network.label.weight.grad[3].abs().max()


def test_attention_is_softmax_of_scaled_products():
    layer = awake(Attention(32, head=16))
    x = torch.randn(2, 32, 4, 4)
    q, k, v = layer.qkv(layer.norm(x.flatten(2))).unflatten(1, (3, 2, 16)).unbind(1)  # B heads c T
    weights = torch.einsum("bhct,bhcs->bhts", q, k).div(4).softmax(-1)
    want = layer.out(torch.einsum("bhts,bhcs->bhct", weights, v).flatten(1, 2)).view_as(x) + x
    assert_close(layer(x), want, atol=1e-5, rtol=1e-4)


def test_the_norm_is_scaled_and_shifted_by_what_steers():
    block = awake(Block(32, 32, steer=8, dropout=0.0))
    x, steer = torch.randn(2, 32, 4, 4), torch.randn(2, 8)
    h = F.group_norm(block.conv1(F.silu(block.norm1(x))), 32, block.norm2.weight, block.norm2.bias)
    scale, shift = block.steer(steer).chunk(2, dim=1)
    want = x + block.conv2(F.silu(h * (1 + scale[..., None, None]) + shift[..., None, None]))
    assert_close(block(x, steer), want)


@pytest.mark.parametrize("resample, side", [("down", 4), ("up", 16)])
def test_a_resampling_block_at_the_start_only_resamples(resample, side):
    block, x = Block(32, 32, 8, 0.0, resample), torch.randn(1, 32, 8, 8)
    want = F.avg_pool2d(x, 2) if resample == "down" else F.interpolate(x, scale_factor=2.0)
    assert block(x, torch.randn(1, 8)).shape[-1] == side
    assert_close(block(x, torch.randn(1, 8)), want)


def test_every_parameter_learns():
    network = awake(UNet(CONFIG, context=8)).train()
    network(
        torch.randn(4, 3, 16, 16), torch.arange(4), torch.arange(4), torch.randn(4, 128), torch.randn(4, 5, 8)
    ).square().mean().backward()
    still = [name for name, p in network.named_parameters() if p.grad is None or p.grad.abs().max() == 0]
    assert not still


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_norm_and_its_gradients_are_those_of_pytorch_in_either_layout(layout):
    torch.manual_seed(0)
    x, down = torch.randn(3, 16, 4, 4).contiguous(memory_format=layout).requires_grad_(), torch.randn(3, 16, 4, 4)
    ours, theirs = GroupNorm(8, 16), torch.nn.GroupNorm(8, 16)
    for layer in (ours, theirs):
        torch.nn.init.normal_(layer.weight, generator=torch.Generator().manual_seed(1))
        torch.nn.init.normal_(layer.bias, generator=torch.Generator().manual_seed(2))
    found, want = ours(x), theirs(x)
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert_close(found, want)
    assert_close(
        torch.autograd.grad((found * down).sum(), (x, ours.weight, ours.bias)),
        torch.autograd.grad((want * down).sum(), (x, theirs.weight, theirs.bias)),
        atol=1e-5,
        rtol=1e-4,
    )


def test_a_scaled_and_shifted_norm_has_the_gradients_of_the_formula():
    torch.manual_seed(0)
    layer, down = GroupNorm(8, 16), torch.randn(3, 16, 4, 4)
    inputs = [
        torch.randn(3, 16, 4, 4, requires_grad=True),
        torch.randn(3, 16, requires_grad=True),
        torch.randn(3, 16, requires_grad=True),
        torch.nn.init.normal_(layer.weight),
        torch.nn.init.normal_(layer.bias),
    ]
    x, scale, shift, weight, bias = inputs
    found = layer(x, scale, shift)
    want = F.group_norm(x, 8, weight, bias) * (1 + scale[..., None, None]) + shift[..., None, None]
    assert_close(found, want)
    assert_close(
        torch.autograd.grad((found * down).sum(), inputs),
        torch.autograd.grad((want * down).sum(), inputs),
        atol=1e-4,
        rtol=1e-4,
    )


def test_under_autocast_the_norm_counts_in_float32():
    layer, x = GroupNorm(8, 16), torch.randn(3, 16, 4, 4).bfloat16()
    scale, shift = torch.randn(3, 16).bfloat16(), torch.randn(3, 16).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        found = layer(x, scale, shift)
    exact = F.group_norm(x.double(), 8) * (1 + scale.double()[..., None, None]) + shift.double()[..., None, None]
    assert_close(found, exact.bfloat16(), atol=1e-6, rtol=2**-7)  # one rounding, at the end


@pytest.mark.parametrize("rows", [1, 3])
def test_the_copy_for_inference_answers_as_the_network_does(rows):
    network = awake(UNet(CONFIG, context=8)).to(memory_format=torch.channels_last)
    asked = (
        torch.randn(rows, 3, 16, 16),
        torch.tensor([0, 10, 900])[:rows],
        torch.tensor([0, 3, 2])[:rows],
        torch.randn(rows, 128),
        torch.randn(rows, 5, 8),
    )
    with torch.inference_mode():
        exact = network(*asked)
        with torch.autocast("cpu", torch.bfloat16):
            plain, found = network(*asked), for_inference(network)(*asked)
    assert found.shape == exact.shape
    assert_close(found, plain, atol=0.02, rtol=0.05)
    assert (found - exact).norm() < 0.03 * exact.norm()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_copy_for_inference_answers_a_row_the_same_in_any_company(dtype):
    config = UNetConfig(image_size=16, width=64, multipliers=(1, 2), blocks=1, attention=(4,), head=32)
    network = for_inference(awake(UNet(config, context=48)).to(memory_format=torch.channels_last), dtype)
    x, t, extra, context = torch.randn(20, 3, 16, 16), torch.arange(20), torch.randn(20, 256), torch.randn(20, 36, 48)

    def answer(rows: slice) -> torch.Tensor:
        asked = (one[rows] for one in (t, extra, context))
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
            at, told, said = asked
            return network(x[rows], at, extra=told, context=said)

    whole = answer(slice(20))
    for first, rows in ((0, 1), (7, 1), (3, 2), (5, 3), (0, 8), (2, 12)):
        assert answer(slice(first, first + rows)).equal(whole[first : first + rows])


def test_the_copy_for_inference_leaves_the_network_as_it_was():
    network = awake(UNet(CONFIG)).train()
    before, kinds = {k: v.clone() for k, v in network.state_dict().items()}, [type(m) for m in network.modules()]
    copy = for_inference(network)
    assert not copy.training
    assert network.training
    assert all(p.requires_grad for p in network.parameters())
    assert kinds == [type(m) for m in network.modules()]
    assert_close(network.state_dict(), before, atol=0, rtol=0)


def test_a_whole_model_keeps_its_process_and_its_samples_in_the_copy_for_inference():
    model = Diffusion(DiffusionConfig(image_size=16, width=32, multipliers=(1, 2), blocks=1, head=16, steps=50))
    awake(model)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        want, found = (m.sample(2, torch.Generator().manual_seed(0), steps=5) for m in (model, for_inference(model)))
    assert_close(found, want, atol=0.1, rtol=0)
