"""Checkpoints on the Hub, by its own client against a stub of the Hub; local names, which never ask it; precisions."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from models.autoencoder import AE, VAE
from models.clip import CLIP
from models.pretrained import write_tensors
from models.prior import TextFeatures
from models.tokenizer import Tokenizer
from tests.helpers import ROOT, is_one_sentence
from tests.hub import Hub
from training import recipes

WORDS = ["a red cat", "the cat and the dog", "a dog", "a blue dog"]


@pytest.fixture
def hub():
    hub = Hub()
    yield hub
    hub.shutdown()
    hub.server_close()


def new(name: str):
    """A recipe's tiny network with random weights and, where it reads, a tokenizer."""
    torch.manual_seed(0)
    recipe = recipes.get(name)
    config = recipe.TINY.model
    tokens = (Tokenizer.train(WORDS, config.vocab, config.context),) if name in ("clip", "glide", "dalle") else ()
    model = recipe.MODEL(config, *tokens)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.05)  # some begin at zero
    return model.eval()


def python(code: str, cwd: Path, hub: Hub | None = None, **environment: str) -> subprocess.CompletedProcess:
    """Runs code in a process of its own, whose Hub is the stub, or this machine's closed port 9."""
    given = {k: v for k, v in os.environ.items() if k not in ("HF_HUB_OFFLINE", "HF_TOKEN")}
    given |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "HF_HOME": str(cwd / "home"), "HF_TOKEN": "hf_stub"}
    given |= {"HF_ENDPOINT": hub.url if hub else "http://127.0.0.1:9", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=given | environment, capture_output=True, text=True, timeout=240
    )


THERE = """
import sys, torch
from models.autoencoder import AE
from models.clip import CLIP
from models.dalle import DALLE
from models.glide import GLIDE
from models.pretrained import CheckpointError
for kind, name in ((AE, "ae"), (CLIP, "clip"), (GLIDE, "glide"), (DALLE, "dalle")):
    kind.from_pretrained(f"here/{name}").push_to_hub(f"somebody/{name}")
AE.from_pretrained("here/ae").save_pretrained("again", push_to_hub=True, repo_id="somebody/again")
for kind, name in ((AE, "ae"), (AE, "again"), (CLIP, "clip"), (GLIDE, "glide"), (DALLE, "dalle")):
    back, there = kind.from_pretrained(f"somebody/{name}"), kind.from_pretrained(f"here/{name.replace('again', 'ae')}")
    assert back.config == there.config, name
    assert all(v.equal(there.state_dict()[k]) for k, v in back.state_dict().items()), name
    if kind is not AE:
        assert back.tokenizer("the red dog".split()).equal(there.tokenizer("the red dog".split())), name
    if kind is CLIP:
        assert back.taught == there.taught == {"zorblify"}
for name in ("somebody/nothing", "somebody/pickled"):
    try:
        AE.from_pretrained(name)
    except CheckpointError as error:
        print(error)
"""


def test_what_is_pushed_to_the_hub_comes_back_whole_with_its_tokenizer(hub, tmp_path):
    for name in ("ae", "clip", "glide", "dalle"):
        model = new(name)
        if isinstance(model, CLIP):
            model.taught = frozenset({"zorblify"})
        model.save_pretrained(tmp_path / "here" / name)
    hub.files["somebody/pickled"] = {"config.json": b"{}", "pytorch_model.bin": b"\x80\x04"}
    done = python(THERE, tmp_path, hub)
    assert done.returncode == 0, done.stderr[-2000:]
    nothing, pickled = done.stdout.splitlines()
    assert is_one_sentence(nothing) and "somebody/nothing cannot be read from the Hub" in nothing
    assert is_one_sentence(pickled) and "no model.safetensors" in pickled
    assert not any("pytorch_model.bin" in line for line in hub.asked)
    assert {"config.json", "model.safetensors", "tokenizer.json", "taught.txt"} <= set(hub.files["somebody/clip"])
    assert set(json.loads(hub.files["somebody/ae"]["config.json"])) == set(vars(new("ae").config))


ELSEWHERE = """
from models.autoencoder import VAE
from models.pretrained import CheckpointError
from models.unclip import TextToImage
try:
    print(VAE.from_pretrained("assets/vae").config.latent)
except CheckpointError as error:
    print(error)
for name in ("assets/no-such-vae", "runs/nothing/model", "runs/nothing", "~/nothing", "~nobody-here/x"):
    try:
        VAE.from_pretrained(name)
    except CheckpointError as error:
        print(error)
try:
    TextToImage.from_pretrained("assets")
except CheckpointError as error:
    print(error)
"""


def test_local_names_are_those_of_the_repository_from_any_folder_and_never_ask_the_hub(hub, tmp_path):
    found, *refused = python(ELSEWHERE, tmp_path, hub).stdout.splitlines()
    shipped = ROOT / "assets" / "vae"
    if (shipped / "model.safetensors").exists():
        assert found == str(json.loads((shipped / "config.json").read_text())["latent"])
    else:
        assert "vae is missing" in found
    assert len(refused) >= 5 and all(is_one_sentence(line) for line in refused)
    assert all("missing" in line for line in refused[:4]) and "nobody" in refused[4]
    assert hub.asked == []


def test_a_folder_here_comes_before_one_of_the_repository(tmp_path, monkeypatch):
    new("vae").save_pretrained(tmp_path / "assets" / "vae")
    monkeypatch.chdir(tmp_path)
    assert VAE.from_pretrained("assets/vae").config == new("vae").config


def test_a_hub_that_cannot_be_reached_is_one_sentence(tmp_path):
    code = "from models.autoencoder import AE\nAE.from_pretrained('somebody/ae')"
    done = python(code, tmp_path)
    last = done.stderr.strip().splitlines()[-1]
    assert "CheckpointError: The checkpoint somebody/ae cannot be read from the Hub (" in last and last.endswith(").")


# ---- precisions -----------------------------------------------------------------------------------------------------


def answer(name: str, model, rng: torch.Generator) -> torch.Tensor:
    """What a network gives for fixed input."""
    config = model.config
    side = getattr(config, "image_size", 1)
    x = torch.randn(2, 3, side, side, generator=rng)
    t = torch.tensor([3, 7])
    if name == "clip":
        return torch.cat([model.encode_image(x), model.encode_text(model.tokenizer(WORDS[:2]))])
    if name == "glide":
        return model(x, t, model.encode(model.tokenizer(WORDS[:2])))
    if name == "dalle":
        tokens, codes = model.tokenizer(WORDS[:2]), torch.arange(2 * config.grid**2).view(2, -1) % config.codes
        return torch.cat([part.flatten() for part in model(tokens, codes)])
    if name == "classifier":
        return torch.cat([*model(x, t).values()], 1)
    if name == "judge":
        return torch.cat([*model(x)], 1)
    if name in ("prior", "ar_prior"):
        tokens = torch.randn(1, config.context, config.text_width, generator=rng)
        vector = torch.nn.functional.normalize(torch.randn(1, config.embedding, generator=rng), dim=1)
        said = TextFeatures(tokens, torch.tensor([4]), vector)
        return model.sample(said, said, [1])
    if name == "upsampler":
        return model(x, t, x[..., : side // 2, : side // 2])
    if name == "gan":
        return model.sample(2, torch.Generator().manual_seed(0))
    return model(x, t) if name == "ddpm" else model.reconstruct(x)


NAMES = ["ae", "vae", "vqvae", "gan", "ddpm", "classifier", "clip", "glide", "dalle", "judge", "prior", "ar_prior"]
NAMES += ["upsampler"]


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_a_network_in_half_precision_answers_nearly_as_in_float32(name):
    exact = answer(name, new(name), torch.Generator().manual_seed(1)).float()
    for low in (torch.float16, torch.bfloat16):
        model = new(name).to(low)
        assert any(parameter.dtype == low for parameter in model.parameters())
        found = answer(name, model, torch.Generator().manual_seed(1))
        assert found.dtype == torch.float32 and found.isfinite().all()
        if name not in ("vqvae", "ar_prior"):  # a code that is as near as another may change
            assert (found - exact).norm() < 0.05 * exact.norm(), (low, (found - exact).norm() / exact.norm())


@pytest.mark.parametrize("wanted", [torch.float16, "float16", torch.bfloat16, "torch.bfloat16", torch.float32, None])
def test_the_precision_that_is_asked_for_is_had(tmp_path, wanted):
    new("ae").save_pretrained(tmp_path / "ae")
    model = AE.from_pretrained(tmp_path / "ae", torch_dtype=wanted)
    assert str(model.to_code.weight.dtype).removeprefix("torch.") == str(wanted or "float32").removeprefix("torch.")
    assert model.sample(1).dtype == torch.float32


@pytest.mark.parametrize("wanted", ["int8", torch.float64, "auto", 16])
def test_a_precision_that_no_network_runs_in_is_refused(tmp_path, wanted):
    new("ae").save_pretrained(tmp_path / "ae")
    with pytest.raises(ValueError, match="choose one of float32, float16, bfloat16"):
        AE.from_pretrained(tmp_path / "ae", torch_dtype=wanted)
    with pytest.raises(TypeError, match="dtipe"):
        AE.from_pretrained(tmp_path / "ae", dtipe="float16")


def test_a_network_that_was_in_half_precision_is_saved_and_trained_as_any(tmp_path):
    model = new("ae").half()
    model.save_pretrained(tmp_path / "half")
    new("ae").save_pretrained(tmp_path / "whole")
    files = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("half", "whole")]
    assert files[0] == files[1]
    loss = model.float().train().loss(torch.rand(2, 3, 16, 16))["loss"]
    loss.backward()
    assert all(p.grad is not None and p.grad.dtype == torch.float32 for p in model.parameters())


# ---- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mask, mode", [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_weights_are_readable_for_whom_the_umask_says(tmp_path, mask, mode):
    (tmp_path / "ae").mkdir()
    save_file({"x": torch.zeros(1)}, tmp_path / "ae" / "model.safetensors")  # an old file, for its owner alone
    before = os.umask(mask)
    try:
        new("ae").save_pretrained(tmp_path / "ae")
        write_tensors(tmp_path / "table.safetensors", {"x": torch.arange(3)}, {"stamp": "1"})
    finally:
        os.umask(before)
    for file in ("ae/model.safetensors", "ae/config.json", "table.safetensors"):
        assert stat.S_IMODE((tmp_path / file).stat().st_mode) == mode, file
    assert not list(tmp_path.rglob("*.partial"))
