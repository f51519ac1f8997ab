"""The examples of the documents run as they stand."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.helpers import ROOT

TIME = 250  # seconds a process may take
SMALL = ["--pictures=640", "--batch=32", "--warmup=64", "--device=cpu"]  # seconds of training
SERVED = """
from playground import build, discovery, tabs
from playground.images import specimen
from playground.tabs.mean import average
assert "mean" in map(discovery.name_of, discovery.find(tabs))
assert "mean_average" in {one.api_name for one in build().fns.values()}
(row,) = average.average(specimen.tensor(None))["rows"]
assert [figure["src"][:11] for figure in row["figures"]] == ["data:image/"] * 2
"""


def document(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def run(*command: str | Path, cwd: Path, code: Path = ROOT) -> None:
    """A Python process in `cwd` with the code of a checkout; it must end well and say nothing on its errors' stream."""
    environment = os.environ | {"PYTHONPATH": str(code), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, *command], cwd=cwd, env=environment, capture_output=True, text=True, timeout=TIME
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_example_of_the_readme_draws_a_picture(tmp_path):
    if not (ROOT / "assets" / "glide" / "model.safetensors").exists():
        pytest.skip("the checkpoints do not ship here")
    (example,) = re.findall(r"^```python\n(.*?)^```", document("README.md"), re.S | re.M)
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    run("-c", example, cwd=tmp_path)
    drawn = Image.open(tmp_path / "strawberry.png")
    assert drawn.size == (256, 256) and len(drawn.getcolors(256 * 256)) > 100


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A checkout in which somebody has followed the guide: "Add a model", "Add a tab", "Add a panel"."""
    folder = tmp_path_factory.mktemp("copy")
    for part in ("models", "training", "playground"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "assets").mkdir()
    for shipped in (ROOT / "assets").iterdir():
        (folder / "assets" / shipped.name).symlink_to(shipped)
    guide = document("CONTRIBUTING.md")
    for name, code in re.findall(r"^`([\w/]+\.py)`:\n\n```python\n(.*?)^```", guide, re.S | re.M):
        assert not (folder / name).exists()
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(code, "utf-8")
    for language, texts in zip(("en", "zh"), re.findall(r"^```json\n(.*?)^```", guide, re.S | re.M), strict=True):
        path = folder / "playground" / "locales" / f"{language}.json"
        path.write_text(
            json.dumps(json.loads(path.read_text("utf-8")) | json.loads(texts), ensure_ascii=False), "utf-8"
        )
    return folder


def test_the_model_of_the_guide_is_trained_and_shown(copy):
    run("-m", "training", "mean", *SMALL, cwd=copy, code=copy)
    shutil.copytree(copy / "runs" / "mean" / "model", copy / "assets" / "mean")
    run("-c", SERVED, cwd=copy, code=copy)


def test_the_code_of_the_guide_passes_the_checks(copy):
    new = [copy / name for name in ("models/mean.py", "training/recipes/mean.py", "playground/tabs/mean")]
    shutil.copyfile(ROOT / "pyproject.toml", copy / "pyproject.toml")
    for check in (["check"], ["format", "--check"]):
        run("-m", "ruff", *check, "--no-cache", *new, cwd=copy, code=copy)
