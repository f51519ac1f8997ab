"""Diagram: how a room opens. Three sentences (what goes in, what happens, what to look at), and the room's system in
boxes and arrows: a box leads to its panel, and a network's box is lit while it runs.

A tab declares its Room; the script places it, in as many columns as the window has space for.
"""

from dataclasses import asdict, dataclass

import gradio as gr

from playground.widgets import widget

TEMPLATE = """<div class="room"><p class="says"></p>\
<details><summary></summary><svg role="group"></svg></details></div>"""


@dataclass(frozen=True)
class Box:
    """A part of a system: a network, or what goes in or comes out."""

    label: str  # a catalogue key
    column: int
    row: int
    panel: str  # where it leads: a panel of the tab, or TAB/PANEL
    network: bool = False
    runs: tuple[str, ...] = ()  # the panels in which it runs; all of the tab's where none is named
    stage: str | None = None  # it runs while the answer says so; where none is named, as long as the answer is awaited


@dataclass(frozen=True)
class Room:
    """texts: the catalogue's TEXTS.in, .does and .look; boxes by name; arrows: "picture>encoder>code noise>code"."""

    texts: str
    boxes: dict[str, Box]
    arrows: str

    def links(self) -> list[tuple[str, str]]:
        """The arrows, each from one box to the next."""
        chains = [chain.split(">") for chain in self.arrows.split()]
        return [link for chain in chains for link in zip(chain, chain[1:], strict=False)]


def data(label: str, column: int, row: int = 0, *, panel: str) -> Box:
    """What goes in, lies between or comes out."""
    return Box(label, column, row, panel)


def network(label: str, column: int, row: int = 0, *, panel: str, runs: str = "", stage: str | None = None) -> Box:
    """What computes; runs: names of panels, with spaces between them."""
    return Box(label, column, row, panel, True, tuple(runs.split()), stage)


def diagram(tab: str, room: Room) -> gr.HTML:
    boxes = {name: asdict(box) for name, box in room.boxes.items()}
    return widget("diagram", TEMPLATE, tab=tab, texts=room.texts, boxes=boxes, links=room.links())
