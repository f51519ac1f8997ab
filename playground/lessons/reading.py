"""A lesson is a Markdown file, NAME.en.md or NAME.zh.md: front matter, then a step under each heading of level two.

    ---
    title: Why diffusion
    minutes: 20
    about: One sentence for the list of lessons.
    ---

    ## Add noise

    [Open](?tab=diffusion&panel=forward&seed=0&specimen=noto.12)

    What to do and what to look at.

    What is left at t = 600?

    - [ ] Nothing
    - [x] The outline

    > The reason, in one sentence.

A paragraph that is one link copied from the app is what the step restores. A list of boxes is its question: the
paragraph before it asks, the ticked box is right (none, where there is no one right answer), the quotation after it
says why. The link `?question` in place of a list asks the panel's own question. Everything else is the step's text; raw
HTML and pictures are not taken.
"""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

FRONT = re.compile(r"---\n(.*?)^---\n", re.S | re.M)
BOX = re.compile(r"\[([ xX])\] ")
LONGEST = 60_000  # characters of a file
MOST_ANSWERS = 6
PANELS_OWN = "?question"


class LessonError(ValueError):
    """What is wrong in a lesson's file, in one sentence that names the file and the line."""

    def __init__(self, file: Path, line: int, what: str):
        super().__init__(f"lessons/{file.name}:{line}: {what}.")


@dataclass(frozen=True)
class Question:
    ask: str
    choices: tuple[str, ...]
    right: int  # the number of the right one; 0 where none is
    why: str


@dataclass
class Step:
    title: str
    line: int  # in its file
    html: str = ""
    link: str | None = None  # "?tab=…&panel=…", which the step restores
    link_line: int = 0
    question: Question | None = None
    asks_panel: bool = False  # whether the panel's own question is asked


@dataclass(frozen=True)
class Lesson:
    file: Path
    title: str
    minutes: int
    about: str
    order: float
    steps: list[Step] = field(default_factory=list)


def read(file: Path) -> Lesson:
    """The lesson of a file.

    Raises:
        LessonError: it is none.
    """
    text = _text(file)
    front, body, offset = _front(file, text)
    steps = _steps(file, body, offset)
    if not steps:
        raise LessonError(file, offset + 1, "a lesson needs at least one step, a heading that begins with ##")
    return Lesson(file, front["title"], front["minutes"], front["about"], front["order"], steps)


def _text(file: Path) -> str:
    raw = file.read_bytes()
    if raw.startswith(b"\xef\xbb\xbf"):
        raise LessonError(file, 1, "the file begins with a byte order mark: save it as UTF-8 without one")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise LessonError(file, line, "this is no UTF-8: save the file as UTF-8") from None
    if len(text) > LONGEST:
        raise LessonError(file, 1, f"a lesson may have {LONGEST} characters, not {len(text)}")
    return text.replace("\r\n", "\n")


def _front(file: Path, text: str) -> tuple[dict, str, int]:
    """The front matter, the rest, and how many lines stand before the rest."""
    found = FRONT.match(text)
    if found is None:
        raise LessonError(file, 1, "a lesson begins with its front matter, between two lines of ---")
    try:
        told = yaml.safe_load(found[1])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise LessonError(file, 2 + (mark.line if mark else 0), "the front matter is no YAML") from None
    told = {"order": 100} | told if isinstance(told, dict) else {}
    _check_front(file, told)
    return told, text[found.end() :], text[: found.end()].count("\n")


def _check_front(file: Path, told: dict) -> None:
    for name in ("title", "about"):
        if not isinstance(told.get(name), str) or not told[name].strip():
            raise LessonError(file, 1, f"the front matter needs {name}, a text")
    if type(told.get("minutes")) is not int or not 0 < told["minutes"] <= 600:
        raise LessonError(file, 1, "the front matter needs minutes, a whole number from 1 to 600")
    if type(told["order"]) not in (int, float):
        raise LessonError(file, 1, "order in the front matter is a number")


def _steps(file: Path, body: str, offset: int) -> list[Step]:
    markdown = MarkdownIt("commonmark", {"html": False}).disable("image")
    steps: list[Step] = []
    texts: list[list[list[Token]]] = []  # of each step, the blocks that are neither link nor question
    for block in _blocks(markdown.parse(body)):
        line = offset + 1 + (block[0].map or [0])[0]
        if block[0].type == "heading_open" and block[0].tag == "h2":
            steps.append(Step(_plain(block[1]), line))
            texts.append([])
        elif not steps:
            raise LessonError(file, line, "text before the first step, whose heading begins with ##")
        else:
            _take(file, line, steps[-1], texts[-1], block)
    for step, blocks in zip(steps, texts, strict=True):
        _check_step(file, step)
        step.html = markdown.renderer.render([token for block in blocks for token in block], markdown.options, {})
    return steps


def _blocks(tokens: list[Token]) -> list[list[Token]]:
    """The tokens of each paragraph, list, … of the document."""
    found: list[list[Token]] = [[]]
    for token in tokens:
        found[-1].append(token)
        if token.level == 0 and token.nesting <= 0:
            found.append([])
    return found[:-1]


def _take(file: Path, line: int, step: Step, texts: list[list[Token]], block: list[Token]) -> None:
    """Puts a block where it belongs in its step."""
    link, boxes = _only_link(block), _boxes(block)
    if link == PANELS_OWN:
        step.asks_panel = True
    elif link is not None:
        if step.link is not None:
            raise LessonError(file, line, "a step restores one link only")
        step.link, step.link_line = link, line
    elif boxes:
        _ask(file, line, step, texts, boxes)
    elif block[0].type == "blockquote_open" and step.question and not step.question.why:
        step.question = replace(step.question, why=" ".join(_plain(part) for part in block if part.type == "inline"))
    else:
        texts.append(block)


def _ask(file: Path, line: int, step: Step, texts: list[list[Token]], boxes: list[tuple[bool, str]]) -> None:
    """A list of boxes: the step's question, which the paragraph before it asks."""
    if step.question or not texts or texts[-1][0].type != "paragraph_open":
        raise LessonError(file, line, "a step has one list of boxes, and the paragraph before it asks the question")
    right = [n for n, (ticked, _) in enumerate(boxes, 1) if ticked]
    if not 2 <= len(boxes) <= MOST_ANSWERS or len(right) > 1:
        raise LessonError(file, line, f"a question has 2 to {MOST_ANSWERS} answers, and at most one of them is ticked")
    step.question = Question(_plain(texts.pop()[1]), tuple(text for _, text in boxes), (right or [0])[0], "")


def _check_step(file: Path, step: Step) -> None:
    if step.question and not step.question.why:
        raise LessonError(file, step.line, "a question needs its reason, a quotation that begins with >")
    if step.question and step.asks_panel:
        raise LessonError(file, step.line, "a step asks its own question or the panel's, not both")
    if step.asks_panel and step.link is None:
        raise LessonError(file, step.line, "the panel's question needs a link that opens the panel")


def _only_link(block: list[Token]) -> str | None:
    """Where a paragraph leads that is nothing but a link into the app."""
    if block[0].type != "paragraph_open":
        return None
    parts = [part for part in block[1].children or [] if part.type != "text" or part.content.strip()]
    if len(parts) < 2 or parts[0].type != "link_open" or parts[-1].type != "link_close":
        return None
    href = str(parts[0].attrGet("href"))
    return href if href.startswith("?") and sum(part.type == "link_open" for part in parts) == 1 else None


def _boxes(block: list[Token]) -> list[tuple[bool, str]]:
    """(whether it is ticked, its text) of each item of a list of boxes."""
    if block[0].type != "bullet_list_open":
        return []
    items = [_plain(token) for token in block if token.type == "inline"]
    found = [BOX.match(item) for item in items]
    return (
        [(box[1] != " ", item[box.end() :]) for box, item in zip(found, items, strict=True) if box]
        if all(found)
        else []
    )


def _plain(inline: Token) -> str:
    """The text of a line, without its marks."""
    parts = {"softbreak": " ", "hardbreak": " "}
    return "".join(parts.get(part.type, part.content) for part in inline.children or []).strip()
