"""Attribute arithmetic: add what one kind of picture has in common, take away what another has."""

from functools import lru_cache
from pathlib import Path

import gradio as gr
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from models.pretrained import CheckpointError
from playground.images import pictures
from playground.panels import App
from playground.requests.fields import Dropdown, Slider
from playground.serving import checkpoints, validation
from playground.serving.autoencoder import decode, encode
from playground.serving.validation import checkpoint_note
from playground.shell.languages import named, word
from playground.widgets.exhibit.exhibit import exhibit, figure, row
from playground.widgets.source.source import maths

MODELS = ("vae", "ae")
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the strength, one a column
NOTHING = "nothing"


@lru_cache(maxsize=4)
def _load(path: Path, _stamp: float) -> dict[str, Tensor]:
    return {name: value.float() for name, value in load_file(path).items()}


def directions(model: str) -> dict[str, Tensor]:
    """{"style:noto": (D,), …}: mean code of the pictures with that attribute minus that of the same things without
    it."""
    path = checkpoints.assets() / model / "directions.safetensors"
    try:
        return _load(path, path.stat().st_mtime)
    except (OSError, SafetensorError):
        raise CheckpointError(
            f"The file directions.safetensors of the checkpoint {model} is missing or damaged."
        ) from None


def arithmetic(x: Tensor, add: str, remove: str, strength: float) -> dict:
    """The specimen's code plus strength · (direction[add] - direction[remove]), in five steps, through the VAE and the
    AE."""
    strength = validation.number(strength, -3, 3, "strength")
    return {"rows": [_steps(model, x, add, remove, strength) for model in MODELS]}


def _steps(model: str, x: Tensor, add: str, remove: str, strength: float) -> dict:
    labels = [f"{share * strength:+.2f}" for share in SHARES]
    try:
        found = directions(model)
        move = _pick(found, add, "add") - _pick(found, remove, "remove")
        drawn = decode(model, encode(model, x) + Tensor(SHARES)[:, None] * strength * move)
    except CheckpointError as error:
        note = checkpoint_note(error)
        return row([figure(None, label, note=note) for label in labels], f"model.{model}")
    return row(
        [figure(pictures.data_url(one), label) for one, label in zip(drawn, labels, strict=True)], f"model.{model}"
    )


def _pick(found: dict[str, Tensor], name: str, setting: str) -> Tensor | float:
    name = validation.choice(name, (NOTHING, *found), setting)
    return 0.0 if name == NOTHING else found[name]


def choices() -> list[tuple[str, str]]:
    """(shown, value) of every attribute."""
    try:
        names = sorted(directions("vae"))
    except CheckpointError:
        names = []
    return [(word("arithmetic.nothing"), NOTHING), *((_named(name), name) for name in names)]


def _named(name: str):
    """ "style:noto" → the style's name"""
    kind, _, value = name.partition(":")
    return named({"group": "group.", "style": "style.", "tone": "tone."}[kind], value)


def render(app: App):
    gr.Markdown(word("arithmetic.lead"), elem_classes=["lead"])
    shown = exhibit([len(SHARES)] * len(MODELS), list(MODELS), titles=[f"model.{name}" for name in MODELS], lines=0)
    found = choices()
    values = [value for _, value in found]
    first = next((v for v in values if v.endswith("twemoji")), values[-1])
    with gr.Row(elem_classes=["controls"]):
        add = Dropdown(found, value=first, label=word("setting.add"))
        remove = Dropdown(
            found, value=next((v for v in values if v.endswith("noto")), NOTHING), label=word("setting.remove")
        )
        strength = Slider(-3, 3, 1.5, step=0.05, label=word("setting.strength"))
    maths(
        r"z' = z + s\,(d_\text{add} - d_\text{remove}), \qquad "
        r"d_a = \mathbb E[z \mid a] - \mathbb E[z \mid \text{the same things without } a]",
        "arithmetic.maths",
        (
            "Radford, Metz & Chintala 2015, Unsupervised Representation Learning with DCGANs",
            "https://arxiv.org/abs/1511.06434",
        ),
        [directions, _steps],
    )
    app.panel("arithmetic", arithmetic, {"add": add, "remove": remove, "strength": strength}, shown)
