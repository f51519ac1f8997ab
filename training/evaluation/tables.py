"""Tables of the README."""


def markdown(head: list[str], rows: list[list[str]]) -> str:
    """Heads and cells as Markdown."""
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows))
