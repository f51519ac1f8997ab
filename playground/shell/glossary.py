"""The glossary: every term of art in two sentences of each language, the words by which texts name it, and its paper.

It lies in locales/glossary/: en.json and zh.json have the same terms in the same order, and papers.json tells where
each comes from. The page opens an entry wherever a text names its term (glossary.js). docs/GLOSSARY.md is written from
it:

    python -c "from playground.shell.glossary import document; print(document(), end='')" > docs/GLOSSARY.md
"""

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "locales" / "glossary"
HEAD = """# Glossary

Every term of art that the app uses, in two sentences, with the paper where it comes from. Letters of the papers stand
where you would look for their names: η at "eta".
"""


@cache
def entries(language: str) -> dict[str, dict]:
    """{term: {"name", "words", "text", "paper": [authors and year, title, address]}} in one language."""
    told, papers = _read(language), _read("papers")
    return {term: entry | {"paper": papers[term]} for term, entry in told.items()}


def _read(name: str) -> dict:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def document() -> str:
    """The English glossary as Markdown."""
    parts = [HEAD]
    for entry in entries("en").values():
        authors, title, address = entry["paper"]
        parts.append(f"## {entry['name']}\n\n{entry['text']}\n\nFrom {authors}: [{title}]({address})\n")
    return "\n".join(parts)
