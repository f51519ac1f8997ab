"""A disk that is really full: a file system of one megabyte."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from models.pretrained import write_tensors
from playground.serving.classroom import Classroom
from playground.shell.refusals import Unanswered

FILLER = "filler"


@pytest.fixture
def disk():
    """One megabyte."""
    folder = Path(tempfile.mkdtemp())
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("only root may mount a file system")
    yield folder
    subprocess.run(["umount", folder], check=True)
    folder.rmdir()


def fill(disk: Path) -> None:
    with (disk / FILLER).open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(bytes(4096))
    assert shutil.disk_usage(disk).free == 0


def test_weights_that_find_no_room_leave_the_old_ones_whole(disk):
    file, old = disk / "model.safetensors", {"w": torch.arange(50_000.0)}
    write_tensors(file, old)
    fill(disk)
    with pytest.raises(Exception, match="No space"):
        write_tensors(file, {"w": torch.zeros(50_000)})
    assert load_file(file)["w"].equal(old["w"]) and {one.name for one in disk.iterdir()} == {file.name, FILLER}
    (disk / FILLER).unlink()
    write_tensors(file, {"w": torch.zeros(50_000)})
    assert not load_file(file)["w"].any()


def test_a_class_is_told_that_its_file_has_no_room_and_goes_on_when_there_is(disk):
    room = Classroom(disk / "classes.db")
    held = room.open()
    fill(disk)
    with pytest.raises(Unanswered) as told:
        for _ in range(2000):  # until what the file still holds in itself is used up
            room.join(held["code"])
    assert (told.value.status, told.value.key) == (503, "class.unavailable")
    (disk / FILLER).unlink()
    assert room.join(held["code"])["phone"] and room.state(held["code"])["phones"] > 0
