"""Every room's diagram is whole: its boxes have labels and lead to panels that are there, its arrows join its boxes."""

import pytest

from playground import discovery, tabs
from playground.shell.languages import catalogue
from playground.widgets.diagram.diagram import Room, data, network

ROOMS = {discovery.name_of(tab): tab for tab in discovery.find(tabs) if hasattr(tab, "ROOM")}
PANELS = {discovery.name_of(tab): {*tab.PANELS} for tab in discovery.find(tabs)}


def test_the_nine_rooms_have_a_diagram():
    assert {
        "road",
        "autoencoders",
        "codebook",
        "gan",
        "dalle",
        "diffusion",
        "guidance",
        "clip",
        "dalle2",
    } <= ROOMS.keys()


@pytest.mark.parametrize("name", ROOMS)
def test_every_box_has_a_label_and_leads_to_a_panel(name):
    for box in ROOMS[name].ROOM.boxes.values():
        room, _, panel = box.panel.rpartition("/")
        assert box.label in catalogue("en")
        assert panel in PANELS[room or name], box


@pytest.mark.parametrize("name", ROOMS)
def test_every_arrow_joins_two_boxes_and_every_box_is_joined(name):
    room = ROOMS[name].ROOM
    assert {end for link in room.links() for end in link} == room.boxes.keys()


@pytest.mark.parametrize("name", ROOMS)
def test_no_two_boxes_stand_at_one_place(name):
    places = [(box.column, box.row) for box in ROOMS[name].ROOM.boxes.values()]
    assert len(places) == len(set(places))


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_opens_with_three_sentences(name):
    for language, end in (("en", "."), ("zh", "。")):
        texts = [catalogue(language)[f"{ROOMS[name].ROOM.texts}.{part}"] for part in ("in", "does", "look")]
        assert [text.count(end) for text in texts] == [1, 1, 1]


def test_a_chain_of_arrows_is_a_link_from_each_box_to_the_next():
    boxes = {
        "a": data("box.code", 0, panel="x"),
        "b": network("box.prior", 1, panel="x"),
        "c": data("box.z_i", 2, panel="x"),
    }
    assert Room("x.room", boxes, "a>b>c c>a").links() == [("a", "b"), ("b", "c"), ("c", "a")]
