"""What a large GPU needs for ten minutes of DALL·E 2's chain, in one archive.

    python -m training.pack road.tar                                  # drawings, code, the CLIP to start from
    tar xf road.tar && python -m training.chain --minutes 10 --out weights     # there; see training.chain

The archive holds nothing that training does not read, and stays under 60 MiB.
"""

import argparse
import tarfile
from pathlib import Path

from training.data import atlas
from training.data.styles import STYLES
from training.files import ASSETS, ROOT

LARGEST = 60 * 2**20  # bytes
CLIP = ("config.json", "model.safetensors", "tokenizer.json", "taught.txt")


def members() -> list[Path]:
    """The files of an archive: code, drawings that models may train on, and the CLIP that training starts from."""
    code = [path for folder in ("models", "training") for path in sorted((ROOT / folder).rglob("*.py"))]
    unseen = {f"{style.file}.webp" for style in STYLES if style.unseen}
    drawings = [path for path in sorted(atlas.FOLDER.iterdir()) if path.name not in unseen]
    start = [ASSETS / "clip" / name for name in CLIP]
    return [*code, *drawings, *(path for path in start if path.exists())]


def pack(path: Path) -> int:
    """Writes the archive and returns its size in bytes.

    Raises:
        ValueError: it is larger than 60 MiB.
    """
    with tarfile.open(path, "w") as archive:
        for member in members():
            archive.add(member, member.relative_to(ROOT))
    size = path.stat().st_size
    if size > LARGEST:
        raise ValueError(f"{path} has {size / 2**20:.0f} MiB, over 60: what travels must be smaller.")
    return size


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        "python -m training.pack", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path, nargs="?", default=Path("road.tar"))
    options = parser.parse_args(argv)
    try:
        print(f"{options.path}: {pack(options.path) / 2**20:.1f} MiB")
    except (OSError, ValueError) as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
