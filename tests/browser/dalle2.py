"""What the pages of the DALL·E 2 room are asked with."""

from urllib.parse import quote

NASTY = "<img src=x onerror=window.pwn=1> ${window.pwn=1} {{window.pwn=1}} שלום 🦊 \u202ecba"


def room(panel: str, **settings) -> str:
    return f"/?tab=dalle2&panel={panel}" + "".join(f"&{name}={quote(str(value))}" for name, value in settings.items())
