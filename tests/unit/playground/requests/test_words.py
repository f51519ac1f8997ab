"""Which words of a text are known: those of the captions, those that were taught, and the rest."""

import pytest

from playground.requests import words
from playground.requests.prompt_controls import known_words

pytestmark = pytest.mark.usefixtures("playground")


def test_every_word_is_sorted_once_and_in_order():
    found = words.known("a red zxqv heart zxqv zeppelin", frozenset({"zeppelin"}))
    assert found == {"read": ["a", "red", "heart"], "taught": ["zeppelin"], "unread": ["zxqv"]}


def test_chinese_counts_by_its_neighbours():
    found = words.known("狐狸龘")
    assert found["unread"] == ["龘"] and "".join(found["read"]).startswith("狐狸")


def test_what_is_said_while_typing_is_what_is_said_of_the_picture():
    text = "a purple zxqv 猫 qqq"
    assert words.known(text)["unread"] == words.unread(text)


@pytest.mark.parametrize("wrong", [None, 3, ["cat"], "x" * (words.MOST + 1)])
def test_what_is_no_text_is_answered_with_nothing(wrong):
    assert known_words(wrong) is None


@pytest.mark.parametrize("text", ["", "  ", "🦊", "\x00\u202ecat", "<b>cat</b>"])
def test_any_text_is_sorted(text):
    assert known_words(text)["unread"] in ([], ["b"], ["🦊"])
