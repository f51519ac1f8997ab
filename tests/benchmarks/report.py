"""What the benchmarks share: their table, and where they write it."""

import argparse
import json
import os
import platform
from pathlib import Path

import torch

from training.evaluate import fill
from training.evaluation.tables import markdown
from training.files import ROOT


def arguments(doc: str) -> argparse.ArgumentParser:
    """With --print, for a look that writes nothing."""
    parser = argparse.ArgumentParser(description=doc.split("\n")[0])
    parser.add_argument("--print", action="store_true", help="only prints the table")
    return parser


def table(found: dict[str, float], names: dict[str, str], goals: dict[str, float]) -> str:
    """What was measured, and the most that it may be."""
    return markdown(
        ["what", "measured", "goal"],
        [[name, f"{found[key]:.3g}", f"< {goals[key]}" if key in goals else "–"] for key, name in names.items()],
    )


def publish(found: dict[str, float], path: Path, marker: str, text: str) -> None:
    """Writes the numbers, and the machine's kind, to `path`, and the text and that kind between the README's
    markers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    where = {
        "cores": os.cpu_count(),
        "multiplies": multiplies(),
        "system": platform.system(),
        "python": platform.python_version(),
    }
    path.write_text(json.dumps({key: round(value, 4) for key, value in found.items()} | where, indent=1) + "\n")
    fill(ROOT / "README.md", marker, f"{text}\n\nMeasured on {where['cores']} cores, {where['multiplies']}.")


def multiplies() -> str:
    """The instructions by which this processor multiplies matrices."""
    return "AMX" if torch.cpu._is_amx_tile_supported() else torch.backends.cpu.get_cpu_capability()
