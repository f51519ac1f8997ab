"""From a recipe back to tabs and controls: only values that a control can show."""

import math

import gradio as gr
import pytest

from playground import restoring
from playground.panels import App, Panel


@pytest.fixture
def app() -> App:
    controls = {
        "kind": gr.Radio([("A", "a"), ("B", "b")], value="a"),
        "amount": gr.Slider(0, 1, 0.5),
        "seed": gr.Number(1, minimum=0, precision=0),
        "other": gr.HTML(),
    }
    app = App(gr.HTML(), gr.Tabs(), ("room",), gr.HTML())
    app.panels.append(Panel("room", "panel", gr.Tabs(), controls))
    return app


def recipe(**settings) -> dict:
    return {"tab": "room", "panel": "panel", "settings": settings, "specimen": None}


def restored(app: App, **settings) -> dict:
    names = {id(control): name for name, control in app.panels[0].controls.items()}
    return {names[id(c)]: value for c, value in restoring.restore(app, recipe(**settings)).items() if id(c) in names}


def test_good_settings_come_back(app):
    assert restored(app, kind="b", amount=0.25, seed=9) == {"kind": "b", "amount": 0.25, "seed": 9}


@pytest.mark.parametrize(
    "settings",
    [
        {"amount": "x"},
        {"amount": math.nan},
        {"amount": math.inf},
        {"amount": 99},
        {"amount": True},
        {"kind": "blur"},
        {"kind": 3},
        {"seed": -1},
        {"seed": 10**30},
        {"seed": 10**400},
        {"nobody": 1},
        {"other": {"kind": "atlas", "style": "one", "tile": 1}},
    ],
)
def test_bad_or_foreign_settings_are_left_out(app, settings):
    assert restored(app, **settings) == {}
    assert app.tabs in restoring.restore(app, recipe(**settings))


@pytest.mark.parametrize(
    "foreign", [None, 3, {}, {"tab": "room", "panel": "nowhere"}, {"tab": "nowhere", "panel": "panel"}]
)
def test_a_recipe_of_no_panel_changes_nothing(app, foreign):
    assert restoring.restore(app, foreign) == {}


def test_all_that_may_change_is_an_output(app):
    assert set(restoring.restore(app, recipe(kind="b", amount=0.25, seed=9))) <= set(restoring.outputs(app))


@pytest.mark.parametrize(("settings", "lost"), [({"kind": "b"}, []), ({"kind": 3, "seed": 10**30}, ["kind", "seed"])])
def test_what_cannot_come_back_is_named(app, settings, lost):
    assert restoring.lost(app, recipe(**settings, nobody=10**30)) == lost
