"""What the API tells of itself: of every panel the true types of what it takes and gives, with English labels.

Gradio knows a widget of ours as a component of HTML, whose value is a text. A widget says what it takes (`widget`), the
first lines of its module what it shows, and answers.json which fields the answers of each panel have.
"""

import json
from functools import cache
from importlib import import_module
from pathlib import Path

import gradio as gr
from gradio_client.utils import json_schema_to_python_type

from playground.shell.languages import catalogue

ANSWERS = Path(__file__).with_name("answers.json")


def tell_truly(demo: gr.Blocks) -> None:
    """From now on, wherever Gradio tells of the API of `demo`."""
    plain = demo.get_api_info
    events = {f"/{one.api_name}": one for one in demo.fns.values()}

    def info(*args, **options):
        found = plain(*args, **options)
        for name, told in found["named_endpoints"].items():
            inputs, (shown,) = events[name].inputs, events[name].outputs
            for parameter, component in zip(told["parameters"], inputs, strict=True):
                parameter |= _taken(parameter, component)
            told["returns"] = [told["returns"][0] | _given(name.strip("/"), shown)]
        return found

    vars(demo)["get_api_info"] = info


def _taken(parameter: dict, component) -> dict:
    """What is told of a parameter otherwise; one that may be None need not be given."""
    name = parameter["parameter_name"]
    told = {"label": catalogue("en").get(f"setting.{name}", name)}
    if takes := vars(component).get("takes"):
        about = {"type": json_schema_to_python_type(takes), "description": takes.get("additional_description", "")}
        told |= {"type": takes, "python_type": about}
        if parameter["parameter_default"] is None and {"type": "null"} in takes.get("anyOf", ()):
            told |= {"parameter_has_default": True}
    elif numbers := _numbers(parameter["type"].get("enum", [])):
        told |= _number(numbers, getattr(component, "allow_custom_value", False))
    return told


def _numbers(offered: list) -> list:
    """What is offered, if all of it is numbers; Gradio calls every offer a text."""
    return offered if all(isinstance(one, (int, float)) for one in offered) else []


def _number(offered: list, others: bool) -> dict:
    """One of the numbers that are offered, or any other too."""
    listed = ", ".join(map(str, offered))
    if others:
        return {"type": {"type": "number"}, "python_type": {"type": "float", "description": f"such as {listed}"}}
    about = {"type": f"Literal[{listed}]", "description": ""}
    return {"type": {"type": "number", "enum": offered}, "python_type": about}


def _given(name: str, shown: gr.HTML) -> dict:
    fields = {field: _any_of(types.split()) for field, types in answers().get(name, {}).items()}
    schema = {"type": "object", "properties": fields}
    about = {"type": json_schema_to_python_type(schema), "description": value_of(vars(shown)["module"])}
    return {"label": "result", "type": schema, "python_type": about}


def _any_of(types: list[str]) -> dict:
    schemas = [{"type": one} | ({"items": {}} if one == "array" else {}) for one in types]
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


@cache
def answers() -> dict[str, dict[str, str]]:
    """Of every panel that was asked when the file was written, the fields of its answers with their JSON types, spaces
    between."""
    return json.loads(ANSWERS.read_text(encoding="utf-8")) if ANSWERS.exists() else {}


@cache
def value_of(module: str) -> str:
    """What the head of a widget's module says of its value, in one line."""
    text = " ".join((import_module(module).__doc__ or "").split())
    return text.partition("Value: ")[2].partition(" Event")[0]
