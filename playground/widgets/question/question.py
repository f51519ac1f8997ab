"""A question to answer before looking."""

import gradio as gr

from playground.widgets import widget


def question(key: str, answers: int) -> gr.HTML:
    """Predict, then look: texts KEY.ask, KEY.1 … KEY.n, and KEY.then, which is shown after any answer."""
    return widget(
        "question", "<details><summary></summary><div class='body'></div></details>", key_=key, answers=answers
    )
