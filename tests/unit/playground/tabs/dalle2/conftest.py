"""The stages of DALL·E 2, those that ship and new ones where one does not, for the tests of the tab."""

import pytest
import torch

from models.ar_prior import ARPrior, ARPriorConfig
from models.clip import CLIP
from models.consistency import Consistency, ConsistencyConfig
from models.prior import DiffusionPrior, DiffusionPriorConfig
from models.upsampler import Upsampler, UpsamplerConfig
from playground.images.atlas import concept_name
from playground.serving import checkpoints
from tests.helpers import link_assets, opened

FAST = ConsistencyConfig(width=32, multipliers=(1, 2), blocks=1, head=16)
NEW = {
    "prior": lambda: DiffusionPrior(DiffusionPriorConfig(layers=1)),
    "ar_prior": lambda: ARPrior(ARPriorConfig(layers=1, components=8)),
    "glide_fast": lambda: Consistency(FAST, CLIP.from_pretrained(checkpoints.assets() / "clip").tokenizer),
    "upsampler": lambda: Upsampler(UpsamplerConfig(width=32, multipliers=(1, 2), blocks=1)),
    "upsampler_128": lambda: Upsampler(UpsamplerConfig(image_size=128, width=32, multipliers=(1, 2), blocks=1)),
}


@pytest.fixture(scope="session")
def staged(assets, tmp_path_factory):
    """The assets with all stages."""
    folder = tmp_path_factory.mktemp("staged")
    link_assets(assets, folder)
    for stage, make in NEW.items():
        if not (folder / stage / "model.safetensors").exists():
            torch.manual_seed(0)
            make().save_pretrained(folder / stage)
    return folder


@pytest.fixture
def x(staged, monkeypatch):
    return opened(staged, monkeypatch)


@pytest.fixture
def words(x) -> str:
    return concept_name(0)["en"]
