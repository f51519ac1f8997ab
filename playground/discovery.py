"""Tabs are found, not listed: every module in playground/tabs that keeps the contract is a room of the app.

The contract: TITLE (a catalogue key), ORDER (a number), FAMILY (a colour family), and render(house), which builds and
wires. Optional: WARM, what is loaded at the start, and NEEDS, checkpoints without which the room has nothing to show
and stays closed.
"""

import importlib
import inspect
import pkgutil
from types import ModuleType

from playground.serving.checkpoints import stamp
from playground.shell.languages import catalogue

FAMILIES = ("road", "teal", "violet", "orange", "blue", "green")


class ContractError(TypeError):
    """A tab module does not define what a tab must define."""


def find(package: ModuleType) -> list[ModuleType]:
    """The tab modules of a package, checked, in their order; without those whose checkpoints (`NEEDS`) do not ship
    yet."""
    names = [found.name for found in pkgutil.iter_modules(package.__path__)]
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    for module in modules:
        check(module)
    opened = [module for module in modules if all(map(stamp, getattr(module, "NEEDS", ())))]
    return sorted(opened, key=lambda module: module.ORDER)


def name_of(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def check(module: ModuleType):
    """Raise ContractError with one sentence that says what the module lacks."""
    where = f"playground/tabs/{name_of(module)}.py"
    for name, kind in (("TITLE", str), ("ORDER", (int, float)), ("FAMILY", str), ("render", object)):
        if not isinstance(getattr(module, name, None), kind) or not hasattr(module, name):
            raise ContractError(f"{where} must define {name}; a tab defines TITLE, ORDER, FAMILY and render(house)")
    if module.TITLE not in catalogue("en"):
        raise ContractError(f"{where}: TITLE {module.TITLE!r} is no key of playground/locales/en.json")
    if module.FAMILY not in FAMILIES:
        raise ContractError(f"{where}: FAMILY {module.FAMILY!r} must be one of {', '.join(FAMILIES)}")
    if not callable(module.render) or len(inspect.signature(module.render).parameters) != 1:
        raise ContractError(f"{where}: render must take exactly one argument, the house")
