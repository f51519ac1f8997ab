"""Lessons are found, not listed: every NAME.en.md and NAME.zh.md in lessons/, or in the folder PLAYGROUND_LESSONS.

A file that cannot be used is told in the log, in one sentence with its line; the others work. A lesson that is there in
one language only is offered in that one.
"""

import os
import re
from functools import cache
from pathlib import Path

from playground.lessons.links import complaint
from playground.lessons.reading import Lesson, LessonError, Question, Step, read
from playground.panels import App
from playground.shell import share
from playground.shell.languages import LANGUAGES, catalogue
from playground.shell.log import told

NAME = re.compile(rf"([a-z][a-z0-9_-]{{0,40}})\.({'|'.join(LANGUAGES)})\.md")
OF_A_STEP = re.compile(r"lesson:([a-z0-9_-]+):(\d{1,3})")  # the name of its question
OF_A_PANEL = re.compile(r"[a-z][a-z0-9_]*\.question")


def folder() -> Path:
    return Path(os.environ.get("PLAYGROUND_LESSONS") or Path(__file__).parents[2] / "lessons")


def offered(app: App) -> list[dict]:
    """What the page's list of lessons shows, in order: {"name", "en": {"title", "minutes", "about"}, "zh": …}. Lessons
    with a link that restores nothing are left out, and told."""
    found = []
    for name, languages in shelf(folder()).items():
        usable = {language: one for language, one in languages.items() if _leads_somewhere(app, one)}
        if usable:
            found.append(
                (next(iter(usable.values())).order, {"name": name} | {k: _title(v) for k, v in usable.items()})
            )
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def lesson(name, language) -> dict | None:
    """A lesson as the page shows it: {"title", "steps": [{"title", "html", "recipe", "link", "question"}]}, or None."""
    found = shelf(folder()).get(name, {}).get(language) if isinstance(name, str) else None
    return found and _title(found) | {"name": name, "steps": [_shown(name, n, s) for n, s in enumerate(found.steps, 1)]}


def question(name: str) -> dict | None:
    """A question in each language, {"en": {"ask", "choices", "why"}}: of a step ("lesson:road:3"), or of a panel
    ("rebuild.question"); None if there is none of that name."""
    if (match := OF_A_STEP.fullmatch(name)) is not None:
        languages, n = shelf(folder()).get(match[1], {}), int(match[2])
        steps = {code: one.steps[n - 1] for code, one in languages.items() if 0 < n <= len(one.steps)}
        return {code: _asked(step.question) for code, step in steps.items() if step.question} or None
    if OF_A_PANEL.fullmatch(name) and f"{name}.ask" in catalogue("en"):
        return {language: _of_panel(name, catalogue(language)) for language in LANGUAGES}
    return None


@cache
def shelf(where: Path) -> dict[str, dict[str, Lesson]]:
    """All lessons of a folder that can be read, {name: {language: lesson}}."""
    found: dict[str, dict[str, Lesson]] = {}
    for file in sorted(where.glob("*.md")):
        try:
            name, language = _named(file)
            one = read(file)
            _check_alike(one, found.get(name, {}))
            found.setdefault(name, {})[language] = one
        except (LessonError, OSError) as error:
            told(str(error))
    for name, languages in found.items():
        for missing in set(LANGUAGES) - languages.keys():
            file = next(iter(languages.values())).file
            told(str(LessonError(file, 1, f"there is no {name}.{missing}.md that can be used beside this file")))
    return found


def _named(file: Path) -> tuple[str, str]:
    match = NAME.fullmatch(file.name)
    if match is None:
        raise LessonError(file, 1, "a lesson's file is called NAME.en.md or NAME.zh.md, NAME in small letters")
    return match[1], match[2]


def _check_alike(one: Lesson, others: dict[str, Lesson]) -> None:
    """The same steps with the same questions in every language: a class votes in both."""
    for other in others.values():
        if len(one.steps) != len(other.steps):
            raise LessonError(one.file, 1, f"{len(one.steps)} steps here, {len(other.steps)} in {other.file.name}")
        for mine, its in zip(one.steps, other.steps, strict=True):
            if _form(mine) != _form(its):
                raise LessonError(
                    one.file, mine.line, f"this step asks otherwise than line {its.line} of {other.file.name}"
                )


def _form(step: Step) -> tuple:
    return step.asks_panel, step.question and (len(step.question.choices), step.question.right)


def _leads_somewhere(app: App, one: Lesson) -> bool:
    for step in one.steps:
        if step.link and (wrong := complaint(app, step.link)):
            told(str(LessonError(one.file, step.link_line, wrong)))
            return False
    return True


def _title(one: Lesson) -> dict:
    return {"title": one.title, "minutes": one.minutes, "about": one.about}


def _shown(name: str, n: int, step: Step) -> dict:
    recipe = share.from_link(step.link) if step.link else None
    asked = step.question and {"name": f"lesson:{name}:{n}", "right": step.question.right} | _asked(step.question)
    if step.asks_panel:
        asked = {"name": f"{recipe['panel']}.question"}
    return {"title": step.title, "html": step.html, "recipe": recipe, "link": step.link, "question": asked}


def _asked(one: Question) -> dict:
    return {"ask": one.ask, "choices": list(one.choices), "why": one.why}


def _of_panel(key: str, texts: dict[str, str]) -> dict:
    numbers = [n for n in range(1, 5) if f"{key}.{n}" in texts]
    return {"ask": texts[f"{key}.ask"], "choices": [texts[f"{key}.{n}"] for n in numbers], "why": texts[f"{key}.then"]}
