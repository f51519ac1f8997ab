"""Our gr.HTML components: one .py, .js and .css each. A widget's function returns a gr.HTML; its template holds no user
text."""

from pathlib import Path

import gradio as gr

HERE = Path(__file__).parent


def widget(name: str, template: str, *, parts: tuple[str, ...] = (), **options) -> gr.HTML:
    """A gr.HTML whose script and style lie in NAME.js and NAME.css beside this file; `parts` are put before."""
    script = "\n".join((HERE / f"{part}.js").read_text(encoding="utf-8") for part in (*parts, name))
    styles = (path for part in (*parts, name) if (path := HERE / f"{part}.css").exists())
    style = "\n".join(path.read_text(encoding="utf-8") for path in styles)
    options.setdefault("elem_classes", []).append(f"widget-{name}")
    return gr.HTML(html_template=template, js_on_load=script, css_template=style, apply_default_css=False, **options)
