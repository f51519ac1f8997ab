"""Tabs are found, not listed: every package in playground/tabs that keeps the contract is a tab of the app.

The contract: TITLE (a catalogue key), ORDER (a number), FAMILY (a colour family), and PANELS, {name: module}, where a
panel's module has render(app), which builds and wires it. A panel's title is the catalogue's panel.NAME; a tab with one
panel only shows it without inner tabs. Optional: OPENS, the panel that is open at first (by default the first one);
WARM, what is loaded at the start; NEEDS, checkpoints without which the tab has nothing to show and stays closed; and
ROOM, the three sentences and the diagram that it opens with.
"""

import importlib
import inspect
import pkgutil
from types import ModuleType

from playground.serving.checkpoints import stamp
from playground.shell.languages import catalogue

FAMILIES = ("road", "teal", "violet", "orange", "blue", "green")
CONTRACT = {"TITLE": str, "ORDER": (int, float), "FAMILY": str, "PANELS": dict}


class ContractError(TypeError):
    """A tab does not define what a tab must define."""


def find(package: ModuleType) -> list[ModuleType]:
    """The tabs of a package, checked, in their order; without those whose checkpoints (`NEEDS`) do not ship yet."""
    names = [found.name for found in pkgutil.iter_modules(package.__path__)]
    tabs = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    for tab in tabs:
        check(tab)
    opened = [tab for tab in tabs if all(map(stamp, getattr(tab, "NEEDS", ())))]
    return sorted(opened, key=lambda tab: tab.ORDER)


def name_of(tab: ModuleType) -> str:
    """In links and in the API: the name of the tab's folder."""
    return tab.__name__.rpartition(".")[2]


def opens(tab: ModuleType) -> str:
    """The panel that is open at first."""
    return getattr(tab, "OPENS", next(iter(tab.PANELS)))


def check(tab: ModuleType) -> None:
    """Raises ContractError with one sentence that says what the tab lacks."""
    where = f"playground/tabs/{name_of(tab)}"
    for name, kind in CONTRACT.items():
        if not isinstance(getattr(tab, name, None), kind):
            raise ContractError(f"{where} must define {name}; a tab defines {', '.join(CONTRACT)}")
    if tab.TITLE not in catalogue("en"):
        raise ContractError(f"{where}: TITLE {tab.TITLE!r} is no key of playground/locales/en")
    if tab.FAMILY not in FAMILIES:
        raise ContractError(f"{where}: FAMILY {tab.FAMILY!r} must be one of {', '.join(FAMILIES)}")
    _check_panels(tab, where)


def _check_panels(tab: ModuleType, where: str) -> None:
    if not tab.PANELS:
        raise ContractError(f"{where}: PANELS must have at least one panel")
    if opens(tab) not in tab.PANELS:
        raise ContractError(f"{where}: OPENS {tab.OPENS!r} must be one of {', '.join(tab.PANELS)}")
    for name, panel in tab.PANELS.items():
        if len(tab.PANELS) > 1 and f"panel.{name}" not in catalogue("en"):
            raise ContractError(f"{where}: the panel {name} needs a title, panel.{name} in playground/locales/en")
        render = getattr(panel, "render", None)
        if not callable(render) or len(inspect.signature(render).parameters) != 1:
            raise ContractError(f"{where}: render of the panel {name} must take exactly one argument, the app")
