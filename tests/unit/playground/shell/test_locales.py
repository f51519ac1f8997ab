"""The catalogue, a file per tab and language: the same keys in both, none unused, each in the file of the tab whose own
it is.

A text is mentioned by its key, as in word("few.lead"), or by a pattern, as in f"few.{name}". It is a tab's own if only
that tab can show it: if whatever mentions it lies in the tab's folder or is imported by that tab alone. The others
stand in common.json.
"""

import ast
import importlib
import json
import re
from functools import cache
from pathlib import Path

import pytest

from tests.helpers import ROOT
from tests.unit.test_layout import arrows, modules, room_of, tab_of

FOLDER = ROOT / "playground" / "locales"
COMMON = "common"
TABS = sorted(path.name for path in (ROOT / "playground" / "tabs").iterdir() if (path / "__init__.py").exists())
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[A-Za-z0-9_]+)+")
HOLE = "\0"  # what a pattern leaves open
FILES = (".json", ".webp", ".js", ".css", ".py", ".png", ".safetensors")  # names of files look like keys
TEXTS = {  # of question("KEY.question", …) and Room("KEY.room", …)
    "question": ("ask", "1", "2", "3", "4", "then"),
    "room": ("in", "does", "look"),
}
STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')  # in a script
TEMPLATE = re.compile(r"`([a-z][a-z0-9_]*\.(?:[^`$]|\$\{[^}]*\})*)`")  # one that begins like a key


@cache
def texts(language: str, file: str) -> dict[str, str]:
    return json.loads((FOLDER / language / f"{file}.json").read_text("utf-8"))


def files(language: str) -> set[str]:
    return {path.stem for path in (FOLDER / language).glob("*.json")}


def places() -> dict[str, str]:
    """The file in which each English text stands."""
    return {key: file for file in sorted(files("en")) for key in texts("en", file)}


def opened(text: str) -> str:
    """A string as a pattern, where something is put behind it: "unclip.chosen_" + name."""
    return text + (HOLE if text.endswith(("_", ".")) else "")


def strings(path: Path) -> set[str]:
    """What a script or module may mention a key by: its strings, HOLE for what is filled in later."""
    source = path.read_text("utf-8")
    if path.suffix == ".js":
        templates = (re.sub(r"\$\{[^}]*\}", HOLE, text) for text in TEMPLATE.findall(source))
        return {*map(opened, STRING.findall(source)), *templates}
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(opened(node.value))
        elif isinstance(node, ast.JoinedStr):
            found.add("".join(str(p.value) if isinstance(p, ast.Constant) else HOLE for p in node.values))
    return found


def sources() -> dict[Path, set[str]]:
    """Every module and script of playground/, and the tabs by which it is reached."""
    reached = {name: owners(name) for name in modules() if name.partition(".")[0] == "playground"}
    found = {path: reached[name] for name, path in modules().items() if name in reached}
    for path in (ROOT / "playground").rglob("*.js"):
        name = ".".join(path.with_suffix("").relative_to(ROOT).parts)
        found[path] = reached.get(name, set(TABS))  # a widget's script is where the widget is; a shared one everywhere
    return found


@cache
def reachable(start: str) -> frozenset[str]:
    found, left = {start}, [start]
    while left:
        for name in arrows().get(left.pop(), set()) - found:
            found.add(name)
            left.append(name)
    return frozenset(found)


@cache
def of_tab(tab: str) -> frozenset[str]:
    return frozenset().union(*(reachable(name) for name in modules() if tab_of(name) == tab))


def owners(name: str) -> set[str]:
    """The tabs that import a module; all of them, for the shell and whatever else no tab imports."""
    if room_of(name) in ("shell", "discovery", "", None):
        return set(TABS)
    return {tab for tab in TABS if name in of_tab(tab)} or set(TABS)


def literal(key: str) -> set[str]:
    """The strings that mention a key in full."""
    stem, _, end = key.rpartition(".")
    return {key, stem} if end in TEXTS.get(stem.rpartition(".")[2], ()) else {key}


@cache
def patterns() -> dict[re.Pattern, frozenset[str]]:
    """Patterns of keys, and the tabs whose they are."""
    found: dict[str, set[str]] = {}
    for path, tabs in sources().items():
        for text in strings(path):
            if HOLE in text and re.match(r"[a-z][a-z0-9_]*\.", text) and " " not in text:
                found.setdefault(r"([\w.]+)".join(map(re.escape, text.split(HOLE))), set()).update(tabs)
    return {re.compile(pattern): frozenset(tabs) for pattern, tabs in found.items()}


@cache
def mentions() -> dict[str, frozenset[str]]:
    """Each string of the app, and the tabs whose it is."""
    found: dict[str, set[str]] = {}
    for path, tabs in sources().items():
        for text in strings(path):
            found.setdefault(text, set()).update(tabs)
    return {text: frozenset(tabs) for text, tabs in found.items()}


@cache
def words() -> frozenset[str]:
    """Every word that stands in the code, or names a group of drawings: what may fill a pattern's hole."""
    sources_ = [path for part in ("playground", "training", "models") for path in (ROOT / part).rglob("*.py")]
    sources_ += (ROOT / "playground").rglob("*.js")
    table = json.loads((ROOT / "assets" / "emoji" / "table.json").read_text("utf-8"))
    groups = [group["en"].lower() for group in table["groups"]]
    return frozenset(
        word for text in [*groups, *(path.read_text("utf-8") for path in sources_)] for word in re.findall(r"\w+", text)
    )


def users(key: str) -> set[str]:
    """The tabs that can show a text; a key in full tells more than a pattern."""
    known = mentions()
    if told := set().union(*(known.get(text, set()) for text in literal(key))):
        return told
    return set().union(*(tabs for pattern, tabs in patterns().items() if pattern.fullmatch(key)))


@cache
def titles() -> dict[str, str]:
    """The titles of the tabs and of their panels, which are the tabs' own whoever else names them."""
    found = {}
    for tab in TABS:
        module = importlib.import_module(f"playground.tabs.{tab}")
        found |= {module.TITLE: tab} | {f"panel.{name}": tab for name in module.PANELS}
    return found


def home(key: str) -> str:
    """The file in which a text should stand."""
    if key in titles():
        return titles()[key]
    used = users(key)
    return next(iter(used)) if len(used) == 1 else COMMON


def test_a_language_has_a_file_for_each_tab_and_a_common_one_and_no_other():
    assert files("en") == files("zh") == {*TABS, COMMON}


@pytest.mark.parametrize("file", sorted([*TABS, COMMON]))
def test_both_languages_have_the_same_keys_in_the_same_file_in_the_same_order(file):
    assert list(texts("en", file)) == list(texts("zh", file))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_key_stands_twice(language):
    found = [key for file in files(language) for key in texts(language, file)]
    assert sorted(found) == sorted(set(found))


def test_every_key_stands_in_its_tabs_own_file():
    wrong = {key: (file, home(key)) for key, file in places().items() if file != home(key)}
    assert not wrong


def is_used(key: str) -> bool:
    """Whether it is mentioned in full, or by a pattern whose holes are filled by words of the code or by numbers."""
    if any(text in mentions() for text in literal(key)):
        return True
    fillings = [".".join(match.groups()) for pattern in patterns() if (match := pattern.fullmatch(key))]
    return any(is_of_the_code(word) for filling in fillings for word in filling.split("."))


def is_of_the_code(word: str) -> bool:
    """Whether it is a number or a word of the code, or, as "d0" and "steps_a", put together of such."""
    return word in words() or all(part.isdigit() or part in words() for part in re.findall(r"[A-Za-z]+|\d+", word))


def test_every_key_is_used():
    assert not [key for key in places() if not is_used(key)]


def test_every_key_that_is_mentioned_exists():
    spaces = {key.partition(".")[0] for key in places()}
    keys = {text for text in mentions() if KEY.fullmatch(text) and text.partition(".")[0] in spaces}
    stems = {key.rpartition(".")[0] for key in places() if len(literal(key)) > 1}
    assert not {key for key in keys - set(places()) - stems if not key.endswith(FILES)}
