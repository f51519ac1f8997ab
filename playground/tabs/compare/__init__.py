"""Compare: every system on one question, every model in one table, and every claim of the papers beside a number."""

from playground.tabs.compare import claims, models, side, specimen

TITLE, ORDER, FAMILY = "tab.compare", 95, "road"
PANELS = {"side": side, "specimen": specimen, "models": models, "claims": claims}
