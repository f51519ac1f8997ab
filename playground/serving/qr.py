"""QR codes, dark on white."""

import io

import segno

LONGEST = 1500  # characters of a text that a phone still reads from a screen


def fits(text) -> bool:
    """Whether it is a text that can be drawn."""
    return isinstance(text, str) and 0 < len(text) <= LONGEST and text.isprintable()


def drawn(text: str) -> bytes:
    """The text as an SVG file."""
    found = io.BytesIO()
    code = segno.make(text, error="m" if len(text) < LONGEST / 2 else "l", micro=False)
    code.save(found, kind="svg", light="#fff", border=2, omitsize=True)
    return found.getvalue()
