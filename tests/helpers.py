"""What several tests share: a folder of pictures, a tiny run, a process."""

import asyncio
import base64
import io
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from hypothesis import settings
from PIL import Image
from safetensors.torch import load_file

settings.register_profile("steady", deadline=None, derandomize=True)  # a busy machine is no failure
settings.load_profile("steady")
torch.set_num_threads(1)  # all tests add up in the same order, and do not fight over busy cores

ROOT = Path(__file__).parent.parent
TINY = [
    "--image-size=16",
    "--patch=2",
    "--widths=16,32",
    "--blocks=1,1",
    "--latent=8",
    "--batch=8",
    "--warmup=64",
    "--device",
    "cpu",
]


def picture_folder(folder: Path, count: int = 40, size: int = 16) -> Path:
    """`count` PNGs with alpha and their metadata.jsonl: coloured discs and squares, every one another."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for i in range(count):
        rng = np.random.default_rng(i)
        rgba = np.zeros((size, size, 4), np.uint8)
        y, x = np.mgrid[:size, :size] - rng.uniform(size / 3, 2 * size / 3, (2, 1, 1))
        inside = (np.hypot(x, y) if i % 2 else np.maximum(abs(x), abs(y))) < rng.uniform(size / 5, size / 2)
        rgba[inside] = [*rng.integers(0, 256, 3), 255]
        Image.fromarray(rgba).save(folder / f"{i}.png")
        rows.append({"file_name": f"{i}.png", "text": f"picture {i}"})
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def measured_document(root: Path, text: str) -> Path:
    """docs/MEASURED.md below a root of the test's own, with that text."""
    path = root / "docs" / "MEASURED.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def training(*options: str | Path, before=None, start: tuple = ("-m", "training")) -> subprocess.Popen:
    """A real `python -m training …`, one thread; or of another start."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    return subprocess.Popen(
        [sys.executable, *map(str, start), *map(str, options)],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=before,
    )


def finish(process: subprocess.Popen) -> str:
    """All that it printed, once it ended well."""
    printed, _ = process.communicate(timeout=600)
    assert process.returncode == 0, printed
    return printed


def weights(run: Path) -> dict:
    """All tensors of a run's checkpoint: weights, averages, optimiser."""
    return load_file(run / "checkpoint.safetensors")


def same_bits(a: dict, b: dict) -> bool:
    return a.keys() == b.keys() and all(a[k].dtype == b[k].dtype and a[k].equal(b[k]) for k in a)


def awaited(coroutine):
    """What a coroutine returns, run in a thread of its own: a browser test's event loop may run in this one."""
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(asyncio.run, coroutine).result()


def is_one_sentence(text: str) -> bool:
    """One line, with an end and without a traceback."""
    text = text.strip()
    return bool(text) and "\n" not in text and text[-1] in ".)。！" and "Traceback" not in text


def link_assets(assets: Path, folder: Path, *but: str) -> None:
    """All of the assets in another folder, but for some of them."""
    for one in assets.iterdir():
        if one.name not in but:
            (folder / one.name).symlink_to(one)


def opened(folder: Path, monkeypatch):
    """Of a fixture: the opening specimen as a tensor, while playground/ stands on those assets and calculates in
    float32; what is loaded stays loaded."""
    from playground.images import specimen
    from playground.serving import device

    monkeypatch.setenv("PLAYGROUND_ASSETS", str(folder))
    monkeypatch.setattr(device, "half_is_faster", lambda: False)
    return specimen.tensor(None)


def picture(url: str):
    """A data URL → (1, 3, 64, 64) in [-1, 1]."""
    from playground.images import specimen

    return specimen.tensor({"kind": "png", "src": url})


def pixels(url: str) -> torch.Tensor:
    """A PNG's data URL → (1, 3, H, W) in [-1, 1], whatever its size."""
    png = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")
    return torch.from_numpy(np.asarray(png).copy()).permute(2, 0, 1)[None] / 127.5 - 1
