"""Compare: every system on one question, every model in one table, and every claim of the papers beside a number."""

from playground.tabs.compare import claims, models, side, specimen
from playground.widgets.diagram.diagram import Room, data, network

TITLE, ORDER, FAMILY = "tab.compare", 95, "road"
PANELS = {"side": side, "specimen": specimen, "models": models, "claims": claims}
ROOM = Room(
    "compare.room",
    {
        "caption": data("box.caption", 0, panel="side"),
        "systems": network("box.systems", 1, panel="side", runs="side specimen"),
        "picture": data("box.picture", 2, panel="specimen"),
        "judge": network("box.judge", 3, panel="side", runs="side"),
        "numbers": data("box.numbers", 4, panel="models"),
        "claims": data("box.claims", 5, panel="claims"),
        "specimen": data("box.specimen", 0, 1, panel="specimen"),
    },
    "caption>systems>picture>judge>numbers>claims specimen>systems",
)
