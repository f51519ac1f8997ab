"""The page of a first visit: one document, the same for everybody, and scripts and styles under an address that changes
with them.

What lies in playground/ as NAME.js is served as it is, as scripts/DIGEST/…/NAME.js, and may be kept for ever; so are
all styles of widgets, as one sheet, and the glossary, as scripts/DIGEST/glossary/LANGUAGE.json, which the page asks for
when everything else is there. Of the scripts, those that the first room needs are asked for at once, the others when a
room of theirs is opened.
"""

import hashlib
import json
import posixpath
import re
from functools import cache
from pathlib import Path

from playground.shell import glossary
from playground.shell.languages import LANGUAGES, TAGS, catalogue
from playground.shell.rooms import Rooms

ROOT = Path(__file__).parent.parent
SHEET = "widgets.css"
START = "shell/page.js"
GROUND = """<style>html { background: #fcfbf8; color-scheme: light; }
html.dark { background: #14161a; color-scheme: dark; }</style>
<script>{ let theme = null; try { theme = localStorage.getItem("theme"); } catch {}
document.documentElement.classList.toggle("dark", theme ? theme === "dark" : \
matchMedia("(prefers-color-scheme: dark)").matches); }</script>"""  # a dark page is dark before it has anything else
_CONFIG = re.compile(r"window\.gradio_config = (.*?);</script>", re.DOTALL)
_IMPORT = re.compile(r'^(?:import|export) .*?"(\.[^"]+)";$', re.MULTILINE | re.DOTALL)


@cache
def scripts() -> dict[str, bytes]:
    """Every script and font, and the sheet of styles, by its path from playground/."""
    paths = sorted([*ROOT.rglob("*.js"), *ROOT.rglob("*.woff2")])
    found = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}
    return found | {SHEET: _sheet(found).encode()}


@cache
def served() -> dict[str, bytes]:
    """Everything that lasts, the glossary in each language too, by its path."""
    told = {name: json.dumps(glossary.entries(name), ensure_ascii=False).encode() for name in LANGUAGES}
    return scripts() | {f"glossary/{name}.json": text for name, text in told.items()}


@cache
def folder() -> str:
    """Where they are served, from the page's own address."""
    told = hashlib.sha256(b"\0".join(part for name, code in served().items() for part in (name.encode(), code)))
    return f"scripts/{told.hexdigest()[:16]}"


def _sheet(found: dict[str, bytes]) -> str:
    """The fonts, and the styles of all widgets, each for its own element; of a widget they are those of the parts of
    widgets/lib/ that its script imports, then its own."""
    fonts = [_face(Path(name)) for name in found if name.endswith(".woff2")]
    widgets = [name for name in found if _is_widget(Path(name))]
    rules = [f":is(#_, .widget-{Path(name).stem}) {{\n{_style(found, name)}\n}}" for name in widgets]
    return "\n".join(fonts + rules)


def _face(path: Path) -> str:
    family, weight = path.stem.title().split("-")
    return (
        f'@font-face {{ font-family: "Road {family}"; font-weight: {weight}; font-display: swap; '
        f'src: url("{path.as_posix()}") format("woff2"); }}'
    )


def _style(found: dict[str, bytes], widget: str) -> str:
    parts = [(ROOT / name).with_suffix(".css") for name in _with_imports(found, widget) if name.startswith("widgets/")]
    return "\n".join(path.read_text(encoding="utf-8") for path in parts if path.exists())


def _is_widget(path: Path) -> bool:
    """Whether it is a script widgets/NAME/NAME.js."""
    return path.parts[0] == "widgets" and path.stem == path.parent.name and path.suffix == ".js"


def _with_imports(found: dict[str, bytes], script: str) -> list[str]:
    """What a script imports, and what those import, each once; it itself is the last."""
    names: dict[str, None] = {}
    for address in _IMPORT.findall(found[script].decode()):
        names |= dict.fromkeys(_with_imports(found, posixpath.normpath(posixpath.join(script, "..", address))))
    return list(names | {script: None})


def page_script(widgets: list[str], places: dict[str, str]) -> str:
    """The lines of the page's head: both catalogues, and the scripts, which run before Gradio does, because they decide
    the language and the theme; `widgets` are those of the first room, `places` says on which inner tab a panel is."""
    needed = [f"widgets/{name}/{name}.js" for name in widgets if f"widgets/{name}/{name}.js" in scripts()]
    first = dict.fromkeys(name for script in (START, *needed) for name in _with_imports(scripts(), script))
    told = {"texts": {name: catalogue(name) for name in LANGUAGES}, "places": places}
    return (
        GROUND
        + f'<link rel="stylesheet" href="{folder()}/{SHEET}">'
        + "".join(_font(name) for name in scripts() if name.endswith(".woff2"))
        + "".join(f'<link rel="modulepreload" href="{folder()}/{name}">' for name in first)
        + f"<script>window.playground = {_written(told)};</script>"
        + f'<script type="module" src="{folder()}/{START}"></script>'
    )


def _font(name: str) -> str:
    """A font is asked for before a text needs it, so that no line breaks anew when it comes."""
    return f'<link rel="preload" href="{folder()}/{name}" as="font" type="font/woff2" crossorigin>'


def document(page: str, rooms: Rooms) -> str:
    """Gradio's own page, with what stands open at first instead of everything, and with our lines right behind <head>,
    before Gradio reads the browser's language."""
    found = _CONFIG.search(page)
    if found is None:
        return page
    config = rooms.page(json.loads(found[1])) | {"i18n_translations": None}
    texts = ", ".join(f'"{TAGS[name]}": window.playground.texts.{name}' for name in LANGUAGES)
    lines = (
        f"window.gradio_config = {_written(config)};window.gradio_config.i18n_translations = {{ {texts} }};</script>"
    )
    start = page_script(_widgets(config), rooms.places)
    return (page[: found.start()] + lines + page[found.end() :]).replace("<head>", f"<head>{start}", 1)


def _widgets(config: dict) -> list[str]:
    classes = [name for one in config["components"] for name in one["props"].get("elem_classes") or ()]
    return sorted({name.removeprefix("widget-") for name in classes if name.startswith("widget-")})


def _written(value) -> str:
    """JSON that no text in it can end as a script."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
