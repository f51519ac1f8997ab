"""How long the scale slider of the Guidance room takes to a new picture, and the microscope to redraw, measured in the
page.

    python -m tests.benchmarks.guidance          # writes assets/benchmarks/guidance.json and its table
    python -m tests.benchmarks.guidance --runs 3 --print     # a quick look that writes nothing

Needs Chromium. Measure on idle cores: the browser and the server share them.
"""

import statistics

from tests.benchmarks import report
from tests.benchmarks.app import ROOT
from tests.benchmarks.page import at_rest, browsing, opened

RESULT = ROOT / "assets" / "benchmarks" / "guidance.json"
GOALS = {"picture_p50_s": 1, "redraw_p95_ms": 60}
NAMES = {
    "picture_p50_s": "scale let go → new picture, 25 steps, 32×32, classifier-free, s (median)",
    "picture_max_s": "the slowest of them, s",
    "preview_p50_s": "scale let go → first preview, s (median)",
    "redraw_p50_ms": "microscope: scale moved → one step redrawn, ms (p50)",
    "redraw_p95_ms": "microscope: scale moved → one step redrawn, ms (p95)",
    "paint_p50_ms": "of that the microscope's own arithmetic, ms (p50)",
}
FIND = """const began = performance.now(), seen = {}, visible = one => one.offsetParent;
  const widget = [...document.querySelectorAll(`#guidance .widget-${name}[data-shown]`)].find(visible);
  const ranges = [...document.querySelectorAll("#guidance input[type=range]")];
  const range = ranges.find(one => visible(one) && !widget.contains(one));
  const tell = (what, on) => on.dispatchEvent(new Event(what, { bubbles: true }));
  setTimeout(() => fail(new Error(`nothing new within a minute at scale ${value}`)), 60000);"""
RELEASE = f"""([name, value]) => new Promise((done, fail) => {{ {FIND}
  new MutationObserver((changes, watcher) => {{
    for (const {{ attributeName: what }} of changes) seen[what] ??= (performance.now() - began) / 1000;
    if (!seen["data-shown"]) return;
    watcher.disconnect();
    done([seen["data-live"] ?? seen["data-shown"], seen["data-shown"]]);
  }}).observe(widget, {{ attributeFilter: ["data-live", "data-shown"] }});
  range.value = value;
  tell("input", range);
  setTimeout(() => tell("pointerup", range));
}})"""
DRAG = f"""([name, value]) => new Promise((done, fail) => {{ {FIND}
  new MutationObserver((changes, watcher) => {{
    watcher.disconnect();
    done([performance.now() - began, Number(widget.dataset.took)]);
  }}).observe(widget, {{ attributeFilter: ["data-scale"] }});
  range.value = value;
  tell("input", range);
}})"""


def scales(count: int) -> list[float]:
    """As many scales from 0.25 to 10, each another than the one before it."""
    return [0.25 * (1 + 7 * k % 39) for k in range(1, count + 1)]


def pictures(browser, url: str, runs: int) -> dict[str, float]:
    """Seconds from the end of a drag to the first preview, and to the finished film; the first run warms up."""
    page = opened(browser, url, "guidance", "prompt", "film")
    times = [at_rest(page, RELEASE, ["film", value]) for value in scales(runs + 1)][1:]
    page.close()
    previews, films = zip(*times, strict=True)
    return {
        "picture_p50_s": statistics.median(films),
        "picture_max_s": max(films),
        "preview_p50_s": statistics.median(previews),
    }


def redraws(browser, url: str, moves: int) -> dict[str, float]:
    """Milliseconds from a move of the scale to all panes of one step, and of that the page's arithmetic."""
    page = opened(browser, url, "guidance", "microscope", "microscope")
    times = [page.evaluate(DRAG, ["microscope", value]) for value in scales(moves + 5)][5:]
    page.close()
    whole, paints = (sorted(column) for column in zip(*times, strict=True))
    worst = whole[int(0.95 * len(whole))]
    return {
        "redraw_p50_ms": statistics.median(whole),
        "redraw_p95_ms": worst,
        "paint_p50_ms": statistics.median(paints),
    }


def measure(runs: int) -> dict[str, float]:
    """All numbers, of an app and a browser of their own; raises SystemExit where there is no Chromium."""
    with browsing() as (browser, url):
        return pictures(browser, url, runs) | redraws(browser, url, 10 * runs)


def main():
    parser = report.arguments(__doc__)
    parser.add_argument("--runs", type=int, default=20, help="new pictures; ten times as many redraws")
    options = parser.parse_args()
    found = measure(options.runs)
    text = report.table(found, NAMES, GOALS)
    print(text)
    if not options.print:
        report.publish(found, RESULT, "slider", f"**The scale slider, measured in the page**\n\n{text}")


if __name__ == "__main__":
    main()
