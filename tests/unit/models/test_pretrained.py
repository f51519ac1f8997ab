"""Checkpoint folders: what is saved is loaded, and whatever is no checkpoint is refused in one sentence."""

import dataclasses
import json
import os
import pickle
import subprocess
import sys

import pytest
import torch
from torch.testing import assert_close

from models.ar_prior import ARPrior
from models.autoencoder import AE, DAE, VAE, AEConfig, BetaLadder, BetaLadderConfig, DAEConfig, VAEConfig
from models.classifier import Classifier
from models.clip import CLIP
from models.dalle import DALLE
from models.diffusion import Diffusion
from models.gan import GAN
from models.judge import Judge, JudgeConfig
from models.pca import PCA, PCAConfig
from models.pretrained import CheckpointError
from models.prior import DiffusionPrior
from models.upsampler import Upsampler
from tests.helpers import ROOT, is_one_sentence

SIZES = dict(image_size=16, patch=2, widths=(8, 16), blocks=(1, 1), latent=4)
CASES = [
    (AE, AEConfig(**SIZES)),
    (AE, AEConfig(**SIZES, hidden=8)),
    (DAE, DAEConfig(**SIZES, strongest=0.5)),
    (VAE, VAEConfig(**SIZES, beta=2.0)),
    (BetaLadder, BetaLadderConfig(**SIZES, betas=(0.0, 1.0))),
    (PCA, PCAConfig(image_size=16, latent=3)),
    (Judge, JudgeConfig(image_size=16, concepts=5, widths=(8, 16), features=4)),
]


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(0)
    AE(AEConfig(**SIZES)).save_pretrained(tmp_path / "ae")
    return tmp_path / "ae"


def refused(folder, network=AE) -> str:
    with pytest.raises(CheckpointError) as error:
        network.from_pretrained(folder)
    assert is_one_sentence(str(error.value))
    return str(error.value)


@pytest.mark.parametrize("network, config", CASES, ids=lambda c: getattr(c, "__name__", ""))
def test_a_saved_model_comes_back_with_its_config_and_its_weights_to_half_precision(network, config, tmp_path):
    torch.manual_seed(0)
    model = network(config)
    model.save_pretrained(tmp_path / "it")
    back = network.from_pretrained(tmp_path / "it")
    assert back.config == config and type(back.config) is type(config)
    assert not back.training and back.device.type == "cpu"
    saved, loaded = model.state_dict(), back.state_dict()
    assert saved.keys() == loaded.keys()
    for name, value in loaded.items():
        counter = not saved[name].is_floating_point()  # a batch norm counts its batches
        assert value.dtype == (saved[name].dtype if counter else torch.float32)
        assert value.equal(saved[name] if counter else saved[name].half().float()), name


def test_saving_again_changes_nothing(folder, tmp_path):
    AE.from_pretrained(folder).save_pretrained(tmp_path / "again")
    for name in ("model.safetensors", "config.json"):
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_the_config_is_readable_json_with_every_field(folder):
    assert json.loads((folder / "config.json").read_text()) == json.loads(
        json.dumps(dataclasses.asdict(AEConfig(**SIZES)))
    )


def test_saving_leaves_the_model_as_it_was(tmp_path):
    model = AE(AEConfig(**SIZES)).train()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    model.save_pretrained(tmp_path / "it")
    assert model.training and all(v.equal(before[k]) for k, v in model.state_dict().items())


@pytest.mark.parametrize("network, config", CASES[2:], ids=lambda c: getattr(c, "__name__", ""))
def test_the_checkpoint_of_another_model_is_refused(folder, tmp_path, network, config):
    if network is not DAE:  # a denoiser is an autoencoder, weight for weight
        assert network.__name__ in refused(folder, network)
        network(config).save_pretrained(tmp_path / "other")
        assert "is not a AE" in refused(tmp_path / "other")


@pytest.mark.parametrize("keep", [0, 5, 100, 0.5, 0.99])
def test_a_truncated_checkpoint_is_refused(folder, keep):
    file = folder / "model.safetensors"
    whole = file.read_bytes()
    file.write_bytes(whole[: keep if isinstance(keep, int) else int(keep * len(whole))])
    assert "damaged" in refused(folder)


def test_a_checkpoint_of_noise_is_refused(folder):
    (folder / "model.safetensors").write_bytes(os.urandom(10_000))
    assert "damaged" in refused(folder)


class Bomb:
    def __reduce__(self):
        return os.system, ("touch it-ran",)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_a_pickle_is_refused_and_never_run(folder, name, monkeypatch):
    monkeypatch.chdir(folder.parent)
    (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(pickle.dumps(Bomb()))
    refused(folder)
    assert not (folder.parent / "it-ran").exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        "null",
        '"x"',
        "{}",
        "\x00\x01",
        '{"latent": "abc"}',
        '{"latent": -3}',
        '{"patch": 0}',
        '{"widths": []}',
        '{"widths": 5}',
        '{"image_size": null}',
        '{"blocks": [1]}',
    ],
)
def test_a_broken_config_is_refused(folder, text):
    (folder / "config.json").write_text(text)
    refused(folder)


def test_a_config_that_is_no_text_is_refused(folder):
    (folder / "config.json").write_bytes(b"\xff\xfe\x00{}")
    refused(folder)


def test_a_missing_config_is_refused(folder):
    (folder / "config.json").unlink()
    refused(folder)


@pytest.mark.parametrize("place", ["nothing", "no/such/parent/ae", "file/ae", "empty"])
def test_a_missing_folder_is_named(tmp_path, place):
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    assert "missing" in refused(tmp_path / place) and place.split("/")[-1] in refused(tmp_path / place)


OFFLINE = """
import sys
from models.autoencoder import AE
from models.pretrained import CheckpointError
from models.prior import DiffusionPrior
from models.upsampler import Upsampler
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        print(event, args)
sys.addaudithook(watch)
for name in ("assets/no-such-model", "/no/such/folder", "no/such/folder", "./assets/nothing", "../nothing"):
    try:
        AE.from_pretrained(name)
    except CheckpointError as error:
        assert "missing" in str(error), error
"""


@pytest.mark.process
def test_a_missing_local_folder_never_asks_the_network():
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        env={k: v for k, v in os.environ.items() if k != "HF_HUB_OFFLINE"} | {"OMP_NUM_THREADS": "1"},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(p.parent.name for p in (ROOT / "assets").glob("*/model.safetensors")))
def test_every_shipped_checkpoint_loads_by_its_recipe_and_draws(name):
    from training import recipes

    model = recipes.get(name).MODEL.from_pretrained(ROOT / "assets" / name)
    assert all(v.isfinite().all() for v in model.state_dict().values())
    if not isinstance(
        model, Judge | CLIP | Classifier | DiffusionPrior | ARPrior | Upsampler | DALLE
    ):  # these draw no picture from nothing
        few = {"steps": 5} if isinstance(model, Diffusion) else {}
        drawn, again = (model.sample(2, torch.Generator().manual_seed(0), **few) for _ in range(2))
        side = 32 if isinstance(model, Diffusion | GAN) else 64
        assert drawn.shape[1:] == (3, side, side)
        assert drawn.abs().max() <= 1
        assert_close(drawn, again, atol=1e-5, rtol=1e-5)
