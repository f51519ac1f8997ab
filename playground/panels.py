"""What a tab gets handed: the specimen tray, the rooms, and `panel`, which wires controls to a handler and its exhibit.

A panel is one experiment: some controls, one handler, one exhibit. The house adds what every panel has: the specimen as
a picture, refusals in the visitor's language, the recipe and its link, and the way back from a recipe to the controls.
"""

import asyncio
import functools
import inspect
import itertools
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field

import gradio as gr

from models.pretrained import CheckpointError
from playground.images import specimen
from playground.requests.fields import new_seed
from playground.serving.validation import Refused, answering, streaming, trouble
from playground.shell import share
from playground.widgets.exhibit.exhibit import figure

SENT = itertools.count(1)  # the values of all streams are numbered: Gradio sends the last one of each twice


@dataclass
class Panel:
    tab: str
    name: str
    section: gr.Tabs | None  # the inner tabs in which the panel is on the one called `page`
    controls: dict[str, gr.components.Component]
    page: str = ""  # by default the panel's own name


@dataclass
class House:
    tray: gr.HTML
    rooms: gr.Tabs
    built: tuple[str, ...]  # names of the tabs that exist
    quiet: gr.HTML  # invisible, the first component of all: it bears the status of every event
    tab: str = ""  # the tab that renders now
    panels: list[Panel] = field(default_factory=list)

    @property
    def silent(self) -> dict:
        """Options of an event. With each message the page searches and copies all components that ever bore a status:
        so one does."""
        return {"show_progress": "hidden", "show_progress_on": self.quiet}

    def panel(self, name: str, handler: Callable, controls: dict, exhibit: gr.HTML, *, section=None, at_once=False):
        """Wire `handler(x, **settings) -> value` to the exhibit; `section`: the inner tabs in which this panel is one.

        `at_once`: past Gradio's queue, for what takes a few milliseconds and would wait longer for its place than for
        the answer.
        """
        self.panels.append(Panel(self.tab, name, section, controls))
        answer = self._answer(name, handler, tuple(controls))
        moved = [_moved(control) for control in controls.values()]
        gr.on(
            [exhibit.retry, *moved],
            answer,
            [self.tray, *controls.values()],
            exhibit,
            **self.silent,
            trigger_mode="always_last",
            concurrency_id="networks",
            concurrency_limit=2,
            queue=not at_once,
            api_name=f"{self.tab}_{name}",
            api_description=(handler.__doc__ or "").strip(),
        )

    def stream(
        self,
        name: str,
        handler: Callable,
        controls: dict,
        exhibit: gr.HTML,
        triggers: list,
        *,
        section=None,
        page="",
        again=None,
        stop=None,
    ):
        """Wire `handler(x, visitor, **settings)`, an asynchronous generator of values, to the exhibit.

        A visitor's newer run ends his older one in the same panel; `page`: of the inner tabs. Two buttons: `again`
        throws another "seed" and runs, `stop` ends the run. What a recipe sets starts nothing: whoever brings it asks
        for one run.
        """
        self.panels.append(Panel(self.tab, name, section, controls, page))
        wired = dict(
            fn=self._stream(name, handler, tuple(controls)),
            inputs=[self.tray, *controls.values()],
            outputs=exhibit,
            **self.silent,
            trigger_mode="multiple",
            concurrency_limit=None,
        )
        runs = [
            gr.on(
                [exhibit.retry, *triggers],
                **wired,
                api_name=f"{self.tab}_{name}",
                api_description=(handler.__doc__ or "").strip(),
            )
        ]
        if again is not None:
            runs.append(new_seed(again, controls["seed"]).then(**wired, api_visibility="private"))
        if stop is not None:
            stop.click(None, None, None, cancels=runs, queue=False, api_visibility="private")

    def _answer(self, name: str, handler: Callable, names: tuple[str, ...]) -> Callable:
        recipe = self._recipe(name, names)

        @answering
        def answer(request: gr.Request, shown, *values):
            return handler(specimen.tensor(shown), **dict(zip(names, values))) | recipe(shown, values)

        return _signed(answer, names)

    def _stream(self, name: str, handler: Callable, names: tuple[str, ...]) -> Callable:
        recipe, where = self._recipe(name, names), f"{self.tab} {name}"

        @streaming
        async def answer(request: gr.Request, shown, *values):
            x = await asyncio.to_thread(specimen.tensor, shown)
            async with aclosing(handler(x, f"{request.session_hash} {where}", **dict(zip(names, values)))) as found:
                async for value in found:
                    yield value | recipe(shown, values) | {"nth": next(SENT)}

        return _signed(answer, names)

    def _recipe(self, name: str, names: tuple[str, ...]) -> Callable[..., dict]:
        tab = self.tab

        def recipe(shown, values) -> dict:
            whole = {"tab": tab, "panel": name, "settings": dict(zip(names, values)), "specimen": shown}
            return {"recipe": whole, "link": share.to_link(whole)}

        return recipe

    def restore(self, recipe) -> dict:
        """Updates that bring back a recipe: tab, section and plain controls (our widgets restore themselves, see
        page.js)."""
        recipe = share.clean(recipe)
        panel = next((p for p in self.panels if recipe and (p.tab, p.name) == (recipe["tab"], recipe["panel"])), None)
        if panel is None:
            return {}
        updates = {self.rooms: gr.Tabs(selected=panel.tab)}
        if panel.section is not None:
            updates[panel.section] = gr.Tabs(selected=panel.page or panel.name)
        for name, control in _plain(panel).items():
            if name in recipe["settings"] and _fits(control, recipe["settings"][name]):
                updates[control] = recipe["settings"][name]
        return updates

    def open(self, tab: str | None) -> dict:
        """Updates that open a tab, or change nothing where there is none of that name."""
        return {self.rooms: gr.Tabs(selected=tab) if tab in self.built else gr.skip()}

    def outputs(self) -> list:
        """Everything that `restore` may change."""
        sections = [panel.section for panel in self.panels if panel.section is not None]
        controls = [control for panel in self.panels for control in _plain(panel).values()]
        return list(dict.fromkeys([self.rooms, *sections, *controls]))


def _signed(answer: Callable, names: tuple[str, ...]) -> Callable:
    """The handler with the settings' names in its signature, so that the API shows them."""
    parameters = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in ("specimen", *names)]
    request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)
    answer.__signature__ = inspect.Signature([request, *parameters])
    return answer


def noting(handler: Callable) -> Callable:
    """A handler of a stream whose last value tells in words, instead of an error, which checkpoint cannot be read."""

    @functools.wraps(handler)
    async def told(*values, **settings):
        try:
            async with aclosing(handler(*values, **settings)) as found:
                async for value in found:
                    yield value
        except CheckpointError as error:
            yield {"note": trouble(error)}

    return told


def _moved(control) -> Callable:
    """The event after which a panel wants another value; a field of ours that tells what its visitor does tells nothing
    else."""
    tells = isinstance(control, gr.HTML) and 'trigger("input")' in (control.js_on_load or "")
    return control.input if tells else control.change


def _plain(panel: Panel) -> dict:
    return {name: control for name, control in panel.controls.items() if not isinstance(control, gr.HTML)}


def _fits(control, value) -> bool:
    """Whether a value from a recipe can be shown by a control (the handler checks it again)."""
    if isinstance(control, (gr.Radio, gr.Dropdown)):
        typed = getattr(control, "allow_custom_value", False) and isinstance(value, int) and not isinstance(value, bool)
        return typed or value in [choice for _, choice in control.choices]
    if isinstance(control, (gr.Slider, gr.Number)):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return (
            number
            and (control.minimum is None or control.minimum <= value)
            and (control.maximum is None or value <= control.maximum)
        )
    return isinstance(value, bool)


def attempt(label, make: Callable[[], dict]) -> dict:
    """make() -> a figure, or the figure that says in words which checkpoint is missing; the others go on."""
    try:
        return make()
    except CheckpointError as error:
        return figure(None, label, note=trouble(error))
    except Refused as refusal:
        return figure(None, label, note=[refusal.key, refusal.values])
