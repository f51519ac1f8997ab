"""The very source that runs, as text; and a question to answer before looking."""

import inspect
import textwrap
from collections.abc import Callable

import gradio as gr

from playground.shell.languages import word
from playground.widgets import widget


def maths(equation: str, text: str, paper: tuple[str, str], functions: list[Callable]):
    """The accordion "Maths and code": an equation (LaTeX), a catalogue text, the paper as (title, URL), and source
    code."""
    delimiters = [{"left": "$$", "right": "$$", "display": True}, {"left": "$", "right": "$", "display": False}]
    with gr.Accordion(word("maths.title"), open=False, elem_classes=["maths"]):
        gr.Markdown(f"$$ {equation} $$", latex_delimiters=delimiters)
        gr.Markdown(word(text))
        gr.Markdown(f"[{paper[0]}]({paper[1]})")
        code = "\n\n".join(textwrap.dedent(inspect.getsource(function)) for function in functions)
        widget("source", "<pre tabindex=0><code></code></pre>", code=code)
