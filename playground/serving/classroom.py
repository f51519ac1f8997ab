"""A class: its teacher asks, phones that join by a short code predict, and everybody sees how many predicted what.

Nobody is asked for a name. A phone is a random word that the class gave it when it joined; it has one vote per question
and may change it until the result is shown. All of it is held in one SQLite file and gone after a day.
"""

import getpass
import os
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playground.shell.log import failed
from playground.shell.refusals import Unanswered

DAY = 86_400.0  # seconds that a class lasts
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none looks like another
LENGTH = 5  # letters of a code
MOST_CLASSES = 100
MOST_PHONES = 200  # of one class
MOST_QUESTIONS = 200  # of one class that are voted on
TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS classes (code TEXT PRIMARY KEY, key TEXT, opened REAL, ended INTEGER DEFAULT 0,
    question TEXT, answers INTEGER, answer INTEGER);
CREATE TABLE IF NOT EXISTS phones (code TEXT, phone TEXT, PRIMARY KEY (code, phone));
CREATE TABLE IF NOT EXISTS votes (code TEXT, question TEXT, phone TEXT, choice INTEGER,
    PRIMARY KEY (code, question, phone));
"""


def place() -> Path:
    """The file: PLAYGROUND_CLASSES, or one of this user's in the temporary directory."""
    told = os.environ.get("PLAYGROUND_CLASSES")
    return Path(told or Path(tempfile.gettempdir()) / f"road-to-dalle2-{getpass.getuser()}" / "classes.db")


@dataclass
class Classroom:
    """All classes of a server. What cannot be done is an `Unanswered`, whose sentence the visitor is told."""

    path: Path = field(default_factory=place)
    swept: float = 0.0  # when classes of yesterday were last looked for

    def open(self) -> dict:
        """A new class, {"code", "key"}: the code is for everybody, the key for its teacher alone.

        Raises:
            Unanswered: there are too many classes.
        """
        code, key = "".join(secrets.choice(LETTERS) for _ in range(LENGTH)), secrets.token_urlsafe(16)
        with self._book() as book:
            if book.execute("SELECT count(*) FROM classes WHERE ended = 0").fetchone()[0] >= MOST_CLASSES:
                raise Unanswered(429, "class.full")
            book.execute("INSERT INTO classes (code, key, opened) VALUES (?, ?, ?)", (code, key, time.time()))
        return {"code": code, "key": key}

    def join(self, code: str) -> dict:
        """{"phone"}: by which the class will know one phone again.

        Raises:
            Unanswered: there is no such class, or it is full.
        """
        phone = secrets.token_urlsafe(16)
        with self._book() as book:
            _open_class(book, code)
            if book.execute("SELECT count(*) FROM phones WHERE code = ?", (code,)).fetchone()[0] >= MOST_PHONES:
                raise Unanswered(429, "class.full")
            book.execute("INSERT INTO phones VALUES (?, ?)", (code, phone))
        return {"phone": phone}

    def ask(self, code: str, key: str, question: str, answers: int) -> dict:
        """The teacher asks a question with so many answers; one that is asked already goes on."""
        with self._book() as book:
            if _taught(book, code, key)["question"] != question:
                told = "UPDATE classes SET question = ?, answers = ?, answer = NULL WHERE code = ?"
                book.execute(told, (question, answers, code))
        return {}

    def show(self, code: str, key: str, answer: int) -> dict:
        """The teacher shows the result: the number of the right answer, 0 where none is the right one.

        Raises:
            Unanswered: the class or the key is not theirs, or the question has no such answer.
        """
        with self._book() as book:
            if not 0 <= answer <= (_taught(book, code, key)["answers"] or 0):
                raise Unanswered(400, "class.no_answer")
            book.execute("UPDATE classes SET answer = ? WHERE code = ?", (answer, code))
        return {}

    def end(self, code: str, key: str) -> dict:
        """The class is over: what it voted is forgotten."""
        with self._book() as book:
            _taught(book, code, key)
            book.execute("UPDATE classes SET ended = 1, question = NULL WHERE code = ?", (code,))
            book.execute("DELETE FROM votes WHERE code = ?", (code,))
            book.execute("DELETE FROM phones WHERE code = ?", (code,))
        return {}

    def vote(self, code: str, phone: str, question: str, choice: int) -> dict:
        """A phone's one vote on the question that is asked.

        Raises:
            Unanswered: the class or the phone is not known, or the choice is none of those asked.
        """
        with self._book() as book:
            held = _open_class(book, code)
            if not book.execute("SELECT 1 FROM phones WHERE code = ? AND phone = ?", (code, phone)).fetchone():
                raise Unanswered(403, "class.stranger")
            if question != held["question"] or held["answer"] is not None:
                raise Unanswered(409, "class.late")
            if not 1 <= choice <= held["answers"]:
                raise Unanswered(400, "class.no_answer")
            if _questions(book, code, question) >= MOST_QUESTIONS:
                raise Unanswered(429, "class.full")
            book.execute("INSERT OR REPLACE INTO votes VALUES (?, ?, ?, ?)", (code, question, phone, choice))
        return {}

    def state(self, code: str) -> dict:
        """{"question", "answer": None until the result is shown, "counts": votes per answer, "phones": how many}."""
        with self._book() as book:
            held = _open_class(book, code)
            phones = book.execute("SELECT count(*) FROM phones WHERE code = ?", (code,)).fetchone()[0]
            cast = book.execute(
                "SELECT choice, count(*) FROM votes WHERE code = ? AND question = ? GROUP BY choice",
                (code, held["question"]),
            )
            found = dict(tuple(row) for row in cast)
        counts = [found.get(n, 0) for n in range(1, 1 + (held["answers"] or 0))]
        return {"question": held["question"], "answer": held["answer"], "counts": counts, "phones": phones}

    @contextmanager
    def _book(self) -> Iterator[sqlite3.Connection]:
        """The file, for one transaction."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=5)) as book:
                book.row_factory = sqlite3.Row
                book.executescript(TABLES)
                with book:
                    self._sweep(book)
                with book:
                    yield book
        except (sqlite3.Error, OSError) as error:
            failed(error)
            raise Unanswered(503, "class.unavailable") from None

    def _sweep(self, book: sqlite3.Connection) -> None:
        """Forgets the classes of yesterday; looked for once a minute."""
        if time.time() - self.swept < 60:
            return
        self.swept = time.time()
        book.execute("DELETE FROM classes WHERE opened < ?", (self.swept - DAY,))
        for table in ("phones", "votes"):
            book.execute(f"DELETE FROM {table} WHERE code NOT IN (SELECT code FROM classes)")


def _open_class(book: sqlite3.Connection, code: str) -> sqlite3.Row:
    """The class of a code, which has begun and not ended."""
    held = book.execute("SELECT * FROM classes WHERE code = ? AND opened >= ?", (code, time.time() - DAY)).fetchone()
    if held is None:
        raise Unanswered(404, "class.wrong")
    if held["ended"]:
        raise Unanswered(410, "class.over")
    return held


def _taught(book: sqlite3.Connection, code: str, key: str) -> sqlite3.Row:
    """The class, whose teacher knows the key."""
    held = _open_class(book, code)
    if not secrets.compare_digest(held["key"].encode(), key.encode()):
        raise Unanswered(403, "class.not_yours")
    return held


def _questions(book: sqlite3.Connection, code: str, but: str) -> int:
    """How many other questions the class has voted on."""
    told = "SELECT count(DISTINCT question) FROM votes WHERE code = ? AND question != ?"
    return book.execute(told, (code, but)).fetchone()[0]
