"""Our gr.HTML components, a folder each: NAME/NAME.py, NAME.js and NAME.css; what several scripts share lies in lib/.

A widget's function returns a gr.HTML; its template holds no text of a visitor. NAME.js is a module whose default export
Gradio's component calls with its element and its values; the page has loaded all of them by then (see shell/page.py).
"""

import re
from functools import cache
from pathlib import Path

import gradio as gr

HERE = Path(__file__).parent
CALL = "window.playground.widgets.NAME({ element, props, trigger, watch, server });"


def widget(name: str, template: str, *, events: tuple[str, ...] = (), **options) -> gr.HTML:
    """A gr.HTML whose script and style are NAME/NAME.js and NAME/NAME.css; `events` are those that it triggers."""
    script = CALL.replace("NAME", name) + "".join(f' "{event}";' for event in events)  # so that Gradio knows of them
    options.setdefault("elem_classes", []).append(f"widget-{name}")
    return gr.HTML(
        html_template=template, js_on_load=script, css_template=style(name), apply_default_css=False, **options
    )


def triggers(control: gr.HTML, event: str) -> bool:
    """Whether a widget triggers an event of that name."""
    return f'"{event}";' in (control.js_on_load or "")


@cache
def style(name: str) -> str:
    """The style of a widget, after those of the parts of lib/ that its script imports."""
    script = HERE / name / f"{name}.js"
    sheets = [path.with_suffix(".css") for path in (*_imported(script), script)]
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets if sheet.exists())


def _imported(script: Path) -> list[Path]:
    """The scripts of lib/ that a script imports, and what those import, each once."""
    found: dict[Path, None] = {}
    for name in re.findall(r'^import .* from "(\.[^"]+)";$', script.read_text(encoding="utf-8"), flags=re.M):
        path = (script.parent / name).resolve()
        if path.is_relative_to(HERE):
            found |= dict.fromkeys([*_imported(path), path])
    return list(found)
