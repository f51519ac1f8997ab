"""What a page begins with, and what opening brings: together they are the whole app, each part of it once."""

import gc
from collections.abc import Iterator

import gradio as gr
import pytest

from playground.shell.rooms import Rooms
from tests.helpers import awaited

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # event loops that Gradio makes and drops


@pytest.fixture(scope="module")
def app() -> Iterator[tuple[gr.Blocks, Rooms]]:
    with gr.Blocks() as demo:
        quiet = gr.HTML()
        with gr.Tabs(selected="a"):
            with gr.Tab("A", id="a"):
                gr.Number(elem_id="first")
            with gr.Tab("B", id="b"), gr.Tabs(selected="c"):
                with gr.Tab("C", id="c"):
                    asked = gr.Number(elem_id="asked")
                    asked.change(lambda x: x, asked, asked, api_name="told").then(lambda: None, None, quiet)
                    with gr.Accordion("more", open=False):
                        more = gr.Number(elem_id="more")
                        more.change(lambda x: x, more, asked, api_name="more")
                with gr.Tab("D", id="d"), gr.Accordion("maths", open=False, elem_id="maths"):
                    gr.Markdown("text", elem_id="text")
        rooms = Rooms(demo, {"show_progress": "hidden", "show_progress_on": quiet}, {})
    yield demo, rooms
    gc.collect()


def names(components: list[dict]) -> set[str]:
    return {one["props"].get("elem_id") or one["props"].get("label") for one in components} - {None}


def test_a_page_begins_with_what_stands_open(app):
    demo, rooms = app
    page = rooms.page(demo.get_config_file())
    assert {"first", "A", "B"} <= names(page["components"]) and names(page["components"]).isdisjoint({"C", "asked"})


def test_each_room_brings_what_stands_open_in_it(app):
    _, rooms = app
    found = [names(room["components"]) for room in rooms.sent.values()]
    assert {"B", "C", "D", "asked", "more"} in [one & {"B", "C", "D", "asked", "more", "text"} for one in found]
    assert {"D", "maths"} in found and {"maths", "text"} in found


def test_page_and_rooms_hold_every_component_and_every_event_once(app):
    demo, rooms = app
    config = demo.get_config_file()
    page = rooms.page(config)
    brought = [one["id"] for number, room in rooms.sent.items() for one in room["components"] if one["id"] != number]
    assert sorted([one["id"] for one in page["components"]] + brought) == sorted(
        one["id"] for one in config["components"]
    )
    active = [one["id"] for one in page["dependencies"] if one["targets"]]
    active += [one["id"] for room in rooms.sent.values() for one in room["dependencies"] if one["backend_fn"]]
    assert sorted(active) == sorted(one["id"] for one in config["dependencies"])


def test_the_page_tells_of_the_whole_api(app):
    demo, rooms = app
    told = {one["api_name"] for one in rooms.page(demo.get_config_file())["dependencies"]}
    assert {"told", "more"} <= told


def test_opening_brings_the_room_whose_own_event_asks_no_more(app):
    demo, rooms = app
    for event, room in rooms.events.items():
        answer = awaited(demo.process_api(demo.fns[event], []))
        brought = answer["render_config"]
        assert brought["render_id"] == brought["layout"]["id"] == room
        assert [one["backend_fn"] for one in brought["dependencies"] if one["id"] == event] == [False]


def test_an_accordion_that_was_opened_stays_open(app):
    demo, rooms = app
    number = next(block._id for block in demo.blocks.values() if block.elem_id == "maths")
    assert next(one for one in rooms.sent[number]["components"] if one["id"] == number)["props"]["open"] is True
