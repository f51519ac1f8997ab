"""What every model of the road has in common: a frozen config beside its weights, safetensors only, never a pickle."""

import json
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import torch
from huggingface_hub import PyTorchModelHubMixin
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import nn


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
    def from_pretrained(cls, name: str | Path, **options) -> Self:
        """The network in eval mode, float32, on the CPU.

        Raises:
            CheckpointError: nothing is there, it cannot be read, or it is another model's.
        """
        folder = Path(name)
        if not (folder / "model.safetensors").is_file() and _is_local(folder):
            raise CheckpointError(f"The checkpoint {folder.name} is missing: train it or fetch the assets folder.")
        try:
            return super().from_pretrained(str(name), strict=True, **options).float().eval()
        except (SafetensorError, json.JSONDecodeError, EOFError) as error:
            raise CheckpointError(f"The checkpoint {folder.name} is damaged: fetch it again.") from error
        except (RuntimeError, TypeError, LookupError, ValueError, AttributeError, ArithmeticError) as error:
            if isinstance(error, CheckpointError):
                raise
            raise CheckpointError(f"The checkpoint {folder.name} is not a {cls.__name__}.") from error
        except (OSError, HfHubHTTPError, LocalEntryNotFoundError) as error:
            raise CheckpointError(f"The checkpoint {folder.name} cannot be read.") from error

    @classmethod
    def _from_pretrained(cls, *, model_id, map_location="cpu", strict=True, **options):
        if (file := Path(model_id) / "model.safetensors").is_file():  # as the mixin does, without its print
            return cls._load_as_safetensor(cls(options["config"]), str(file), map_location, strict)
        return super()._from_pretrained(model_id=model_id, map_location=map_location, strict=strict, **options)

    @classmethod
    def _load_as_pickle(cls, model, model_file, map_location, strict):
        raise CheckpointError(f"{Path(model_file).name} is a pickle, which can run code: only safetensors are loaded.")

    def _save_pretrained(self, save_directory: Path) -> None:
        weights = {k: (v.half() if v.is_floating_point() else v).contiguous() for k, v in self.state_dict().items()}
        save_file(weights, save_directory / "model.safetensors")
        (save_directory / "config.json").write_text(json.dumps(asdict(self.config), indent=2) + "\n")

    def save_pretrained(self, save_directory: str | Path, **options) -> str | None:
        """Writes the checkpoint folder; options (`push_to_hub`, `repo_id`) are the mixin's."""
        return super().save_pretrained(save_directory, config=asdict(self.config), **options)

    @classmethod
    def read_start(cls, folder: str | Path) -> "Pretrained":
        """A checkpoint that training may start from, for `start_from`; some models start from another kind of model."""
        return cls.from_pretrained(folder)

    def start_from(self, other: "Pretrained") -> None:
        """Takes the weights of a model of the same sizes; RuntimeError if it has others."""
        self.load_state_dict(other.state_dict())

    def packed(self) -> "Pretrained":
        """The same network, packed for bf16 inference where it can be."""
        return self

    @property
    def parameters_count(self) -> int:
        """Numbers that ship: trained parameters, and the buffers that were measured."""
        return sum(v.numel() for v in self.state_dict().values())

    @property
    def device(self) -> torch.device:
        return next(self.buffers(), next(self.parameters(), torch.empty(0))).device


def _is_local(folder: Path) -> bool:
    """Whether it cannot be a Hub id ("name", "owner/name"), or its parent folder is here."""
    return folder.is_absolute() or len(folder.parts) > 2 or folder.parent != Path(".") and folder.parent.is_dir()
