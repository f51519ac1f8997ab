"""What the papers claim, beside what was measured here."""

import re

import gradio as gr
from torch import Tensor

from playground.panels import App
from playground.requests.fields import choice_field
from playground.serving import checkpoints, validation
from playground.serving.validation import answering, told
from playground.shell.languages import word
from playground.widgets.claims.claims import claims as wall
from training.evaluation import claims as papers
from training.evaluation.claims import conclusions
from training.evaluation.claims.claim import VERDICTS, Claim
from training.evaluation.claims.measured import SHARES

ALL = "all"
PERCENT = (*SHARES, "kept")


def claims(x: Tensor, verdict: str) -> dict:
    """The claims of the papers, all of them or those of one verdict, each with the paper's number, the numbers that
    decide it here, and the command that measures it anew."""
    verdict = validation.choice(verdict, (ALL, *VERDICTS), "verdict")
    found = conclusions.read(checkpoints.assets())
    counts = {one: sum(stored["verdict"] == one for stored in found.values()) for one in VERDICTS}
    kept = [shown(papers.get(name), one) for name, one in found.items() if verdict in (ALL, one["verdict"])]
    return {"claims": kept, "counts": counts}


def shown(claim: Claim, found: dict) -> dict:
    """A claim as the page shows it."""
    return {
        "name": claim.name,
        "says": f"claim.{claim.key}",
        "theirs": f"theirs.{claim.key}",
        "source": claim.source,
        "address": claim.address,
        "tab": claim.tab,
        "room": f"tab.{claim.tab}",
        "command": f"python -m training.evaluate --claim {claim.name}",
        "minutes": claim.minutes,
        "verdict": found["verdict"],
        "reason": found["reason"] and [f"claims.because_{found['reason']}", {"lacks": found["lacks"]}],
        "measure": found["measure"] and f"claims.measure_{found['measure']}",
        "numbers": [_number(found["measure"], one) for one in found["numbers"]],
        "curves": _curves(found["curves"]),
    }


def _number(measure: str, one: dict) -> dict:
    form, rough = ("{:.0%}".format,) * 2 if measure in PERCENT else ("{:.4g}".format, "{:.2g}".format)
    return {
        "label": label(one["of"]),
        "value": one["value"],
        "noise": one["noise"],
        "text": form(one["value"]) + (f" ± {rough(one['noise'])}" if one["noise"] else ""),
    }


def _curves(curves: dict) -> dict:
    if not curves:
        return {}
    lines = [{**line, "label": label(line["label"])} for line in curves["lines"]]
    return {"x": f"claims.x_{curves['x']}", "log": bool(curves.get("log")), "lines": lines}


def label(of: str) -> str:
    """The catalogue's key for whose number it is; a word of the claims' own has its key among theirs."""
    return f"claims.of_{of}" if re.fullmatch(r"[a-z_]{2,}", of) else of


def render(app: App):
    gr.Markdown(word("claims.lead"), elem_classes=["lead"])
    verdict = choice_field("setting.verdict", (ALL, *VERDICTS), ALL, "verdict.")
    board = wall()
    gr.Markdown(word("claims.caution"))

    @answering
    def open_room(request: gr.Request, event: gr.EventData):
        """The room in which a claim can be tried."""
        return app.open(told(event).get("tab"))[app.tabs]

    board.open(open_room, None, app.tabs, **app.silent, api_visibility="private", queue=False)
    app.panel("claims", claims, {"verdict": verdict}, board)
