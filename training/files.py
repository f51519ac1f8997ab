"""Where the repository keeps what training reads and writes, and how a text file is written."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data"  # the fetched packages and the rendered pictures
ASSETS = ROOT / "assets"  # what ships: checkpoints, the atlas, measured tables


def write_atomically(path: Path, text: str) -> None:
    """Writes a file so that a kill at any moment leaves the old one or the new one, whole."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
