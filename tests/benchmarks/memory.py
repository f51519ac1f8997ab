"""How much memory the server takes: at the start, and after every endpoint of the API was used once.

    python -m tests.benchmarks.memory           # writes assets/benchmarks/memory.json and its table
    python -m tests.benchmarks.memory --print   # only prints the table

Resident memory (RSS) counts pages that are shared with other processes in full, PSS in part (Linux).
"""

import re
import time
from pathlib import Path

from tests.benchmarks import report
from tests.benchmarks.app import memory, running, use_everything
from training.files import ROOT

RESULT = ROOT / "assets" / "benchmarks" / "memory.json"
GOALS = {"rest_rss_mb": 1200}
REST = 45.0  # seconds after the last request until the server has let go of what it may
NAMES = {
    "start_rss_mb": "served, nothing used, MB",
    "used_rss_mb": "every endpoint used once, MB",
    "peak_mb": "at its peak, MB",
    "rest_rss_mb": "at rest three quarters of a minute later, MB",
    "used_pss_mb": "PSS at rest, MB",
    "code_mb": "of the PSS: programs and libraries, MB",
    "files_mb": "of the PSS: other files that are mapped, checkpoints among them, MB",
    "heap_mb": "of the PSS: what the process made itself, MB",
}


def parts(process) -> dict[str, float]:
    """PSS in MB by what a mapping is of."""
    found = {"used_pss_mb": 0.0, "code_mb": 0.0, "files_mb": 0.0, "heap_mb": 0.0}
    part = "heap_mb"
    for line in Path(f"/proc/{process.pid}/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            file = line.split(maxsplit=5)[5] if len(line.split(maxsplit=5)) > 5 else ""
            code = ".so" in file or "/bin/" in file
            part = "code_mb" if code else "files_mb" if file.startswith("/") else "heap_mb"
        elif line.startswith("Pss:"):
            kilobytes = int(line.split()[1])
            found[part] += kilobytes / 1000
            found["used_pss_mb"] += kilobytes / 1000
    return found


def main():
    options = report.arguments(__doc__).parse_args()
    with running() as (process, url, _):
        found = {"start_rss_mb": memory(process)["memory_mb"]}
        use_everything(url)
        now = memory(process)
        found |= {"used_rss_mb": now["memory_mb"], "peak_mb": now["memory_peak_mb"]}
        time.sleep(REST)
        found |= {"rest_rss_mb": memory(process)["memory_mb"]} | parts(process)
    table = report.table(found, NAMES, GOALS)
    print(table)
    if not options.print:
        report.publish(found, RESULT, "memory", f"**Memory of the server**\n\n{table}")


if __name__ == "__main__":
    main()
