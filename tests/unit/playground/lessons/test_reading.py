"""A lesson's file is read as it is written; what is wrong with one is a sentence with its file and line."""

import pytest

from playground.lessons import reading
from playground.lessons.reading import LessonError

FRONT = "---\ntitle: T\nminutes: 5\nabout: A.\n---\n"
STEP = "## One\n\n[Open](?tab=gan&panel=lapse&run=gan)\n\nSome *text*.\n\n"
QUESTION = "What & when?\n\n- [ ] This\n- [x] That `z_i`\n\n> Because\n> of it.\n"


@pytest.fixture
def written(tmp_path):
    def write(text: str | bytes):
        file = tmp_path / "own.en.md"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return reading.read(file)

    return write


def test_a_lesson_has_its_front_matter_and_steps(written):
    lesson = written(FRONT + STEP + QUESTION + "\nAfter it.\n\n## Two\n\n- a list\n")
    assert (lesson.title, lesson.minutes, lesson.about, lesson.order) == ("T", 5, "A.", 100)
    one, two = lesson.steps
    assert (one.title, one.link, one.asks_panel) == ("One", "?tab=gan&panel=lapse&run=gan", False)
    assert one.html == "<p>Some <em>text</em>.</p>\n<p>After it.</p>\n"
    assert one.question == reading.Question("What & when?", ("This", "That z_i"), 2, "Because of it.")
    assert two.question is None and two.link is None and "<li>a list</li>" in two.html


def test_a_question_may_have_no_right_answer_and_the_panels_own_may_be_asked(written):
    (one,) = written(FRONT + STEP + QUESTION.replace("[x]", "[ ]")).steps
    assert one.question.right == 0
    (one,) = written(FRONT + STEP + "[Predict](?question)\n").steps
    assert one.asks_panel and one.question is None and "Predict" not in one.html


def test_html_pictures_and_scripts_of_a_lesson_are_text(written):
    foreign = '<script>alert(1)</script>\n\n![x](http://a.b/c.png) [y](javascript:alert(1)) <b onclick="x">'
    (one,) = written(f"{FRONT}## One <i>\n\n{foreign}\n").steps
    assert not any(tag in one.html for tag in ("<script", "<img", "<b ", 'href="javascript')) and one.title == "One <i>"


def test_the_carriage_returns_of_another_system_are_no_matter(written):
    assert written((FRONT + STEP + QUESTION).replace("\n", "\r\n")).steps[0].question.right == 2


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (b"\xef\xbb\xbf" + FRONT.encode(), 1, "byte order mark"),
        (FRONT.encode() + b"## One\n\n\xff\xfe\n", 8, "no UTF-8"),
        ((FRONT + STEP).encode("utf-16"), 1, "no UTF-8"),
        ("", 1, "front matter"),
        ("## One\n", 1, "front matter"),
        ("---\ntitle: T\nminutes: [5\nabout: A.\n---\n", 4, "no YAML"),
        ("---\n- a list\n---\n" + STEP, 1, "title"),
        (FRONT.replace("title: T", "title: 7") + STEP, 1, "title"),
        (FRONT.replace("about: A.", "about: ''") + STEP, 1, "about"),
        (FRONT.replace("5", "0") + STEP, 1, "minutes"),
        (FRONT.replace("5", "true") + STEP, 1, "minutes"),
        (FRONT.replace("A.", "A.\norder: first") + STEP, 1, "order"),
        (FRONT, 6, "at least one step"),
        (FRONT + "Text.\n\n" + STEP, 6, "before the first step"),
        (FRONT + STEP + "[Again](?tab=a&panel=b)\n", 12, "one link only"),
        (FRONT + "## One\n\n- [ ] This\n- [ ] That\n\n> Why.\n", 8, "paragraph before it"),
        (FRONT + STEP + QUESTION + "\nAgain?\n\n- [ ] a\n- [ ] b\n\n> Why.\n", 22, "one list of boxes"),
        (FRONT + STEP + QUESTION.replace("[ ]", "[x]"), 14, "at most one of them"),
        (FRONT + STEP + "What?\n\n- [ ] only one\n\n> Why.\n", 14, "2 to 6 answers"),
        (FRONT + STEP + QUESTION.partition(">")[0], 6, "needs its reason"),
        (FRONT + STEP + QUESTION + "\n[Predict](?question)\n", 6, "not both"),
        (FRONT + "## One\n\n[Predict](?question)\n", 6, "needs a link"),
        (FRONT + STEP + "x" * reading.LONGEST, 1, "characters"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(written, text, line, said):
    with pytest.raises(LessonError) as error:
        written(text)
    told = str(error.value)
    assert told.startswith(f"lessons/own.en.md:{line}: ") and said in told
    assert told.endswith(".") and "\n" not in told
