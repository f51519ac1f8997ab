"""The claims of the papers: a file per family, each with its CLAIMS, found from the folder's listing."""

import importlib
import pkgutil
from functools import cache

from training.evaluation.claims.claim import Claim


class ClaimError(LookupError):
    """There is no claim of that name; the message lists those that there are."""


@cache
def claims() -> dict[str, Claim]:
    """All claims by name, family by family."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return {claim.name: claim for module in modules for claim in getattr(module, "CLAIMS", ())}


def get(name: str) -> Claim:
    """The claim of a name, which may be written with - or _.

    Raises:
        ClaimError: there is none.
    """
    if (found := claims().get(name.replace("_", "-"))) is None:
        raise ClaimError(f"{name!r} is no claim; there are: {', '.join(claims())}.")
    return found
