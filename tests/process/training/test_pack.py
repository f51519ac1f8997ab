"""The archive for a GPU: small, complete, and rehearsed from its own files."""

import os
import subprocess
import sys
import tarfile

import pytest
import torch

from models.clip import CLIP
from models.glide import GLIDE
from tests.helpers import picture_folder
from training import chain, pack
from training.data.prefetch import Prefetched


class Counted:
    """Batches whose plan is the step and whose batch is its square."""

    def plan(self, step: int) -> tuple[int]:
        return (step,)

    def make(self, plan: tuple[int]) -> int:
        return plan[0] ** 2


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_planned_ahead_are_those_of_their_steps(workers):
    batches = Prefetched(Counted(), workers)
    assert [batches(step) for step in (0, 1, 2, 7, 8, 3)] == [0, 1, 4, 49, 64, 9]


def test_a_large_file_is_handed_over_in_parts_that_join_to_it(tmp_path, monkeypatch):
    monkeypatch.setattr(chain, "PART", 10)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "large").write_bytes(bytes(range(25)))
    (tmp_path / "model" / "small").write_bytes(b"1234567890")
    chain.hand_over(tmp_path / "model", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["large.00", "large.01", "large.02", "small"]
    parts = [(tmp_path / "out" / f"large.{i:02}").read_bytes() for i in range(3)]
    assert b"".join(parts) == bytes(range(25)) and (tmp_path / "out" / "small").read_bytes() == b"1234567890"


@pytest.mark.process
def test_the_archive_is_small_holds_no_unseen_style_and_trains_the_chain_by_itself(tmp_path):
    assert pack.pack(tmp_path / "road.tar") < 60 * 2**20
    with tarfile.open(tmp_path / "road.tar") as archive:
        names = set(archive.getnames())
        archive.extractall(tmp_path / "there", filter="data")
    assert {"assets/emoji/table.json", "assets/emoji/CREDITS.md", "assets/clip/model.safetensors"} <= names
    assert "assets/emoji/openmoji.webp" not in names
    pictures = picture_folder(tmp_path / "pictures", 24, 16)
    command = [sys.executable, "-m", "training.chain", "--tiny", "--minutes=0.05", f"--out={tmp_path / 'weights'}"]
    done = subprocess.run(
        [*command, f"--data={pictures}", "--workers=0"],
        cwd=tmp_path / "there",
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert {path.name for path in (tmp_path / "weights").iterdir()} == {*chain.SHARES, "runs"}
    reader, clip = (
        GLIDE.from_pretrained(tmp_path / "weights" / "glide"),
        CLIP.from_pretrained(tmp_path / "weights" / "clip"),
    )
    assert reader.config.embedding == clip.config.embedding
    assert all(torch.isfinite(value).all() for value in reader.state_dict().values())
