"""Phrases: a field for what a visitor writes, one line or several; it tells its value a moment after the last key, or
at once by Enter.

Its text is never put anywhere but into a text node. Events: "input" when the visitor writes; "change" whenever there is
another text, by a recipe or in another language too. Gradio's Textbox tells every key, where this field waits for a
pause, and its Examples show the key of a translation in place of the text.
"""

from collections.abc import Callable

import gradio as gr

from playground.shell.languages import sentence
from playground.widgets import widget

TEMPLATE = (
    '<label><span></span><textarea spellcheck="false" autocomplete="off" dir="auto" maxlength="4000"></textarea>'
    '</label><p class="known" role="status"></p><div class="tries"></div>'
)


def phrases(
    initial: str,
    rows: int,
    *,
    label: str,
    examples: tuple[str, ...] = (),
    known_words: Callable[[str], dict | None] | None = None,
    **options,
) -> gr.HTML:
    """initial, examples: catalogue keys of texts in the visitor's language; known_words(text) -> {"read", "taught",
    "unread"}, lists of words, which are told while the visitor types."""
    return widget(
        "phrases",
        TEMPLATE,
        events=("input",),
        value=sentence(initial, "en"),
        initial=initial,
        rows=rows,
        label=label,
        examples=list(examples),
        tells=known_words is not None,
        server_functions=[known_words] if known_words else [],
        **options,
    )
