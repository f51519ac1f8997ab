"""Builds the emoji set.

python -m training.data                 # fetches the packages, renders 32, 64 and 128 pixels: about two minutes
python -m training ae --data FOLDER     # needs none of it: any folder of pictures with captions in metadata.jsonl
"""

import argparse
import json
from pathlib import Path

from training.data import atlas, emoji
from training.data.packages import PackageError
from training.data.pictures import load
from training.data.render import SIZES, render_style
from training.data.styles import STYLES
from training.files import DATA, write_atomically


def build(data: Path = DATA, sizes: tuple[int, ...] = SIZES) -> None:
    """Fetches, matches and renders whatever is not there yet; may be interrupted and run again.

    Raises:
        PackageError: npm is missing or a package is damaged.
    """
    from tqdm import tqdm

    concepts = emoji.read_concepts(data / "raw")
    archives = {style.name: style.package.fetch(data / "raw") for style in STYLES}
    drawings = {style.name: emoji.match(style, archives[style.name], concepts) for style in STYLES}
    wanted = [(style, size, data / str(size) / f"{style.file}.npy") for style in STYLES for size in sizes]
    todo = [job for job in wanted if not job[2].exists()]
    with tqdm(total=sum(len(drawings[style.name]) for style, *_ in todo), unit="pictures", desc="rendering") as bar:
        for style, size, path in todo:
            render_style(archives[style.name], drawings[style.name], size, path, bar.update)
    write_atomically(data / "table.json", json.dumps(atlas.table_of(concepts, drawings), ensure_ascii=False))


def main() -> None:
    """The command: builds the set, or says in one sentence what is missing."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    try:
        build()
    except PackageError as error:
        raise SystemExit(str(error)) from None
    print(f"{len(load()):,} pictures in {DATA}")


if __name__ == "__main__":
    main()
