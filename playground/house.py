"""What a tab gets handed: the specimen tray, the rooms, and `panel`, which wires controls to a handler and its exhibit.

A panel is one experiment: some controls, one handler, one exhibit. The house adds what every panel has: the specimen as a
picture, refusals in the visitor's language, the recipe and its link, and the way back from a recipe to the controls.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import gradio as gr

from models.pretrained import CheckpointError
from playground import share, specimen
from playground.checks import Refused, answering
from playground.widgets.exhibit import figure


@dataclass
class Panel:
    tab: str
    name: str
    section: gr.Tabs | None  # the inner tabs in which the panel is the one called `name`
    controls: dict[str, gr.components.Component]


@dataclass
class House:
    tray: gr.HTML
    rooms: gr.Tabs
    built: tuple[str, ...]  # names of the tabs that exist
    tab: str = ""  # the tab that renders now
    panels: list[Panel] = field(default_factory=list)

    def panel(self, name: str, handler: Callable, controls: dict, exhibit: gr.HTML, *, section=None):
        """Wire `handler(x, **settings) -> value` to the exhibit; `section`: the inner tabs in which this panel is one."""
        self.panels.append(Panel(self.tab, name, section, controls))
        answer = self._answer(name, handler, tuple(controls))
        moved = [control.change for control in controls.values()]
        gr.on(
            [exhibit.retry, *moved], answer, [self.tray, *controls.values()], exhibit, show_progress="hidden",
            trigger_mode="always_last", concurrency_id="networks", concurrency_limit=2, api_name=f"{self.tab}_{name}",
            api_description=(handler.__doc__ or "").strip(),
        )  # fmt: skip

    def _answer(self, name: str, handler: Callable, names: tuple[str, ...]) -> Callable:
        tab = self.tab

        @answering
        def answer(request: gr.Request, shown, *values):
            settings = dict(zip(names, values))
            value = handler(specimen.tensor(shown), **settings)
            recipe = {"tab": tab, "panel": name, "settings": settings, "specimen": shown}
            return {**value, "recipe": recipe, "link": share.to_link(recipe)}

        parameters = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in ("specimen", *names)]
        request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)
        answer.__signature__ = inspect.Signature([request, *parameters])  # so that the API shows the names of the settings
        return answer

    def restore(self, recipe) -> dict:
        """Updates that bring back a recipe: tab, section and plain controls (our widgets restore themselves, see page.js)."""
        recipe = share.clean(recipe)
        panel = next((p for p in self.panels if recipe and (p.tab, p.name) == (recipe["tab"], recipe["panel"])), None)
        if panel is None:
            return {}
        updates = {self.rooms: gr.Tabs(selected=panel.tab)}
        if panel.section is not None:
            updates[panel.section] = gr.Tabs(selected=panel.name)
        for name, control in _plain(panel).items():
            if name in recipe["settings"] and _fits(control, recipe["settings"][name]):
                updates[control] = recipe["settings"][name]
        return updates

    def outputs(self) -> list:
        """Everything that `restore` may change."""
        sections = [panel.section for panel in self.panels if panel.section is not None]
        controls = [control for panel in self.panels for control in _plain(panel).values()]
        return list(dict.fromkeys([self.rooms, *sections, *controls]))


def trouble(error: CheckpointError) -> list:
    """A checkpoint's error as a text of the catalogue; in a language other than English the kind of error is told too."""
    said = str(error)
    kind = next((kind for kind in ("missing", "damaged", "not a") if kind in said), "unreadable").replace(" ", "_")
    return [f"checkpoint.{kind}", {"reason": said, "name": (re.findall(r"checkpoint (\S+)", said) or ["?"])[0]}]


def _plain(panel: Panel) -> dict:
    return {name: control for name, control in panel.controls.items() if not isinstance(control, gr.HTML)}


def _fits(control, value) -> bool:
    """Whether a value from a recipe can be shown by a control (the handler checks it again)."""
    if isinstance(control, (gr.Radio, gr.Dropdown)):
        return value in [choice for _, choice in control.choices]
    if isinstance(control, (gr.Slider, gr.Number)):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return number and (control.minimum is None or control.minimum <= value) and (control.maximum is None or value <= control.maximum)
    return isinstance(value, bool)


def attempt(label, make: Callable[[], dict]) -> dict:
    """make() -> a figure, or the figure that says in words which checkpoint is missing; the others go on."""
    try:
        return make()
    except CheckpointError as error:
        return figure(None, label, note=trouble(error))
    except Refused as refusal:
        return figure(None, label, note=[refusal.key, refusal.values])
