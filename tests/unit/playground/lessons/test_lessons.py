"""Every link of every lesson that ships restores what it names; a bad file is told, and the others work."""

import gradio as gr
import pytest

from playground import build, lessons
from playground.lessons import links
from playground.panels import App, Panel
from tests.helpers import ROOT, awaited, is_one_sentence

SHIPPED = {"road": 45, "diffusion": 20, "words": 20}
GOOD = "---\ntitle: T\nminutes: 5\nabout: A.\n---\n\n## One\n\n[Open](?tab=room&panel=panel&amount=0.5)\n"


@pytest.fixture
def app() -> App:
    app = App(gr.HTML(), gr.Tabs(), ("room",), gr.HTML())
    controls = {"amount": gr.Slider(0, 1, 0.5), "kind": gr.Radio(["a", "b"]), "prompt": gr.HTML()}
    app.panels.append(Panel("room", "panel", gr.Tabs(), controls))
    return app


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_LESSONS", str(tmp_path))

    def put(**files: str | bytes):
        for name, text in files.items():
            raw = text if isinstance(text, bytes) else text.encode()
            (tmp_path / f"{name.replace('__', '.')}.md").write_bytes(raw)

    return put


def test_the_lessons_that_ship_can_all_be_used_in_both_languages(assets, monkeypatch, caplog):
    monkeypatch.setenv("PLAYGROUND_ASSETS", str(assets))
    lessons.shelf.cache_clear()

    async def built():
        return build()

    demo = awaited(built())
    bar = next(block for block in demo.blocks.values() if getattr(block, "elem_id", None) == "lesson")
    assert {one["name"]: one["en"]["minutes"] for one in bar.props["lessons"]} == SHIPPED
    assert all(one["zh"]["minutes"] == one["en"]["minutes"] for one in bar.props["lessons"])
    assert not [line for line in caplog.messages if line.startswith("lessons/")]


def test_every_question_that_a_lesson_asks_of_a_panel_is_the_panels(assets):
    asked = [
        step["question"]["name"]
        for name in SHIPPED
        for step in lessons.lesson(name, "en")["steps"]
        if step["question"] and "ask" not in step["question"]
    ]
    assert len(asked) > 15 and all(lessons.question(name) for name in asked)


def test_a_good_lesson_of_ones_own_is_offered_after_the_others(app, shelf):
    shelf(own__en=GOOD, own__zh=GOOD, first__en=GOOD.replace("A.", "A.\norder: 1"), first__zh=GOOD)
    assert [one["name"] for one in lessons.offered(app)] == ["first", "own"]
    step = lessons.lesson("own", "zh")["steps"][0]
    assert step["recipe"] == {"tab": "room", "panel": "panel", "settings": {"amount": 0.5}, "specimen": None}


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("?tab=room", "names no tab and panel"),
        ("?tab=cellar&panel=panel", "no tab 'cellar'"),
        ("?tab=room&panel=door", "no panel 'door'"),
        ("?tab=room&panel=panel&colour=red", "no setting 'colour'"),
        ("?tab=room&panel=panel&amount=7", "amount of the panel 'panel' cannot be 7"),
        ("?tab=room&panel=panel&amount=half", "cannot be 'half'"),
        ("?tab=room&panel=panel&kind=c", "cannot be 'c'"),
        ("?tab=room&panel=panel&specimen=nobody.3", "no drawing nobody.3"),
    ],
)
def test_a_broken_link_is_told_with_its_line_and_the_other_lessons_work(app, shelf, caplog, playground, link, said):
    bad = GOOD.replace("?tab=room&panel=panel&amount=0.5", link)
    shelf(bad__en=bad, bad__zh=bad, good__en=GOOD, good__zh=GOOD)
    assert [one["name"] for one in lessons.offered(app)] == ["good"]
    told = [line for line in caplog.messages if said in line]
    assert len(told) == 2 and told[0].startswith("lessons/bad.") and ".md:9: " in told[0] and is_one_sentence(told[0])


def test_a_link_with_good_settings_is_no_complaint(app, playground):
    assert links.complaint(app, "?tab=room&panel=panel&amount=1&kind=a&prompt=a+b&specimen=noto.1") is None


@pytest.mark.parametrize(
    "bad", [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.encode("utf-16"), b"", GOOD.partition("## ")[0].encode()]
)
def test_a_file_that_is_none_leaves_its_other_language_and_the_other_lessons(app, shelf, caplog, bad):
    shelf(own__en=GOOD, own__zh=bad, good__en=GOOD, good__zh=GOOD)
    assert [set(one) for one in lessons.offered(app)] == [{"name", "en", "zh"}, {"name", "en"}]
    assert any(line.startswith("lessons/own.zh.md:") for line in caplog.messages)
    assert all(map(is_one_sentence, caplog.messages))
    assert lessons.lesson("own", "zh") is None


def test_a_missing_language_and_a_strange_name_are_told(app, shelf, caplog):
    shelf(own__en=GOOD, Strange=GOOD)
    assert [set(one) for one in lessons.offered(app)] == [{"name", "en"}]
    assert any("own.en.md:1: there is no own.zh.md" in line for line in caplog.messages)
    assert any(line.startswith("lessons/Strange.md:1: ") for line in caplog.messages)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (GOOD + "\n## Two\n\nText.\n", "2 steps here, 1 in own.en.md"),
        (GOOD + "\nWhat?\n\n- [x] a\n- [ ] b\n\n> Why.\n", "asks otherwise than line 7"),
    ],
)
def test_languages_that_differ_are_told(app, shelf, caplog, other, said):
    shelf(own__en=GOOD, own__zh=other)
    assert [set(one) for one in lessons.offered(app)] == [{"name", "en"}]
    assert any(said in line for line in caplog.messages)


@pytest.mark.parametrize("name", ["lesson:road:99", "lesson:none:1", "road", "", "lead.question", "lesson:road:1"])
def test_what_is_no_question_is_none(name):
    assert lessons.question(name) is None


@pytest.mark.parametrize("name", [None, 3, "../x", "none"])
def test_what_is_no_lesson_is_none(name):
    assert lessons.lesson(name, "en") is None


def test_the_chinese_lessons_are_chinese():
    for name in SHIPPED:
        texts = (ROOT / "lessons" / f"{name}.zh.md").read_text("utf-8")
        assert "[Open]" not in texts and sum("一" <= sign <= "鿿" for sign in texts) > 500
