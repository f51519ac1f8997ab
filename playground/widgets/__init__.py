"""Our gr.HTML components, a folder each: NAME/NAME.py, NAME.js and NAME.css; what several scripts share lies in lib/.

A widget's function returns a gr.HTML; its template holds no text of a visitor.
"""

from pathlib import Path

import gradio as gr

HERE = Path(__file__).parent


def widget(name: str, template: str, *, parts: tuple[str, ...] = (), **options) -> gr.HTML:
    """A gr.HTML whose script and style are NAME/NAME.js and NAME/NAME.css; `parts`, files of lib/, are put before."""
    files = [*(HERE / "lib" / part for part in parts), HERE / name / name]
    script = "\n".join(file.with_suffix(".js").read_text(encoding="utf-8") for file in files)
    styles = (path for file in files if (path := file.with_suffix(".css")).exists())
    style = "\n".join(path.read_text(encoding="utf-8") for path in styles)
    options.setdefault("elem_classes", []).append(f"widget-{name}")
    return gr.HTML(html_template=template, js_on_load=script, css_template=style, apply_default_css=False, **options)
