"""One file per trained model, found by name: `get("ae")` is training/recipes/ae.py, checked against its contract."""

import importlib
import pkgutil
from types import ModuleType

CONTRACT = {
    "MODEL": "the class of the trained network",
    "CONFIG": "a frozen dataclass of everything that can be set",
    "TINY": "the same at a size for tests",
    "setup": "setup(config, device) -> (model, batches, update)",
}


class RecipeError(LookupError):
    """There is no such recipe, or it lacks a part; the message says which."""


def names() -> list[str]:
    """All recipes, in alphabetical order."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def get(name: str) -> ModuleType:
    """The recipe's module.

    Raises:
        RecipeError: there is none of that name, or it does not keep the contract.
    """
    if name not in names():
        raise RecipeError(f"There is no recipe {name!r}; there are: {', '.join(names())}, all.")
    recipe = importlib.import_module(f"{__name__}.{name}")
    for part, meaning in CONTRACT.items():
        if not hasattr(recipe, part):
            raise RecipeError(f"training/recipes/{name}.py must define {part}: {meaning}.")
    return recipe
