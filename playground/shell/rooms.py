"""Rooms are sent when they are opened. Written for Gradio 6.31, whose page takes a part of itself with any answer.

A visitor's page begins with what they see: what stands in a tab that is not open, or in a closed accordion that no
event needs, is left out of it. It comes, with its events, as the answer to opening it, and is asked for once. The
server knows all of it from the start: the API and the sessions are those of the whole app.
"""

from collections.abc import Iterator
from functools import cached_property

import gradio as gr


class Rooms:
    """What stands closed in an app, by the number of the tab or the accordion; made inside its `gr.Blocks`, once all
    is there. `silent` are options of an event that bears no status; `places` says on which inner tab a panel is, by
    "tab panel"."""

    def __init__(self, demo: gr.Blocks, silent: dict, places: dict[str, str]):
        self.demo, self.places = demo, places
        options = dict(**silent, queue=False, api_visibility="private", trigger_mode="once")
        self.events = {
            (door.select if isinstance(door, gr.Tab) else door.expand)(_opened, None, None, **options)["id"]: door._id
            for door in list(_closed(demo))
        }
        self._answer_with(demo.process_api)

    def _answer_with(self, process) -> None:
        async def process_api(block_fn, *values, **options) -> dict:
            answer = await process(block_fn, *values, **options)
            room = self.events.get(block_fn._id)
            return answer if room is None else answer | {"render_config": self.sent[room]}

        self.demo.process_api = process_api

    @cached_property
    def sent(self) -> dict[int, dict]:
        """What opening a room brings."""
        return {room: self._sent(room, layout) for room, layout in self._cut[1].items()}

    def page(self, config: dict) -> dict:
        """The configuration of a page on which nothing was opened yet."""
        layout, components = self._cut[0], _of(self._cut[0], config)
        events = [
            one if self._home(one) is None else one | {"targets": []}  # what tells of the API lists it
            for one in config["dependencies"]
            if self._home(one) is None or one["api_visibility"] == "public"
        ]
        numbers = {"components": [one["id"] for one in components], "dependencies": [one["id"] for one in events]}
        pages = {"": {"layout": layout} | numbers}
        return config | {"layout": layout, "components": components, "dependencies": events, "page": pages}

    def _sent(self, room: int, layout: dict) -> dict:
        events = [
            one | {"backend_fn": False} if self.events.get(one["id"]) == room else one  # it is opened once
            for one in self._config["dependencies"]
            if self.events.get(one["id"]) == room or self._home(one) == room
        ]
        return {
            "render_id": room,
            "layout": layout,
            "components": [_standing_open(one, room) for one in _of(layout, self._config)],
            "dependencies": events,
        }

    @cached_property
    def _config(self) -> dict:
        return self.demo.get_config_file()

    @cached_property
    def _cut(self) -> tuple[dict, dict[int, dict]]:
        """The layout of the page without its rooms, and those of the rooms without the rooms in them."""
        rooms: dict[int, dict] = {}
        return _without(self._config["layout"], set(self.events.values()), rooms), rooms

    @cached_property
    def _rooms_of(self) -> dict[int, int]:
        """In which room a component is."""
        return {number: room for room, layout in self._cut[1].items() for number in _numbers(layout) if number != room}

    def _home(self, event: dict) -> int | None:
        """The room in which an event, or the one that it follows, happens."""
        first = event
        while first.get("trigger_after") is not None:
            first = next(one for one in self._config["dependencies"] if one["id"] == first["trigger_after"])
        return next((self._rooms_of[number] for number, _ in first["targets"] if number in self._rooms_of), None)


def _opened() -> None:
    """The answer brings the room."""


def _closed(demo: gr.Blocks) -> Iterator[gr.Tab | gr.Accordion]:
    """Tabs that are not open at first, and closed accordions without anything that an event needs."""
    needed = {
        number
        for event in demo.fns.values()
        for number in (*_ids(event.inputs), *_ids(event.outputs), *(target for target, _ in event.targets))
    }
    for block in demo.blocks.values():
        if isinstance(block, gr.Tabs):
            yield from (tab for tab in block.children if isinstance(tab, gr.Tab) and tab.id != block.selected)
        elif isinstance(block, gr.Accordion) and not block.open and needed.isdisjoint(_inside(block)):
            yield block


def _ids(blocks) -> list[int]:
    return [block._id for block in blocks]


def _inside(block) -> list[int]:
    return [number for child in getattr(block, "children", ()) for number in (child._id, *_inside(child))]


def _without(layout: dict, closed: set[int], rooms: dict[int, dict]) -> dict:
    """A layout whose closed parts are empty; what was in them goes to `rooms`."""
    whole = layout | {"children": [_without(child, closed, rooms) for child in layout.get("children", [])]}
    if layout["id"] not in closed:
        return whole
    rooms[layout["id"]] = whole
    return layout | {"children": []}


def _numbers(layout: dict) -> list[int]:
    return [layout["id"], *(number for child in layout.get("children", []) for number in _numbers(child))]


def _standing_open(one: dict, room: int) -> dict:
    """A component of what was opened: the accordion itself stays open when it comes."""
    return one | {"props": one["props"] | {"open": True}} if one["id"] == room and "open" in one["props"] else one


def _of(layout: dict, config: dict) -> list[dict]:
    """The components of a layout."""
    numbers = set(_numbers(layout))
    return [one for one in config["components"] if one["id"] in numbers]
