"""The board of one question: the contenders one after the other, the cheap ones first, each with its time to itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from torch import Tensor

from models.pretrained import CheckpointError
from playground.images import pictures
from playground.images.nearest import nearest
from playground.serving.validation import Refused, checkpoint_note
from playground.tabs.compare.attempts import Attempt
from playground.tabs.compare.contenders import Contender, Question
from playground.widgets.exhibit.exhibit import figure, row

Judged = Callable[[Tensor], list]  # a picture (1, 3, S, S) → the number under it, [name, value]; empty: none
DRAWS = ["compare.draws", {}]


class Board:
    """Contenders by name, what each has drawn so far, and why one cannot."""

    def __init__(self, contenders: dict[str, Contender], question: Question, judged: Judged, remarks: list):
        self.contenders, self.question, self.judged, self.remarks = contenders, question, judged, remarks
        self.attempts: dict[str, Attempt] = {}
        self.notes: dict[str, list] = {}
        self.facts: dict[str, dict] = {}

    async def draw(self, visitor: str) -> AsyncIterator[dict]:
        """Yields what an exhibit shows, whenever there is something new to see."""
        order = sorted(self.contenders, key=lambda name: self.contenders[name].calls)
        for done, name in enumerate(order):
            progress = ["compare.progress", {"n": done + 1, "of": len(order), "name": f"contender.{name}"}]
            self.notes[name] = DRAWS
            yield self.shown(progress)
            async with aclosing(self._attempt(name, visitor)) as moved:
                async for _ in moved:
                    yield self.shown(progress)
        yield self.shown(["compare.done", {"n": len(self.facts), "of": len(order)}])

    async def _attempt(self, name: str, visitor: str) -> AsyncIterator[None]:
        """Lets one contender draw; what it cannot do is told in its place."""
        try:
            attempt = await asyncio.to_thread(self.contenders[name].begin, self.question)
            self.attempts[name] = attempt
            async with aclosing(attempt.draw(visitor)) as moved:
                async for _ in moved:
                    yield
            self.facts[name] = await asyncio.to_thread(self._facts, attempt)
            del self.notes[name]
        except CheckpointError as error:
            self.notes[name] = checkpoint_note(error)
        except Refused as refusal:
            self.notes[name] = [refusal.key, refusal.values]

    def _facts(self, attempt: Attempt) -> dict:
        taken = [
            ["compare.time", ["compare.seconds", {"s": f"{attempt.seconds:.2g}"}]],
            ["compare.calls", attempt.calls],
        ]
        judged = self.judged(attempt.picture)
        return {
            "numbers": [*taken, judged] if judged else taken,
            "near": nearest(pictures.enlarged(attempt.picture))[0],
        }

    def shown(self, progress: list) -> dict:
        """The rows of the contenders, in their order."""
        rows: dict[str, list[dict]] = {}
        for name, contender in self.contenders.items():
            rows.setdefault(contender.row, []).append(self._figure(name))
        shown = [row(figures, f"compare.{title}") for title, figures in rows.items()]
        return {"note": None, "rows": shown, "remarks": [progress, *self.remarks]}

    def _figure(self, name: str) -> dict:
        attempt = self.attempts.get(name)
        x = attempt and attempt.picture
        src = None if x is None else pictures.data_url(x[0])
        return figure(src, f"contender.{name}", note=self.notes.get(name), **self.facts.get(name, {}))


def shape(contenders: dict[str, Contender]) -> tuple[list[int], list[str]]:
    """Figures in each row, and the rows' titles."""
    rows = [contender.row for contender in contenders.values()]
    titles = list(dict.fromkeys(rows))
    return [rows.count(title) for title in titles], [f"compare.{title}" for title in titles]


def used(contenders: dict[str, Contender]) -> list[str]:
    """The checkpoints of all of them, and the judge."""
    names = [name for contender in contenders.values() for name in contender.checkpoints]
    return [*dict.fromkeys(names), "judge"]
