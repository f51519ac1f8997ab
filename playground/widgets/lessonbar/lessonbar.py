"""The lesson bar on top of the page: a lesson's steps, each of which restores its recipe. In its dialog are the list of
lessons, the class and the worksheet. It takes no room while neither a lesson nor a class runs.
"""

from collections.abc import Callable

import gradio as gr

from playground.widgets import widget

TEMPLATE = """<section class="bar" hidden><div class="line"></div><progress max="1" value="0"></progress>\
<div class="step"><h2 tabindex="-1"></h2><div class="text"></div><div class="asked"></div></div></section>\
<dialog class="school"></dialog>"""


def lesson_bar(lessons: list[dict], read: Callable, **options) -> gr.HTML:
    """lessons: {"name", "en": {"title", "minutes", "about"}, "zh": …}, a language only where the lesson is written in
    it; read(name, language) -> the lesson's steps, or None."""

    def lesson(asked):
        return read(*asked) if isinstance(asked, list) and len(asked) == 2 else None

    return widget("lessonbar", TEMPLATE, lessons=lessons, server_functions=[lesson], **options)
