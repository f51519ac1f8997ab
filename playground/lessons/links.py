"""Whether a link of a lesson restores what it names: its tab, its panel, each setting, the specimen."""

from playground import restoring
from playground.images import atlas
from playground.panels import App
from playground.serving.validation import Refused
from playground.shell import share


def complaint(app: App, link: str) -> str | None:
    """Half a sentence that says what is wrong with a link, or None."""
    recipe = share.from_link(link)
    if recipe is None:
        return "the link names no tab and panel: copy it from the app"
    if recipe["tab"] not in {panel.tab for panel in app.panels}:
        return f"there is no tab {recipe['tab']!r}"
    panel = restoring.panel_of(app, recipe)
    if panel is None:
        return f"the tab {recipe['tab']!r} has no panel {recipe['panel']!r}"
    if unknown := sorted(recipe["settings"].keys() - panel.controls):
        return f"the panel {panel.name!r} has no setting {unknown[0]!r}"
    if lost := restoring.lost(app, recipe):
        return f"{lost[0]} of the panel {panel.name!r} cannot be {recipe['settings'][lost[0]]!r}"
    return _of_specimen(recipe["specimen"])


def _of_specimen(specimen: dict | None) -> str | None:
    if specimen is None or specimen["kind"] != "atlas":
        return None
    try:
        atlas.drawing(specimen["style"], specimen["tile"])
    except (Refused, OSError):
        return f"there is no drawing {specimen['style']}.{specimen['tile']}"
    return None
