"""The one line of the app: who may compute now, who waits, and who is told at once that there is no room.

with LINE.join(client, panel, kind, size) as place:      # before anything is read or computed
    async for number in place.turn(): …                  # where one stands, as long as one waits
    …
    place.check()                                        # whether anybody still wants it
"""

import asyncio
import itertools
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

import gradio as gr

from playground.serving.job import Cancelled
from playground.serving.validation import Refused

SLOTS = 64  # pictures that are drawn at the same time
SHARE = 48  # of them for one kind of work at most: beside a crowd of it everybody else goes on
ROOM = 136  # places that may wait
EACH = 6  # places of one client, who has at most one in each panel
HOUSE = 160  # places of one address, from which a whole class may come: somebody else always finds one
PAUSE = 1.0  # seconds between two looks of one who waits; in a long line as much longer as it is longer than LONG
LONG = 16  # places
UNREAD = 15.0  # seconds after which nobody reads what is told
_numbers = itertools.count(1)  # of all places


def address_of(request: gr.Request) -> str:
    """Where a request comes from; clients may call themselves what they like."""
    return getattr(getattr(request, "client", None), "host", "")


def session_of(request) -> str:
    """Whose request it is. To a function of a component Gradio hands the raw request, whose scope names the session
    (see shell/guard.py)."""
    return str(request.session_hash if isinstance(request, gr.Request) else request.scope["visitor"])


def nothing() -> None:
    """Nothing is unread of one who is known to read, and nobody is to be woken yet."""


@dataclass(eq=False)
class Place:
    """One request from its coming to its end: `size` pictures that are drawn at the same time. `unread` tells the
    oldest message that nobody fetched."""

    line: "Line"
    client: str
    panel: str
    kind: str
    size: int
    unread: Callable[[], Any] = nothing
    address: str = ""
    called: bool = False
    gone: bool = False
    at_end: list[Callable[[], None]] = field(default_factory=list)  # what ends with it, whatever ends it
    number: int = field(default_factory=lambda: next(_numbers))
    _wake: Callable[[], None] = field(default_factory=lambda: nothing, init=False)
    _oldest: tuple[Any, float] = field(default=(None, 0.0), init=False)

    @property
    def visitor(self) -> str:
        """A name for the engine that no other place has."""
        return f"{self.client} {self.panel} {self.number}"

    def __enter__(self) -> "Place":
        return self

    def __exit__(self, *_) -> None:
        self.line.leave(self)

    async def turn(self) -> AsyncIterator[int]:
        """Waits until it is called, and yields where it stands at first, and from time to time.

        Raises:
            Cancelled: the client began something else in this panel, or nobody reads.
        """
        loop, moved, told = asyncio.get_running_loop(), asyncio.Event(), 0
        self._wake = lambda: loop.call_soon_threadsafe(moved.set)
        while not self.called:
            self.check()
            ahead = self.line.ahead(self)
            if ahead + 1 != told:
                told = ahead + 1
                yield told
            with suppress(TimeoutError):
                await asyncio.wait_for(moved.wait(), PAUSE * max(1, ahead / LONG))
            moved.clear()
        self.check()

    def check(self) -> None:
        """Raises:
        Cancelled: the client began something else in this panel, or nobody reads.
        """
        if self.gone:
            raise Cancelled("The visitor began something else.")
        oldest, (before, since) = self.unread(), self._oldest
        if oldest is None or oldest is not before:
            self._oldest = oldest, time.monotonic()
        elif time.monotonic() - since > UNREAD:
            self.line.leave(self)
            raise Cancelled("Nobody reads what is drawn.")

    def wake(self) -> None:
        """Wakes the handler that waits for its turn, from any thread."""
        with suppress(RuntimeError):  # the event loop is closed: the visitor is gone
            self._wake()


class Line:
    """First come, first served, but that no kind of work takes more than its `share` of the `slots`."""

    def __init__(self, slots: int = SLOTS, share: int = SHARE, room: int = ROOM, each: int = EACH, house: int = HOUSE):
        self.slots, self.share, self.room, self.each, self.house = slots, share, room, each, house
        self.served: list[Place] = []
        self.waiting: list[Place] = []
        self._all: WeakValueDictionary[str, Place] = WeakValueDictionary()  # by visitor
        self._lock = threading.RLock()

    def join(
        self,
        client: str,
        panel: str,
        kind: str = "",
        size: int = 1,
        unread: Callable[[], Any] = nothing,
        address: str = "",
    ) -> Place:
        """A place, at once; the client's older one in the same panel ends.

        Raises:
            Refused: there is no room, or the client or the address has too many places.
        """
        place = Place(self, client, panel, kind, min(size, self.share, self.slots), unread, address)
        with self._lock:
            everybody = (*self.served, *self.waiting)
            own = [one for one in everybody if one.client == client]
            for older in [one for one in own if one.panel == panel]:
                self.leave(older)
                own.remove(older)
            if len(own) >= self.each:
                raise Refused("busy.own", n=self.each)
            if address and sum(one.address == address for one in everybody if not one.gone) >= self.house:
                raise Refused("busy.house", n=self.house)
            self.waiting.append(place)
            self._call()
            if len(self.waiting) > self.room and not place.called:
                self.waiting.remove(place)
                raise Refused("busy", place=len(self.waiting) + 1)
            self._all[place.visitor] = place
        return place

    def leave(self, place: Place) -> None:
        """Ends a place; whoever holds it learns it at their next check."""
        with self._lock:
            ended = not place.gone
            place.gone = True
            for among in (self.served, self.waiting):
                if place in among:
                    among.remove(place)
            self._call()
        if ended:
            for end in place.at_end:
                end()
            place.wake()

    def ahead(self, place: Place) -> int:
        """How many stand before it."""
        with self._lock:
            return self.waiting.index(place) if place in self.waiting else 0

    def of(self, visitor: str) -> Place | None:
        """The place of that visitor; None where one draws without having stood in line."""
        with self._lock:
            return self._all.get(visitor)

    def _call(self) -> None:
        """Calls whoever may begin now."""
        for place in list(self.waiting):
            alike = sum(one.size for one in self.served if one.kind == place.kind)
            if alike + place.size > self.share:
                continue
            if sum(one.size for one in self.served) + place.size > self.slots:
                return
            self.waiting.remove(place)
            self.served.append(place)
            place.called = True
            place.wake()


LINE = Line()
