"""The way back from a recipe, of a link or of a PNG, to its panel: the tab, the inner tab, and Gradio's own controls.

Our widgets restore themselves, see shell/events.js.
"""

import gradio as gr

from playground.panels import App, Panel
from playground.shell import share


def panel_of(app: App, recipe: dict | None) -> Panel | None:
    """The panel that a clean recipe names; None where there is no such panel."""
    return next((p for p in app.panels if recipe and (p.tab, p.name) == (recipe["tab"], recipe["panel"])), None)


def restore(app: App, recipe) -> dict:
    """{component: update} that brings back a recipe; nothing for what names no panel. A value that its control cannot
    show is left out."""
    recipe = share.clean(recipe)
    panel = panel_of(app, recipe)
    if panel is None:
        return {}
    updates = {app.tabs: gr.Tabs(selected=panel.tab)}
    if panel.section is not None:
        updates[panel.section] = gr.Tabs(selected=panel.page or panel.name)
    for name, control in _plain(panel).items():
        if name in recipe["settings"] and _can_show(control, recipe["settings"][name]):
            updates[control] = recipe["settings"][name]
    return updates


def lost(app: App, recipe) -> list[str]:
    """The settings of a recipe whose values no control can show."""
    recipe = share.clean(recipe)
    panel = panel_of(app, recipe)
    if panel is None:
        return []
    told = recipe["settings"]
    return [name for name, one in _plain(panel).items() if name in told and not _can_show(one, told[name])]


def places(app: App) -> dict[str, str]:
    """On which inner tab a panel is, by "tab panel"; "" where its tab has none."""
    return {f"{panel.tab} {panel.name}": panel.page for panel in app.panels}


def outputs(app: App) -> list:
    """Everything that `restore` may change."""
    sections = [panel.section for panel in app.panels if panel.section is not None]
    controls = [control for panel in app.panels for control in _plain(panel).values()]
    return list(dict.fromkeys([app.tabs, *sections, *controls]))


def _plain(panel: Panel) -> dict:
    """Gradio's own controls of a panel."""
    return {name: control for name, control in panel.controls.items() if not isinstance(control, gr.HTML)}


def _can_show(control, value) -> bool:
    """Whether a value from a recipe can be shown by a control (the handler checks it again)."""
    if isinstance(control, (gr.Radio, gr.Dropdown)):
        return _is_offered(control, value)
    if isinstance(control, (gr.Slider, gr.Number)):
        return share.is_number(value) and _is_within(control.minimum, value, control.maximum)
    return isinstance(value, bool)


def _is_offered(control, value) -> bool:
    """Whether it is one of the choices, or a whole number where one may type another."""
    if getattr(control, "allow_custom_value", False) and isinstance(value, int) and share.is_number(value):
        return True
    return value in [choice for _, choice in control.choices]


def _is_within(low: float | None, value: float, high: float | None) -> bool:
    """Whether a number lies between two limits, each of which may be missing."""
    return (low is None or low <= value) and (high is None or value <= high)
