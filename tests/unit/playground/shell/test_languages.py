"""Both languages say everything, and every text that the code asks for exists."""

import re

import pytest

from playground.shell.languages import catalogue, key_of, named, visitor_language
from playground.shell.page import page_script
from playground.widgets.roadmap.roadmap import STOPS
from tests.helpers import ROOT

EN, ZH = catalogue("en"), catalogue("zh")
PLACES = re.compile(r"\{(\w+)\}")
OWN_PLACES = ("draws.near", "checkpoint.", "clip.picture", "guidance.judged")  # a name of either language, and the like


def used(pattern: str, suffix: str) -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "playground").rglob(f"*{suffix}"))
    return {key for text in texts for key in re.findall(pattern, text)}


def test_both_catalogues_have_the_same_keys():
    assert EN.keys() == ZH.keys()


def test_both_texts_have_the_same_places_to_fill():
    filled = [{key: set(PLACES.findall(text)) for key, text in texts.items()} for texts in (EN, ZH)]
    assert not {key for key in EN if filled[0][key] != filled[1][key] and not key.startswith(OWN_PLACES)}


def test_no_text_is_empty():
    assert not [key for texts in (EN, ZH) for key, text in texts.items() if not text.strip()]


def test_every_key_that_python_uses_exists():
    keys = used(r'(?:word|sentence|Refused|exhibit|figure|row)\([^()]*?"([a-z]+\.[a-z_.]+)"', ".py") | used(
        r'\["([a-z]+\.[a-z_]+)", \{', ".py"
    )
    keys |= used(
        r'"((?:upload|check|rebuild|map|draws|between|arithmetic|dimensions|ladder|road|number|panel|tab)\.[a-z_.]+)"',
        ".py",
    )
    asked = {key for key in keys if not key.endswith((".question", ".room", ".webp", ".json"))}
    assert len(asked) > 40 and not asked - EN.keys()


def test_every_key_that_a_widget_uses_exists():
    keys = used(r'\bt\("([a-z]+\.[a-z_.]+)"', ".js") | used(r'(?:action|button)\(\s*"([a-z]+\.[a-z_.]+)"', ".js")
    assert len(keys) > 25 and not keys - EN.keys()


def test_every_stop_and_every_question_is_written():
    assert not {f"stop.{stop[0]}.{part}" for stop in STOPS for part in ("title", "idea", "fixed", "cost")} - EN.keys()
    for key in used(r'question\("([a-z.]+)"', ".py"):
        assert {f"{key}.{part}" for part in ("ask", "1", "2", "3", "then")} <= EN.keys()


class Request:
    def __init__(self, **headers):
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "en"),
        ({"accept_language": "zh-SG,zh;q=0.9"}, "zh"),
        ({"accept_language": "de,en"}, "en"),
        ({"accept_language": "%%%;;;zh"}, "en"),
    ],
)
def test_the_server_speaks_the_language_of_the_visitor(headers, language):
    assert visitor_language(Request(**headers)) == language


def test_the_page_script_cannot_be_closed_by_a_text():
    lines = page_script(["exhibit"], {"a panel": "</script>"})
    assert lines.count("</script>") == lines.count("<script") == 3


def test_a_name_of_ones_own_pictures_that_the_catalogue_does_not_know_is_shown_as_it_stands():
    assert key_of("style.", "fluent flat") == "style.fluent_flat"
    assert key_of("style.", "My own ♥") == "My own ♥" == named("style.", "My own ♥")
