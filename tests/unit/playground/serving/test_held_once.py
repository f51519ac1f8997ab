"""Weights are in memory once, and under PLAYGROUND_MEMORY only as long as there is room."""

import gc

import pytest
import torch
from torch.testing import assert_close

from playground.serving import checkpoints, device, sampling
from playground.tabs.gan import networks
from tests.panels import forget_checkpoints


@pytest.fixture
def fresh(playground):
    forget_checkpoints()
    yield
    forget_checkpoints()


@pytest.fixture
def scarce(fresh, monkeypatch):
    """There is no room, and nothing stays for having been asked for just now."""
    monkeypatch.setenv("PLAYGROUND_MEMORY", "1")
    monkeypatch.setattr(checkpoints, "RECENT", 0.0)


def living(name: str) -> int:
    """How many networks of a checkpoint's kind and config are in memory."""
    gc.collect()
    kind = checkpoints.load(name)
    return sum(type(one) is type(kind) and one.config == kind.config for one in gc.get_objects())


def drawn() -> list[torch.Tensor]:
    z = torch.randn(2, checkpoints.load("ae").config.latent, generator=torch.Generator().manual_seed(5))
    return [device.run(checkpoints.load(name).decode, z) for name in ("ae", "vae", "dae")]


def test_a_checkpoint_is_held_once_whoever_asks_for_it(fresh):
    assert sampling.model("ddpm") is checkpoints.load("ddpm") and living("ddpm") == 1


def test_with_little_memory_the_least_recently_used_are_let_go_and_pictures_are_the_same(fresh, monkeypatch):
    before = drawn()
    assert set(checkpoints._models) == {"ae", "vae", "dae"}
    forget_checkpoints()
    monkeypatch.setenv("PLAYGROUND_MEMORY", "1")
    monkeypatch.setattr(checkpoints, "RECENT", 0.0)
    for one, other in zip(before, drawn(), strict=True):
        assert_close(other, one, rtol=0, atol=0)
    assert list(checkpoints._models) == ["dae"]


def test_what_was_asked_for_just_now_stays_and_the_rest_is_let_go_in_time(fresh, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_MEMORY", "1")
    drawn()
    checkpoints.relieve()
    assert set(checkpoints._models) == {"ae", "vae", "dae"}
    monkeypatch.setattr(checkpoints, "RECENT", 0.0)
    checkpoints.relieve()
    assert not checkpoints._models


def test_what_somebody_holds_is_not_loaded_a_second_time(scarce):
    held = checkpoints.load("ae")
    checkpoints.load("vae")
    assert "ae" not in checkpoints._models and checkpoints.load("ae") is held


def test_a_network_of_the_engine_may_be_let_go_between_two_calls(scarce):
    name = sampling.ready("ddpm")
    network = sampling.engine().networks[name]
    x, t, _ = checkpoints.load("ddpm").probe(1)
    first = network(x, t, [None])
    checkpoints.load("ae")
    gc.collect()
    assert "ddpm" not in checkpoints._models
    assert_close(network(x, t, [None]), first, rtol=0, atol=0)


def test_earlier_stages_of_a_gan_share_all_but_the_generator(fresh):
    now, then = networks.network(networks.RUNS[0]), networks.network(networks.RUNS[0], 0)
    assert then is not now and then.discriminator is now.discriminator and then.memory is now.memory
    assert not torch.equal(*(next(model.generator.parameters()) for model in (now, then)))
