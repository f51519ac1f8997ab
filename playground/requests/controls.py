"""The settings of a run as controls, the same in every panel."""

import gradio as gr

from playground.images import atlas
from playground.requests.diffusion import ANY, MODELS, SAMPLERS, STEPS, VARIANCES
from playground.requests.fields import Dropdown, Slider, choice_field, seed_field
from playground.shell.languages import named, word


def model_field(value: str = "adm", label: str = "setting.model") -> gr.Dropdown:
    """One of the diffusion models."""
    return Dropdown([(word(f"model.{name}"), name) for name in MODELS], value=value, label=word(label))


def steps_field(value: int = 25, label: str = "setting.steps") -> gr.Dropdown:
    """Usual numbers of steps; any other may be typed."""
    return Dropdown(
        [(str(n), n) for n in STEPS], value=value, label=word(label), allow_custom_value=True, min_width=100
    )


def sampler_field(value: str = "ddim", label: str = "setting.sampler") -> gr.Radio:
    """One of the samplers."""
    return choice_field(label, SAMPLERS, value)


def run_controls(seed: int) -> dict:
    """{setting: control}"""
    model, sampler = model_field(), sampler_field("ancestral")
    with gr.Row():
        steps, thrown = steps_field(50), seed_field(seed)
    with gr.Row():
        variance = Dropdown(
            [(word(f"value.{name}"), name) for name in VARIANCES],
            value="trained",
            label=word("setting.variance"),
            min_width=130,
        )
        group = Dropdown(_groups(), value=ANY, label=word("setting.group"), min_width=130)
    return {
        "model": model,
        "sampler": sampler,
        "variance": variance,
        "steps": steps,
        "eta": eta_field(),
        "seed": thrown,
        "group": group,
    }


def eta_field() -> gr.Slider:
    """DDIM's η: 0 is deterministic, 1 as random as DDPM."""
    return Slider(0, 1, 0, step=0.05, label=word("setting.eta"))


def _groups() -> list[tuple]:
    """(shown, value)"""
    names = [group["en"] for group in atlas.table()["groups"]]
    return [(word("value.any"), ANY), *((named("group.", name), name) for name in names)]


def draw_buttons() -> dict[str, gr.Button]:
    """The buttons of a stream: draw, new seed, stop."""
    return {
        "go": gr.Button(word("diffusion.draw"), variant="primary", min_width=80),
        "again": gr.Button(word("draws.again"), min_width=90),
        "stop": gr.Button(word("diffusion.stop"), min_width=60),
    }


def seed_row(seed: int) -> tuple[gr.Number, dict[str, gr.Button]]:
    """The seed and the buttons of a stream, in one row."""
    with gr.Row(elem_classes=["controls"]):
        return seed_field(seed, scale=1), draw_buttons()
