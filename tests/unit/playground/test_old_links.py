"""Links and pictures that an earlier version of the app handed out still bring back the same tab, panel and settings.

recipes/ holds what that version wrote: links, pictures downloaded from its page with the recipe inside, and the
parameters of its API. None of it may be edited: people hold it.
"""

import base64
import json
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest

from playground import build
from tests.helpers import awaited

FOLDER = Path(__file__).parent / "recipes"
HELD = json.loads((FOLDER / "recipes.json").read_text(encoding="utf-8"))
ENDPOINTS = json.loads((FOLDER / "endpoints.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def demo(assets) -> gr.Blocks:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_ASSETS", str(assets))
        yield awaited(built())


async def built() -> gr.Blocks:
    """The app; built outside an event loop, Gradio leaves one open for every lock."""
    return build()


def named(demo: gr.Blocks, elem_id: str):
    return next(block for block in demo.blocks.values() if getattr(block, "elem_id", None) == elem_id)


def handler(demo: gr.Blocks, block, event: str):
    """What the app does on an event of a block, with values from Python."""
    return next(
        one.fn for one in demo.fns.values() if one.fn is not None and (block._id, event) in map(tuple, one.targets)
    )


def settings_of(demo: gr.Blocks, endpoint: str) -> dict[str, gr.components.Component]:
    """The control behind each parameter of an endpoint."""
    found = next(one for one in demo.fns.values() if one.api_name == endpoint)
    return dict(zip(ENDPOINTS[endpoint][1:], found.inputs[1:], strict=True))


def check(demo: gr.Blocks, updates: dict, held: dict):
    controls = settings_of(demo, held["endpoint"])
    selected = {block.elem_id: update.selected for block, update in updates.items() if isinstance(update, gr.Tabs)}
    assert selected.pop("rooms") == held["tab"]
    assert list(selected.values()) == [held["page"]] * (held["page"] is not None)
    names = {id(control): name for name, control in controls.items()}
    assert {names[id(block)]: value for block, value in updates.items() if id(block) in names} == held["controls"]
    for name in held["widgets"]:  # our own widgets ask the page for their setting by these two names
        told = controls[name].props
        assert told["setting"] == name and f"{held['tab']}_{told['panel']}" == held["endpoint"]


@pytest.mark.parametrize("held", HELD["links"], ids=lambda held: held["endpoint"])
def test_an_old_link_restores_what_it_did(demo, held):
    updates = handler(demo, demo, "load")(SimpleNamespace(headers={}), held["link"].lstrip("?"))
    check(demo, updates, held)


@pytest.mark.parametrize("held", HELD["pictures"], ids=lambda held: held["endpoint"])
def test_an_old_picture_restores_what_it_did(demo, held):
    tray = named(demo, "tray")
    url = "data:image/png;base64," + base64.b64encode((FOLDER / held["file"]).read_bytes()).decode()
    recipe = tray.receive(url, SimpleNamespace(headers={}))["recipe"]
    assert recipe["specimen"] == held["specimen"]
    assert {name: recipe["settings"][name] for name in held["widgets"]} == held["widgets"]
    check(demo, handler(demo, tray, "recipe")(SimpleNamespace(headers={}), SimpleNamespace(_data=recipe)), held)


def typed(demo: gr.Blocks) -> dict[str, dict[str, gr.components.Component]]:
    """{endpoint: {setting: its field}} of all that visitors type."""
    info, found = demo.get_api_info()["named_endpoints"], {}
    for one in demo.fns.values():
        names = [each["parameter_name"] for each in info.get(f"/{one.api_name}", {}).get("parameters", [])]
        fields = dict(zip(names, one.inputs, strict=False))
        if texts := {name: field for name, field in fields.items() if "widget-phrases" in (field.elem_classes or [])}:
            found[one.api_name] = texts
    return found


def test_every_field_asks_the_page_for_what_was_typed_in_its_own_panel(demo):
    fields = typed(demo)
    assert len(fields) > 12 and "road_draw" in fields
    for endpoint, controls in fields.items():
        for name, field in controls.items():
            assert (field.props["setting"], field.props["panel"]) == (name, endpoint.partition("_")[2])


def test_the_api_has_the_same_endpoints_with_the_same_parameters(demo):
    info = demo.get_api_info()["named_endpoints"]
    assert {
        name.strip("/"): [one["parameter_name"] for one in endpoint["parameters"]] for name, endpoint in info.items()
    } == ENDPOINTS
