"""The examples of the documents run as they stand."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gradio_client import Client
from PIL import Image

from tests.helpers import ROOT, picture

TIME = 250  # seconds a process may take
SMALL = ["--pictures=2560", "--batch=32", "--warmup=64", "--lr=0.1", "--ema=256", "--device=cpu"]  # seconds of training


def document(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def run(*command: str | Path, cwd: Path, code: Path = ROOT, **variables: str) -> None:
    """A Python process in `cwd` with the code of a checkout; it must end well."""
    environment = os.environ | {"PYTHONPATH": str(code), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"} | variables
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


def cells(name: str) -> str:
    """The code of a notebook, cell after cell."""
    found = json.loads(document(f"docs/examples/{name}.ipynb"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in found if cell["cell_type"] == "code")


def test_the_examples_of_the_api_save_a_picture_and_run_to_their_end(app_url, tmp_path):
    asked = [ROOT / "docs" / "examples" / "client.py", "a blue house", "house.png"]
    run(*asked, cwd=tmp_path, PLAYGROUND_URL=app_url)
    with Image.open(tmp_path / "house.png") as house:
        assert house.size == (64, 64)
    run("-c", cells("client") + "\nassert sheet.size == (384, 64)", cwd=tmp_path, PLAYGROUND_URL=app_url)


def test_the_notebook_trains_a_model_and_draws_with_it(tmp_path):
    run("-c", cells("train") + "\nassert x.isfinite().all()", cwd=ROOT, MINUTES="0.1", RUNS=str(tmp_path))


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A checkout in which somebody has followed the guide: "Add a model", "Add a tab", "Add a panel"."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copyfile(ROOT / "app.py", folder / "app.py")
    for part in ("models", "training", "playground"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "assets").mkdir()
    for shipped in (ROOT / "assets").iterdir():
        (folder / "assets" / shipped.name).symlink_to(shipped)
    guide = document("CONTRIBUTING.md")
    for name, text in re.findall(r"^`([\w/]+\.\w+)`:\n\n```\w+\n(.*?)^```", guide, re.S | re.M):
        assert not (folder / name).exists(), "a model is added by new files alone"
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def test_the_model_of_the_guide_is_trained_served_and_shown(copy, serve_briefly):
    run("-m", "training", "mean", *SMALL, cwd=copy, code=copy)
    shutil.copytree(copy / "runs" / "mean" / "model", copy / "assets" / "mean")
    client = Client(serve_briefly(copy / "assets", copy), verbose=False)
    (row,) = client.predict(None, api_name="/mean_average")["rows"]
    mean = picture(row["figures"][1]["src"])
    assert mean[..., :4, :4].mean() > mean[..., 28:36, 28:36].mean() + 0.2, "drawings stand on white"
    client.close()


def test_the_code_of_the_guide_passes_the_checks(copy):
    new = [copy / name for name in ("models/mean.py", "training/recipes/mean.py", "playground/tabs/mean")]
    shutil.copyfile(ROOT / "pyproject.toml", copy / "pyproject.toml")
    for check in (["check"], ["format", "--check"]):
        run("-m", "ruff", *check, "--no-cache", *new, cwd=copy, code=copy)
