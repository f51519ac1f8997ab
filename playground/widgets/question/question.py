"""A question to answer before its result, which waits for the answer."""

from collections.abc import Sequence

import gradio as gr

from playground.widgets import widget


def question(key: str, answers: int, right: int | None = 0) -> gr.HTML:
    """Predict, then look: texts KEY.ask, KEY.1 … KEY.n, and KEY.then, which is shown after any answer. KEY is
    PANEL.question.

    right: the number of the right answer; 0 where none is always right; None where what the panel has just measured
    tells, as "right" in its value.
    """
    template = "<details><summary></summary><div class='body'></div></details>"
    return widget("question", template, key_=key, answers=answers, right=right)


def largest(measured: dict[str, float], names: Sequence[str]) -> int | None:
    """The right answer where `names` are the answers and the one that measured most is right; None where one was not
    measured."""
    return 1 + max(range(len(names)), key=lambda n: measured[names[n]]) if set(names) <= measured.keys() else None
