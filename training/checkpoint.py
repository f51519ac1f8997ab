"""A run on disk: weights, their running average and the optimisers, in one safetensors file written in one move."""

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from PIL import Image
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from models.pretrained import CheckpointError, Pretrained, local_folder, write_tensors
from training.files import read_text


class Checkpoint:
    """`folder/checkpoint.safetensors` of a run. Only the first process writes."""

    def __init__(self, folder: Path, model: Pretrained, optimizers: list[torch.optim.Optimizer], config):
        self.path, self.model, self.optimizers = folder / "checkpoint.safetensors", model, optimizers
        self.config = json.dumps(dataclasses.asdict(config))
        self.ema = {k: v.detach().clone() for k, v in model.state_dict().items()}
        self.writes = not dist.is_initialized() or dist.get_rank() == 0

    @torch.no_grad()
    def average(self, decay: float) -> None:
        """Moves the running average of all floating weights and buffers towards the present ones."""
        now = self.model.state_dict()
        floating = [k for k, v in now.items() if v.is_floating_point()]
        torch._foreach_lerp_([self.ema[k] for k in floating], [now[k] for k in floating], 1 - decay)
        self.ema |= {k: v.clone() for k, v in now.items() if not v.is_floating_point()}

    def resume(self, init: Path | None = None) -> dict:
        """Restores the run and returns its counters; from `init`, a model folder, only the weights of a new run."""
        if self.path.exists():
            return self._restore()
        if init is not None:
            other = self.model.read_start(init)
            try:
                self.model.start_from(other)
            except RuntimeError as error:
                raise CheckpointError(
                    f"{init} is a {type(self.model).__name__} of other sizes: give the options it was trained with."
                ) from error
            self.ema = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        before = training_of(init)["pictures"] if init else 0
        return {"step": 0, "seconds": 0.0, "seen": 0, "pictures_before": before, "init": str(init or "")}

    def _restore(self) -> dict:
        try:
            with safe_open(self.path, "pt", device=str(self.model.device)) as file:
                about = file.metadata()
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - the file is no dict
            state = json.loads(about["state"])
            state.setdefault(
                "seen", state["step"] * json.loads(about["config"])["batch"]
            )  # runs from before do not tell
            self.model.load_state_dict(_part(tensors, "model"))
            self.ema = _part(tensors, "ema")
            for i, optimizer in enumerate(self.optimizers):
                _restore_optimizer(optimizer, _part(tensors, f"optimizer{i}"))
        except (SafetensorError, OSError) as error:
            raise CheckpointError(f"{self.path} is damaged ({error}): delete it to start again.") from error
        except (RuntimeError, LookupError, ValueError, TypeError) as error:
            raise CheckpointError(
                f"{self.path} was written with other options than these: give the same ones, "
                "or delete it to start again."
            ) from error
        return state

    def save(self, state: dict, sheet=None) -> str:
        """Writes the run; returns "" or one sentence on why it could not (the last checkpoint then still stands)."""
        if not self.writes:
            return ""
        tensors = _named("model", self.model.state_dict()) | _named("ema", self.ema)
        for i, optimizer in enumerate(self.optimizers):
            tensors |= _named(f"optimizer{i}", _optimizer_tensors(optimizer))
        try:
            write_tensors(self.path, tensors, {"state": json.dumps(state), "config": self.config})
            if sheet is not None:
                self._save_sheet(sheet)
        except (OSError, SafetensorError) as error:
            return f"The checkpoint could not be written ({error}); the last one stands, and the next try is under way."
        return ""

    def export(self, state: dict) -> str:
        """Writes the averaged weights as a model folder beside the checkpoint."""
        if self.writes:
            try:
                with self.averaged():
                    self.model.save_pretrained(self.path.parent / "model")
                about = json.dumps(state | json.loads(self.config))
                (self.path.parent / "model" / "run.json").write_text(about, encoding="utf-8")
            except (OSError, SafetensorError) as error:
                return f"The model could not be written ({error}); the checkpoint stands."
        return ""

    def averaged(self) -> "_Averaged":
        """A context in which the model carries the averaged weights."""
        return _Averaged(self.model, self.ema)

    @torch.no_grad()
    def _save_sheet(self, sheet) -> None:
        with self.averaged(), torch.random.fork_rng():
            torch.manual_seed(0)
            save_sheet(sheet(self.model), self.path.parent / "sheet.png")


def training_of(folder: Path) -> dict:
    """Pictures seen and seconds trained, of the model of a run or, once shipped, from its last metrics."""
    folder = local_folder(folder) or folder
    if (folder / "run.json").exists():
        run = json.loads(read_text(folder / "run.json"))
        seen = run.get("seen", run["step"] * run["batch"])  # runs from before do not tell
        return {"pictures": run["pictures_before"] + seen, "seconds": round(run["seconds"])}
    if (folder / "metrics.json").exists():
        old = json.loads(read_text(folder / "metrics.json"))
        return {k: old[k] for k in ("pictures", "seconds")}
    return {"pictures": 0, "seconds": 0}


class _Averaged:
    def __init__(self, model: nn.Module, ema: dict[str, Tensor]):
        self.model, self.ema = model, ema

    def __enter__(self) -> None:
        self.raw, self.mode = {k: v.clone() for k, v in self.model.state_dict().items()}, self.model.training
        self.model.load_state_dict(self.ema)
        self.model.eval()

    def __exit__(self, *_: object) -> None:
        self.model.load_state_dict(self.raw)
        self.model.train(self.mode)


def _named(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}/{name}": tensor for name, tensor in tensors.items()}


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix + "/"): v for k, v in tensors.items() if k.startswith(prefix + "/")}


def _optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    return {
        f"{i}.{name}": tensor for i, entry in optimizer.state_dict()["state"].items() for name, tensor in entry.items()
    }


def _restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        index, name = key.split(".", 1)
        owner = parameters[int(index)]
        if tensor.shape == owner.shape:  # in the parameter's memory format: the fused step pairs them by place
            tensor = torch.empty_like(owner, dtype=tensor.dtype).copy_(tensor)
        state.setdefault(int(index), {})[name] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def save_sheet(pictures: Tensor, path: Path, columns: int = 16) -> None:
    """Writes (N, 3, S, S) in [-1, 1] as one PNG, 16 a row."""
    pictures = pictures.float().cpu()
    rows = -(-len(pictures) // columns)
    blank = torch.ones(rows * columns - len(pictures), *pictures.shape[1:])
    grid = torch.cat([pictures, blank]).unflatten(0, (rows, columns)).permute(0, 3, 1, 4, 2).flatten(0, 1).flatten(1, 2)
    Image.fromarray(((grid + 1) * 127.5).nan_to_num(0).round().clamp(0, 255).numpy().astype(np.uint8)).save(path)


def log_row(path: Path, row: dict[str, float]) -> None:
    """Appends a row to a CSV, with a header first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with open(path, "a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(row)
        writer.writerow(f"{v:.6g}" for v in row.values())
