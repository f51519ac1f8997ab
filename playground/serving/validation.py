"""Values as they arrive from anywhere: checked once, refused in one sentence of the visitor's language."""

import functools
import re
from collections.abc import Callable
from contextlib import aclosing

import gradio as gr

from models.pretrained import CheckpointError
from playground.serving.device import NotANumber
from playground.serving.job import Cancelled
from playground.shell.languages import catalogue, sentence, visitor_language
from playground.shell.log import failed
from playground.shell.share import is_number


class Refused(ValueError):
    """A value that cannot be used. `key` names the sentence in the catalogue, `values` fill its places."""

    def __init__(self, key: str, **values):
        self.key, self.values = key, values
        super().__init__(self.say("en"))

    def say(self, language: str) -> str:
        """The sentence, in which a setting is called as on the page."""
        values = dict(self.values)
        if self.key.startswith("check.") and "name" in values:
            values["name"] = catalogue(language).get(f"setting.{values['name']}", values["name"])
        return sentence(self.key, language, **values)


def number(value, low: float, high: float, name: str) -> float:
    """A finite number in [low, high]; bool, text, NaN and infinity are refused."""
    if not is_number(value) or not low <= value <= high:
        raise Refused("check.number", name=name, low=_digits(low), high=_digits(high), value=_short(value))
    return float(value)


def integer(value, low: int, high: int, name: str) -> int:
    """A whole number in [low, high]; 3.0 is one, 3.7 is refused."""
    if number(value, low, high, name) != int(value):
        raise Refused("check.integer", name=name, low=low, high=high, value=_short(value))
    return int(value)


def steps(value, most: int) -> int:
    """A number of steps from 1 to `most`; typed text such as "40" counts."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 10:
        value = int(value)
    return integer(value, 1, most, "steps")


def seed(value) -> int:
    """A seed: a whole number from 0 to 2³¹ − 1."""
    return integer(value, 0, 2**31 - 1, "seed")


def choice(value, choices, name: str):
    """One of several names; whatever is no such text is refused."""
    if not isinstance(value, str) or value not in choices:
        raise Refused("check.choice", name=name, choices=", ".join(choices), value=_short(value))
    return value


def offered(value, choices, name: str):
    """One of the values that a field offers, all others are refused; True is not the number 1."""
    if any(type(value) is type(one) and value == one for one in choices):
        return value
    raise Refused("check.choice", name=name, choices=", ".join(map(str, choices)), value=_short(value))


def _digits(limit: float) -> str:
    """A limit as a visitor would write it: 2147483647, 0.5."""
    return str(limit) if isinstance(limit, int) else f"{limit:g}"


def _short(value) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"


def told(event: gr.EventData) -> dict:
    """What a page says with an event; nothing where it is no object."""
    return event._data if isinstance(event._data, dict) else {}


def answering(handler):
    """Turn a refusal into Gradio's error message in the visitor's language; so is whatever else goes wrong, which is
    logged without the visitor's values. The handler's first argument is the request."""

    @functools.wraps(handler)
    def answer(request: gr.Request, *values):
        try:
            return handler(request, *values)
        except Exception as error:
            raise _as_message(error, request) from None

    return answer


def streaming(handler):
    """The same for a handler that is an asynchronous generator; one whose visitor began something newer just ends."""

    @functools.wraps(handler)
    async def answer(request: gr.Request, *values):
        try:
            async with aclosing(handler(request, *values)) as shown:
                async for value in shown:
                    yield value
        except Cancelled:
            return
        except Exception as error:
            raise _as_message(error, request) from None

    return answer


def errors_as_notes(handler: Callable) -> Callable:
    """A handler of a stream whose last value tells in words, instead of an error, which checkpoint cannot be read."""

    @functools.wraps(handler)
    async def answer(*values, **settings):
        try:
            async with aclosing(handler(*values, **settings)) as found:
                async for value in found:
                    yield value
        except CheckpointError as error:
            yield {"note": checkpoint_note(error)}

    return answer


def _as_message(error: Exception, request: gr.Request) -> gr.Error:
    if isinstance(error, gr.Error):
        return error
    if isinstance(error, Refused):
        refusal = error
    elif isinstance(error, CheckpointError):
        key, values = checkpoint_note(error)
        refusal = Refused(key, **values)
    else:
        failed(error)
        refusal = Refused("guard.failed")
    return gr.Error(refusal.say(visitor_language(request)), print_exception=False)


def checkpoint_note(error: CheckpointError) -> list:
    """A checkpoint's error as a text of the catalogue; in a language other than English the kind of error is told
    too."""
    if isinstance(error, NotANumber):
        return ["failed.nan", {}]
    said = str(error)
    kind = next((kind for kind in ("missing", "damaged", "not a") if kind in said), "unreadable").replace(" ", "_")
    return [f"checkpoint.{kind}", {"reason": said, "name": (re.findall(r"checkpoint (\S+)", said) or ["?"])[0]}]
