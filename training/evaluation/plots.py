"""How the plots in assets/ look."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STYLE: dict[Any, Any] = {
    "font.family": ["IBM Plex Sans", "sans-serif"],
    "font.size": 10,
    "svg.fonttype": "none",
    "svg.hashsalt": "study",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#9aa3ad",
    "axes.labelcolor": "#3b4450",
    "xtick.color": "#3b4450",
    "ytick.color": "#3b4450",
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.titlecolor": "#1b2430",
}


@contextmanager
def styled() -> Iterator[None]:
    """A context in which matplotlib draws in the app's style. The reader's fonts count, not this machine's, so no
    missing font is reported."""
    import matplotlib

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    with matplotlib.rc_context(STYLE):
        yield


def save(figure, path: Path) -> None:
    """Writes the figure; the same figure gives the same bytes."""
    figure.savefig(path, metadata={"Date": None, "Creator": None})
