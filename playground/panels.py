"""What a panel is handed: the app with its specimen tray, and `panel` and `stream`, which wire controls to a handler.

A panel is one experiment: some controls, one handler, one exhibit. The app adds what every panel has: the specimen as a
picture, refusals in the visitor's language, the recipe and its link. The way back is in restoring.py.
"""

import asyncio
import functools
import inspect
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

import gradio as gr

from playground.images import specimen
from playground.requests.fields import new_seed
from playground.serving import validation
from playground.serving.validation import answering, streaming
from playground.serving.waiting_line import LINE, Place, address_of
from playground.shell import share
from playground.shell.patches import oldest_unread
from playground.widgets import triggers

SENT = itertools.count(1)  # the values of all streams are numbered: Gradio sends the last one of each twice


@dataclass
class Panel:
    """One experiment, as a recipe finds it again."""

    tab: str
    name: str  # in links, in recipes, and behind the tab's name in the API
    section: gr.Tabs | None  # the inner tabs in which the panel is on the one called `page`
    controls: dict[str, gr.components.Component]
    page: str = ""  # by default the panel's own name


@dataclass
class App:
    """The app while it is built: what all panels share, and where the next one is put."""

    tray: gr.HTML  # the specimen
    tabs: gr.Tabs
    built: tuple[str, ...]  # names of the tabs that exist
    quiet: gr.HTML  # invisible, the first component of all: it bears the status of every event
    tab: str = ""  # the tab that renders now
    section: gr.Tabs | None = None  # its inner tabs, where it has several panels
    page: str = ""  # the inner tab that renders now
    panels: list[Panel] = field(default_factory=list)

    @property
    def silent(self) -> dict:
        """Options of an event. With each message the page searches and copies all components that ever bore a status:
        so one does."""
        return {"show_progress": "hidden", "show_progress_on": self.quiet}

    def panel(self, name: str, handler: Callable, controls: dict, exhibit: gr.HTML, *, at_once: bool = False):
        """Wires `handler(x, **settings) -> value` to the exhibit.

        `at_once`: past Gradio's queue, for what takes a few milliseconds and would wait longer for its place than for
        the answer.
        """
        self._register(name, controls, exhibit)
        asked = gr.on(
            [exhibit.retry, *map(_moved, controls.values())],
            self._answer(name, handler, controls, _needs_specimen(exhibit)),
            [self.tray, *controls.values()],
            exhibit,
            **self.silent,
            trigger_mode="always_last",
            concurrency_id="networks",
            concurrency_limit=2,
            queue=not at_once,
            **self._endpoint(name, handler),
        )
        _tell_failure(name, asked)

    def stream(
        self,
        name: str,
        handler: Callable,
        controls: dict,
        exhibit: gr.HTML,
        *,
        on: list | None = None,
        go: gr.Button | None = None,
        pictures: int = 1,
        again: gr.Button | None = None,
        stop: gr.Button | None = None,
    ):
        """Wires `handler(x, visitor, **settings)`, an asynchronous generator of values, to the exhibit.

        A run takes its place in the line, as one that draws so many `pictures` at the same time, before anything is
        read or computed for it. A visitor's newer run ends their older one in the same panel. It runs whenever a
        visitor sets a control, or on the events `on` alone. Three buttons: `go` runs, `again` draws another "seed" and
        runs, `stop` ends the run. What a recipe sets starts nothing: whoever brings it asks for one run.
        """
        if on is None:
            on = [*map(_set_by_hand, controls.values()), *([go.click] if go else [])]
        self._register(name, controls, exhibit)
        if stop is not None:  # enabled by the page while something runs
            stop.elem_id = exhibit.props["stop"] = f"stop-{self.tab}-{name}"
            stop.interactive = False
        wired = dict(
            fn=self._stream(name, handler, controls, pictures, _needs_specimen(exhibit)),
            inputs=[self.tray, *controls.values()],
            outputs=exhibit,
            **self.silent,
            trigger_mode="multiple",
            concurrency_limit=None,
        )
        runs = [gr.on([exhibit.retry, *on], **wired, **self._endpoint(name, handler))]
        if again is not None:
            runs.append(new_seed(again, controls["seed"]).then(**wired, api_visibility="private"))
        for run in runs:
            _tell_failure(name, run)
        if stop is not None:
            stop.click(None, None, None, cancels=runs, queue=False, api_visibility="private")

    def _register(self, name: str, controls: dict, exhibit: gr.HTML) -> None:
        exhibit.props["panel"] = name
        exhibit.elem_classes.append(f"result-{name}")  # which a question may veil, see veil.js
        for setting, control in controls.items():
            if isinstance(control, gr.HTML):  # it asks the page for what a recipe says of it, by these two names
                control.props |= {"panel": name, "setting": setting}
        self.panels.append(Panel(self.tab, name, self.section, controls, self.page))

    def _endpoint(self, name: str, handler: Callable) -> dict:
        """How the API calls a panel, and what it says of it."""
        return {"api_name": f"{self.tab}_{name}", "api_description": (handler.__doc__ or "").strip()}

    def _answer(self, name: str, handler: Callable, controls: dict, needed: bool) -> Callable:
        names = tuple(controls)
        recipe = self._recipe(name, names)

        @answering
        def answer(request: gr.Request, shown, *values):
            _check_offered(controls, values)
            x = specimen.tensor(shown, needed)
            return handler(x, **dict(zip(names, values, strict=False))) | recipe(shown, values)

        return _signed(answer, names)

    def _stream(self, name: str, handler: Callable, controls: dict, pictures: int, needed: bool) -> Callable:
        names, tab = tuple(controls), self.tab
        recipe = self._recipe(name, names)

        @streaming
        async def answer(request: gr.Request, shown, *values):
            _check_offered(controls, values)
            unread = functools.partial(oldest_unread, request)
            who, where = str(request.session_hash), address_of(request)
            with LINE.join(who, f"{tab} {name}", tab, pictures, unread, where) as place:
                settings, value = dict(zip(names, values, strict=True)), {}
                yield {"doing": "run.begins"} | recipe(shown, values)
                async with aclosing(_in_turn(place, handler, shown, settings, needed)) as found:
                    async for news in found:
                        value = news | recipe(shown, values) | {"nth": next(SENT)}
                        yield {"doing": "run.works"} | value
                value.pop("doing", None)
                yield value

        return _signed(answer, names)

    def _recipe(self, name: str, names: tuple[str, ...]) -> Callable[..., dict]:
        tab = self.tab

        def recipe(shown, values) -> dict:
            settings = dict(zip(names, map(share.writable, values), strict=False))
            whole = {"tab": tab, "panel": name, "settings": settings, "specimen": share.specimen(shown)}
            return {"recipe": whole, "link": share.to_link(whole)}

        return recipe

    def open(self, tab: str | None) -> dict:
        """Updates that open a tab, or change nothing where there is none of that name."""
        return {self.tabs: gr.Tabs(selected=tab) if tab in self.built else gr.skip()}


def _tell_failure(name: str, run) -> None:
    """The panel's widget hears that nothing will come of a run: the message itself is Gradio's."""
    script = f"() => window.playground.fail('{name}')"
    run.failure(None, None, None, js=script, show_progress="hidden", api_visibility="private", queue=False)


def _needs_specimen(exhibit: gr.HTML) -> bool:
    return exhibit.props.get("follows", True)


async def _in_turn(place: Place, handler: Callable, shown, settings: dict, needed: bool) -> AsyncIterator[dict]:
    """Where a run stands in the line, and what its handler yields once its turn has come."""
    async with aclosing(place.turn()) as turn:
        async for number in turn:
            yield {"note": ["waiting", {"place": number}]}
    x = await asyncio.to_thread(specimen.tensor, shown, needed)
    async with aclosing(handler(x, place.visitor, **settings)) as found:
        async for value in found:
            place.check()
            yield value


def _signed(answer: Callable, names: tuple[str, ...]) -> Callable:
    """The handler with the settings' names in its signature, so that the API shows them."""
    parameters = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in ("specimen", *names)]
    request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)
    answer.__signature__ = inspect.Signature([request, *parameters])
    return answer


def _moved(control) -> Callable:
    """The event after which a panel wants another value; a field of ours that tells what its visitor does tells nothing
    else."""
    return control.input if isinstance(control, gr.HTML) and triggers(control, "input") else control.change


def _set_by_hand(control) -> Callable:
    """The event after which a visitor, and no recipe, has set a control; of a slider, once they let it go."""
    if isinstance(control, gr.Slider):
        return control.release
    return _moved(control) if isinstance(control, gr.HTML) else control.input


def _check_offered(controls: dict, values) -> None:
    """Refuses a value that its field does not offer; a field in which one may type leaves that to the handler."""
    for (name, control), value in zip(controls.items(), values, strict=False):
        if isinstance(control, (gr.Radio, gr.Dropdown)) and not getattr(control, "allow_custom_value", False):
            validation.offered(value, [choice for _, choice in control.choices], name)
