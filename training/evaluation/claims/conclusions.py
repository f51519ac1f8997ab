"""Verdicts on all claims: assets/claims/NAME.json, which the app shows, and the table of docs/MEASURED.md."""

import json
import re
from dataclasses import asdict
from pathlib import Path

from training.evaluation.claims import Claim, claims
from training.evaluation.claims.claim import AGREES, DIFFERS, UNDECIDED, VERDICTS, Finding, found
from training.evaluation.claims.measured import Measured
from training.evaluation.tables import markdown
from training.files import write_atomically

SAID = {AGREES: "agrees", DIFFERS: "does not agree", UNDECIDED: "not decided"}
BECAUSE = {
    "missing": "not measured: {lacks}",
    "noise": "the difference is within the noise",
    "judges": "measured with two judges",
    "unequal": "the networks saw very different numbers of training pictures",
    "young": "ε has not left the mosaic of pixels",
}


def conclude(assets: Path) -> dict[str, Finding]:
    """Decides every claim by what is measured now, and writes its file."""
    measured, verdicts = Measured(assets), {}
    (assets / "claims").mkdir(exist_ok=True)
    for name, claim in claims().items():
        verdicts[name] = found(claim, measured)
        text = json.dumps(rounded(asdict(verdicts[name])), indent=1, ensure_ascii=False)
        write_atomically(assets / "claims" / f"{name}.json", text + "\n")
    return verdicts


def rounded(value):
    """The same with numbers of five digits."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def read(assets: Path) -> dict[str, dict]:
    """The stored verdicts by claim; one whose file is missing, or none that can be read, is not decided."""
    return {name: _stored(assets / "claims" / f"{name}.json") for name in claims()}


def _stored(path: Path) -> dict:
    nothing = asdict(Finding(UNDECIDED, reason="missing", lacks=path.name))
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return nothing
    whole = isinstance(table, dict) and table.keys() >= nothing.keys() and table["verdict"] in VERDICTS
    return table if whole else nothing


def report(verdicts: dict[str, Finding]) -> str:
    """The table."""
    counts = ", ".join(
        f"{sum(one.verdict == verdict for one in verdicts.values())} {said}" for verdict, said in SAID.items()
    )
    rows = [_row(claim, verdicts[name]) for name, claim in claims().items()]
    head = ["claim", "it says", "the paper", "here", "verdict"]
    return (
        f"**The claims of the papers, at our scale: {counts}**\n\n{markdown(head, rows)}\n\n"
        "A number stands with two deviations of what chance does to it; what lies closer together is not decided. "
        "`python -m training.evaluate --claim NAME` measures a claim anew."
    )


def _row(claim: Claim, one: Finding) -> list[str]:
    numbers = ", ".join(f"{label(n.of)} {n.value:.4g}{f' ± {n.noise:.2g}' if n.noise else ''}" for n in one.numbers)
    here = f"{one.measure.replace('_', ' ')}: {numbers}" if one.numbers else ""
    why = BECAUSE[one.reason].format(lacks=one.lacks) if one.reason else ""
    source = f"{claim.theirs} [{claim.source}]({claim.address})"
    return [f"`{claim.name}`", claim.says, source, here, f"**{SAID[one.verdict]}**{f' ({why})' if why else ''}"]


def label(of: str) -> str:
    """Whose number it is, in plain words; of a key of the catalogue what stands behind its first point."""
    return re.sub(r"^[a-z]+\.", "", of).replace("_", " ")
