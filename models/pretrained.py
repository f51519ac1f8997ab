"""What every model of the road has in common: a frozen config beside its weights, safetensors only, never a pickle."""

import json
import os
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import torch
from huggingface_hub import PyTorchModelHubMixin, snapshot_download
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor, nn

from models.inference import for_inference
from models.layers import runs_in_its_own_precision

ROOT = Path(__file__).parent.parent  # of the repository
HERE = ("assets", "runs", "data")  # its folders: a name that begins with one of them is no Hub id
FILES = ("config.json", "model.safetensors", "tokenizer.json", "taught.txt")  # of a checkpoint
DTYPES = (torch.float32, torch.float16, torch.bfloat16)


class CheckpointError(RuntimeError):
    """A checkpoint is missing, damaged or of another model; the message is one sentence."""


class Pretrained(nn.Module, PyTorchModelHubMixin):
    """A network with `.config`; a checkpoint is a folder (or a Hub id) with config.json and model.safetensors in fp16.

    `boundary` names the layers by which data enter and leave, and tables of vectors: an optimiser of matrices leaves
    them out.
    """

    boundary: tuple[str, ...] = ()

    if TYPE_CHECKING:  # what torch's own annotations leave out: buffers by their name, and `memory_format`

        def __getattr__(self, name: str) -> Any: ...

        def to(self, *args: Any, **options: Any) -> Self: ...

    def __init__(self, config):
        super().__init__()
        lists = {f.name: tuple(v) for f in fields(config) if isinstance(v := getattr(config, f.name), list)}
        self.config = replace(config, **lists)  # JSON knows no tuples

    @classmethod
    def from_pretrained(
        cls,
        name: str | Path,
        *,
        torch_dtype: torch.dtype | str | None = None,
        map_location: str | torch.device = "cpu",
        revision: str | None = None,
        cache_dir: str | Path | None = None,
        token: str | bool | None = None,
        force_download: bool = False,
        local_files_only: bool = False,
    ) -> Self:
        """The network in eval mode; float32 and on the CPU unless said otherwise.

        `name` is a folder, sought here and then in the repository, or a Hub id. The last five options are the Hub's.

        Raises:
            CheckpointError: nothing is there, it cannot be read, or it is another model's.
            ValueError: `torch_dtype` is none that a network runs in.
        """
        dtype, folder = _dtype(torch_dtype), local_folder(name)
        if folder is None:
            folder = _fetched(str(name), revision, cache_dir, token, force_download, local_files_only)
        called = Path(name).name
        if not (folder / "model.safetensors").is_file():
            raise CheckpointError(f"The checkpoint {called} is missing: train it or fetch the assets folder.")
        try:
            return super().from_pretrained(str(folder), map_location=str(map_location)).float().to(dtype).eval()
        except (SafetensorError, json.JSONDecodeError, EOFError) as error:
            raise CheckpointError(f"The checkpoint {called} is damaged: fetch it again.") from error
        except (RuntimeError, TypeError, LookupError, ValueError, AttributeError, ArithmeticError) as error:
            if isinstance(error, CheckpointError):
                raise
            raise CheckpointError(f"The checkpoint {called} is not a {cls.__name__}.") from error
        except OSError as error:
            raise CheckpointError(f"The checkpoint {called} cannot be read.") from error

    @classmethod
    def _from_pretrained(cls, *, model_id, config, map_location="cpu", **_):
        file = Path(model_id) / "model.safetensors"
        return cls._load_as_safetensor(cls(config), str(file), map_location, strict=True)

    def _save_pretrained(self, save_directory: Path) -> None:
        weights = {k: (v.half() if v.is_floating_point() else v).contiguous() for k, v in self.state_dict().items()}
        write_tensors(save_directory / "model.safetensors", weights)
        text = json.dumps(asdict(self.config), indent=2) + "\n"
        (save_directory / "config.json").write_text(text, encoding="utf-8")

    def save_pretrained(self, save_directory: str | Path, **options: Any) -> str | None:
        """Writes the checkpoint folder; options (`push_to_hub`, `repo_id`) are the mixin's."""
        options["config"] = asdict(self.config)
        return super().save_pretrained(save_directory, **options)

    def _apply(self, fn, recurse=True):
        """What `half`, `bfloat16` and `to` do: see `models.layers.runs_in_its_own_precision`."""
        super()._apply(fn, recurse)
        runs_in_its_own_precision(self)
        return self

    @classmethod
    def read_start(cls, folder: str | Path) -> "Pretrained":
        """A checkpoint that training may start from, for `start_from`; some models start from another kind of model."""
        return cls.from_pretrained(folder)

    def start_from(self, other: "Pretrained") -> None:
        """Takes the weights of a model of the same sizes; RuntimeError if it has others."""
        self.load_state_dict(other.state_dict())

    def packed(self, dtype: torch.dtype) -> "Pretrained":
        """The same, packed for inference in that precision, see `models.inference`; it cannot be trained any more."""
        return for_inference(self, dtype)

    @property
    def parameters_count(self) -> int:
        """Numbers that ship: trained parameters, and the buffers that were measured."""
        return sum(v.numel() for v in self.state_dict().values())

    @property
    def device(self) -> torch.device:
        return next(self.buffers(), next(self.parameters(), torch.empty(0))).device


def local_folder(name: str | Path) -> Path | None:
    """The folder of a checkpoint, here or in the repository, even where it is missing; None of a Hub id."""
    try:
        path = Path(name).expanduser()
    except RuntimeError as error:
        raise CheckpointError(f"There is no folder {name}: nobody here is called so.") from error
    places = (path, ROOT / path)
    for place in places:
        if (place / "model.safetensors").is_file():
            return place
    for place in places:
        if place.is_dir():
            return place
    beside = path.parent != Path(".") and any(place.parent.is_dir() for place in places)
    is_path = isinstance(name, Path) or name.startswith((".", "~")) or path.is_absolute() or len(path.parts) > 2
    return path if is_path or beside or path.parts[:1] in [(part,) for part in HERE] else None


def read_config(folder: str | Path) -> dict:
    """The config.json of a checkpoint's folder.

    Raises:
        CheckpointError: it is missing or damaged.
    """
    place = local_folder(Path(folder)) or Path(folder)
    try:
        return dict(json.loads((place / "config.json").read_text(encoding="utf-8")))
    except OSError as error:
        raise CheckpointError(
            f"The checkpoint {place.name} is missing: train it or fetch the assets folder."
        ) from error
    except (ValueError, TypeError) as error:
        raise CheckpointError(f"The checkpoint {place.name} is damaged: fetch it again.") from error


def _fetched(name: str, revision, cache_dir, token, force_download: bool, local_files_only: bool) -> Path:
    """The folder to which the Hub's files of a checkpoint were copied."""
    try:
        folder = snapshot_download(
            name,
            allow_patterns=list(FILES),
            revision=revision,
            cache_dir=cache_dir,
            token=token,
            force_download=force_download,
            local_files_only=local_files_only,
        )
    except Exception as error:  # what the client raises differs between its versions
        reason = str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__
        raise CheckpointError(f"The checkpoint {name} cannot be read from the Hub ({reason}).") from error
    if not (Path(folder) / "model.safetensors").is_file():
        raise CheckpointError(f"The checkpoint {name} has no model.safetensors on the Hub: nothing else is loaded.")
    return Path(folder)


def _dtype(wanted: torch.dtype | str | None) -> torch.dtype:
    names = {str(dtype).removeprefix("torch."): dtype for dtype in DTYPES}
    dtype = torch.float32 if wanted is None else names.get(str(wanted).removeprefix("torch."))
    if dtype is None:
        raise ValueError(f"torch_dtype = {wanted!r}: choose one of {', '.join(names)}.")
    return dtype


def write_tensors(path: Path, tensors: dict[str, Tensor], about: dict[str, str] | None = None) -> None:
    """Writes a safetensors file that is readable for whom the umask says; a kill at any moment leaves the old one or
    the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        partial.touch()
        mode = partial.stat().st_mode  # the library itself would leave it to its owner alone
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, partial, about)
        partial.chmod(mode)
        with open(partial, "rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
