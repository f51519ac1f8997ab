"""Our gr.HTML components, a folder each: NAME/NAME.py, NAME.js and NAME.css; what several scripts share lies in lib/.

A widget's function returns a gr.HTML; its template holds no text of a visitor. NAME.js is a module whose default export
called with the element and the values of Gradio's component; NAME.css holds inside that element (see shell/page.py).
"""

import gradio as gr

TEXT = {"type": "string"}  # JSON schemas of what a widget takes
TEXT_OR_NOTHING = {"anyOf": [TEXT, {"type": "null"}]}
CALL = "window.playground.show(`NAME`, { element, props, trigger, watch, server });"


def widget(name: str, template: str, *, events: tuple[str, ...] = (), takes: dict | None = None, **options) -> gr.HTML:
    """A gr.HTML whose script and style are NAME/NAME.js and NAME/NAME.css; `events` are those that it triggers, `takes`
    is the JSON schema of its value where a panel reads it."""
    script = CALL.replace("NAME", name) + "".join(f' "{event}";' for event in events)  # so that Gradio knows of them
    options.setdefault("elem_classes", []).append(f"widget-{name}")
    made = gr.HTML(html_template=template, js_on_load=script, apply_default_css=False, **options)
    vars(made).update(takes=takes or TEXT, module=f"{__name__}.{name}.{name}")
    return made


def triggers(control: gr.HTML, event: str) -> bool:
    """Whether a widget triggers an event of that name."""
    return f'"{event}";' in (control.js_on_load or "")
