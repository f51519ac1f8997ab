"""The line: who may compute, who waits, who is refused at once, and who is no longer wanted."""

import asyncio
import time
from contextlib import aclosing

import gradio as gr
import pytest

from playground import panels
from playground.images import specimen
from playground.serving import sampling, waiting_line
from playground.serving.engine import Engine
from playground.serving.job import Cancelled
from playground.serving.validation import Refused
from playground.serving.waiting_line import Line
from tests.helpers import awaited, is_one_sentence
from tests.unit.playground.serving.test_engine import counting


def test_who_waits_is_told_where_and_called_in_turn():
    row = Line(slots=2, share=2, room=3)
    places = [row.join(str(k), "a") for k in range(5)]
    assert [row.ahead(one) for one in places] == [0, 0, 0, 1, 2] and [one.called for one in places] == [1, 1, 0, 0, 0]
    with pytest.raises(Refused) as refusal:
        row.join("too many", "a")
    assert refusal.value.key == "busy" and refusal.value.values == {"place": 4}
    assert all(is_one_sentence(refusal.value.say(language)) for language in ("en", "zh"))
    row.leave(places[2])
    row.leave(places[0])
    assert [one.called for one in places] == [1, 1, 0, 1, 0] and row.ahead(places[4]) == 0
    for one in places:
        row.leave(one)
    assert not row.served and not row.waiting


def test_a_crowd_in_one_room_leaves_slots_to_the_others():
    """And a line that is full of it refuses nobody who can begin at once."""
    row = Line(slots=64, share=48, room=20)
    crowd = [row.join(str(k), "rerank", "dalle", 8) for k in range(26)]
    assert sum(one.called for one in crowd) == 6 and len(row.waiting) == 20
    with pytest.raises(Refused):
        row.join("one more", "rerank", "dalle", 8)
    others = [row.join(f"other {k}", "stages", "dalle2") for k in range(16)]
    assert all(one.called for one in others)
    with pytest.raises(Refused):
        row.join("another", "stages", "dalle2")
    row.leave(crowd[0])
    assert crowd[6].called and not crowd[7].called


def test_a_large_piece_of_work_is_not_overtaken_for_ever():
    row = Line(slots=4, share=4, room=9)
    small = [row.join(str(k), "small", "a") for k in range(4)]
    large = row.join("large", "large", "b", 100)  # more than there are
    late = row.join("late", "small", "a")
    row.leave(small[0])
    assert not large.called and not late.called
    for one in small[1:]:
        row.leave(one)
    assert large.called and not late.called


def test_a_clients_places_are_counted_and_a_newer_one_in_a_panel_ends_the_older():
    row, ended = Line(slots=2, share=2, each=3), []
    places = [row.join("me", panel) for panel in "abc"]
    places[0].at_end.append(lambda: ended.append("a"))
    with pytest.raises(Refused) as refusal:
        row.join("me", "d")
    assert refusal.value.key == "busy.own"
    assert all(is_one_sentence(refusal.value.say(language)) for language in ("en", "zh"))
    newer = row.join("me", "a")
    assert ended == ["a"] and places[0].gone and not newer.gone and row.join("you", "d")
    with pytest.raises(Cancelled):
        places[0].check()
    row.leave(newer)
    assert row.join("me", "d")


def test_an_address_leaves_places_to_the_others():
    row = Line(slots=2, house=3)
    places = [row.join(f"me {k}", "a", address="here") for k in range(3)]
    with pytest.raises(Refused) as refusal:
        row.join("me again", "a", address="here")
    assert refusal.value.key == "busy.house"
    assert all(is_one_sentence(refusal.value.say(language)) for language in ("en", "zh"))
    assert row.join("you", "a", address="there") and row.join("me 0", "a", address="here")
    row.leave(places[1])
    assert row.join("me again", "a", address="here")


def test_a_class_behind_one_address_is_taken_whole():
    row = Line()
    places = [row.join(f"phone {k}", f"room {n}", address="school") for k in range(30) for n in range(3)]
    assert not any(one.gone for one in places) and len(row.served) + len(row.waiting) == 90


def test_what_nobody_reads_ends(monkeypatch):
    monkeypatch.setattr(waiting_line, "UNREAD", 0.05)
    row, unread = Line(), []
    watched = row.join("me", "a", unread=lambda: unread[0] if unread else None)
    for _ in range(4):  # each message is read in time
        unread[:] = [object()]
        watched.check()
        time.sleep(0.03)
    unread.clear()
    time.sleep(0.1)
    watched.check()
    unread[:] = [object()]
    watched.check()
    time.sleep(0.1)
    with pytest.raises(Cancelled, match="Nobody reads"):
        watched.check()
    assert watched not in row.served


def panel(handler, session: str = "me", name: str = "one"):
    """A stream as a panel wires it, for a visitor."""
    app = panels.App(None, None, (), None, tab="dalle")
    request = gr.Request(session_hash=session, headers={})
    return app._stream(name, handler, {"seed": None}, 8, True)(request, None, 1)


@pytest.fixture
def one_slot(monkeypatch):
    row = Line(slots=1, share=1, room=2)
    monkeypatch.setattr(panels, "LINE", row)
    monkeypatch.setattr(sampling, "LINE", row)
    monkeypatch.setattr(waiting_line, "PAUSE", 0.02)
    return row


def test_a_place_is_taken_before_anything_is_read(one_slot, monkeypatch):
    read = []
    monkeypatch.setattr(specimen, "tensor", lambda shown, needed: read.append(shown))

    async def handler(x, visitor, seed):
        yield {"x": visitor}

    async def crowd():
        with one_slot.join("someone", "else"):
            waiting = [panel(handler, f"me {k}") for k in range(2)]
            assert all("recipe" in told for told in [await anext(one) for one in waiting])  # that it has begun
            assert [(await anext(one))["note"] for one in waiting] == [["waiting", {"place": k}] for k in (1, 2)]
            begun = time.monotonic()
            for k in range(498):
                with pytest.raises(gr.Error, match="you would be number 3"):
                    await anext(panel(handler, f"you {k}"))
            assert time.monotonic() - begun < 20 and not read
        return [[value async for value in one] for one in waiting]

    first, second = awaited(crowd())
    assert "x" in first[-1] and "x" in second[-1] and len(read) == 2 and not one_slot.served and not one_slot.waiting


def test_a_newer_run_in_a_panel_ends_the_older_wherever_that_is(one_slot, monkeypatch):
    """In the line, in its preparation, among the networks, at its last words."""
    monkeypatch.setattr(specimen, "tensor", lambda shown, needed: None)
    engine = Engine({"n": lambda x, t, conditions: (time.sleep(0.001), x)[1]})
    monkeypatch.setattr(sampling, "engine", lambda: engine)

    def at(stage):
        async def handler(x, visitor, seed):
            if stage == "prepares":
                yield {}
            jobs = sampling.start(visitor, [("n", counting(10**6 if stage == "draws" else 1))])
            async with aclosing(sampling.progress(jobs, 0.01)) as moved:
                async for _ in moved:
                    yield {}
            yield {"last": True}
            yield {"said": True}

        return handler

    async def twice(stage):
        before = one_slot.join("someone", "else") if stage == "waits" else None
        older = panel(at(stage))
        shown = [await anext(older) for _ in range(2 if stage == "ends" else 1)]
        if before:
            one_slot.leave(before)
        newer = [value async for value in panel(at("ends"))]
        return shown, [value async for value in older], newer

    for stage in ("waits", "prepares", "draws", "ends"):
        _, rest, newer = awaited(twice(stage))
        assert not any("said" in value for value in rest) and "said" in newer[-1]
        assert not one_slot.served and not one_slot.waiting
    deadline = time.monotonic() + 10
    while (engine.jobs or engine.flight) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not engine.jobs and not engine.flight
    engine.close()


def test_one_who_leaves_gives_their_place_back(one_slot):
    async def handler(x, visitor, seed):
        while True:
            yield {}
            await asyncio.sleep(0)

    async def leave():
        running, waiting = panel(handler, "a"), panel(handler, "b")
        await anext(running)
        await anext(waiting)
        await waiting.aclose()
        assert one_slot.served and not one_slot.waiting
        await running.aclose()

    awaited(leave())
    assert not one_slot.served and not one_slot.waiting
