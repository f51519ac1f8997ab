"""One vote per phone, one question at a time, one teacher; everything is gone after a day."""

import sqlite3
import time

import pytest

from playground.serving import classroom, rate_limit
from playground.serving.classroom import Classroom
from playground.serving.rate_limit import RateLimit
from playground.shell.refusals import Unanswered


@pytest.fixture
def room(tmp_path) -> Classroom:
    return Classroom(tmp_path / "deep" / "classes.db")


@pytest.fixture
def held(room) -> dict:
    """An open class with a question of three answers."""
    one = room.open()
    room.ask(one["code"], one["key"], "rebuild.question", 3)
    return one


def refused(status: int, key: str):
    return pytest.raises(Unanswered, match=f"^{key}$", check=lambda error: error.status == status)


def test_a_code_is_short_and_cannot_be_misread(room):
    codes = {room.open()["code"] for _ in range(20)}
    assert len(codes) == 20 and all(len(code) == 5 and not set(code) & set("IO01") for code in codes)


def test_votes_are_counted_per_answer(room, held):
    for choice in (1, 3, 3):
        room.vote(held["code"], room.join(held["code"])["phone"], "rebuild.question", choice)
    found = {"question": "rebuild.question", "answer": None, "counts": [1, 0, 2], "phones": 3}
    assert room.state(held["code"]) == found


def test_a_phone_has_one_vote_and_may_change_it_until_the_result_is_shown(room, held):
    code, phone = held["code"], room.join(held["code"])["phone"]
    room.vote(code, phone, "rebuild.question", 1)
    room.vote(code, phone, "rebuild.question", 2)
    assert room.state(code)["counts"] == [0, 1, 0]
    room.show(code, held["key"], 2)
    assert room.state(code)["answer"] == 2
    with refused(409, "class.late"):
        room.vote(code, phone, "rebuild.question", 3)
    assert room.state(code)["counts"] == [0, 1, 0]


def test_another_question_begins_without_votes_and_the_same_one_goes_on(room, held):
    code, phone = held["code"], room.join(held["code"])["phone"]
    room.vote(code, phone, "rebuild.question", 1)
    room.ask(code, held["key"], "rebuild.question", 3)
    assert room.state(code)["counts"] == [1, 0, 0]
    room.ask(code, held["key"], "draws.question", 2)
    assert room.state(code) == {"question": "draws.question", "answer": None, "counts": [0, 0], "phones": 1}
    with refused(409, "class.late"):
        room.vote(code, phone, "rebuild.question", 1)


def test_a_restart_keeps_the_class(room, held):
    phone = room.join(held["code"])["phone"]
    room.vote(held["code"], phone, "rebuild.question", 2)
    again = Classroom(room.path)
    assert again.state(held["code"])["counts"] == [0, 1, 0]
    again.vote(held["code"], phone, "rebuild.question", 3)
    assert again.state(held["code"])["counts"] == [0, 0, 1]


def test_after_a_day_all_of_it_is_gone(room, held, monkeypatch):
    room.vote(held["code"], room.join(held["code"])["phone"], "rebuild.question", 2)
    tomorrow = time.time() + classroom.DAY + 1
    monkeypatch.setattr(classroom.time, "time", lambda: tomorrow)
    with refused(404, "class.wrong"):
        room.state(held["code"])
    room.open()
    with sqlite3.connect(room.path) as book:
        left = [book.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("classes", "phones", "votes")]
    book.close()
    assert left == [1, 0, 0]


def test_a_class_that_ended_says_so_and_forgets_its_votes(room, held):
    phone = room.join(held["code"])["phone"]
    room.vote(held["code"], phone, "rebuild.question", 2)
    room.end(held["code"], held["key"])
    for act in (
        lambda: room.state(held["code"]),
        lambda: room.join(held["code"]),
        lambda: room.vote(held["code"], phone, "rebuild.question", 1),
        lambda: room.ask(held["code"], held["key"], "draws.question", 3),
    ):
        with refused(410, "class.over"):
            act()
    with sqlite3.connect(room.path) as book:
        assert book.execute("SELECT count(*) FROM votes").fetchone()[0] == 0
    book.close()


@pytest.mark.parametrize("code", ["", "ZZZZZ", "'; DROP TABLE votes", "<b>", "é" * 5])
def test_a_wrong_code_is_told(room, held, code):
    for act in (room.state, room.join, lambda code: room.vote(code, "x", "rebuild.question", 1)):
        with refused(404, "class.wrong"):
            act(code)


def test_only_the_teacher_asks_shows_and_ends(room, held):
    code = held["code"]
    other = room.open()["key"]
    for key in ("", other, "é", held["key"] + "x"):
        for act in (
            lambda key: room.ask(code, key, "x", 3),
            lambda key: room.show(code, key, 1),
            lambda key: room.end(code, key),
        ):
            with refused(403, "class.not_yours"):
                act(key)


@pytest.mark.parametrize("choice", [0, 4, -1])
def test_a_vote_for_no_answer_or_by_a_stranger_is_refused(room, held, choice):
    phone = room.join(held["code"])["phone"]
    with refused(400, "class.no_answer"):
        room.vote(held["code"], phone, "rebuild.question", choice)
    with refused(403, "class.stranger"):
        room.vote(held["code"], "somebody", "rebuild.question", 1)


def test_classes_and_phones_have_a_limit(room, held, monkeypatch):
    monkeypatch.setattr(classroom, "MOST_PHONES", 2)
    monkeypatch.setattr(classroom, "MOST_CLASSES", 2)
    room.join(held["code"])
    room.join(held["code"])
    with refused(429, "class.full"):
        room.join(held["code"])
    other = room.open()
    with refused(429, "class.full"):
        room.open()
    room.end(other["code"], other["key"])
    room.open()


@pytest.mark.parametrize("damage", ["file", "folder"])
def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path, damage):
    path = tmp_path / "classes.db"
    if damage == "file":
        path.write_bytes(b"this is no book" * 100)
    else:
        path.mkdir()
    with refused(503, "class.unavailable"):
        Classroom(path).open()


def test_a_pace_lets_some_through_at_once_and_then_so_many_a_second(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(rate_limit.time, "monotonic", lambda: now)
    one = RateLimit(rate=2, burst=3)
    for _ in range(3):
        one.check("a")
    with refused(429, "class.fast"):
        one.check("a")
    one.check("b")
    now += 0.5
    one.check("a")
    with refused(429, "class.fast"):
        one.check("a")


def test_a_pace_remembers_a_limited_number_of_senders(monkeypatch):
    monkeypatch.setattr(rate_limit, "MOST_SENDERS", 5)
    one = RateLimit(rate=0.001, burst=2)
    for n in range(5):
        one.check(str(n))
    with refused(429, "class.fast"):
        one.check("a sixth")
    one.left = {name: (told[0], told[1] - 1e6) for name, told in one.left.items()}
    one.check("a sixth")
    assert len(one.left) == 1
