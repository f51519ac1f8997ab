"""What the page opens on is what was measured to work."""

import pytest
import torch

from playground.shell.languages import catalogue
from training.data import colours
from training.evaluation import colours as colour_report
from training.evaluation.clip import concepts
from training.studies import defaults, study


def caption(thing: str, colour: str, language: str) -> str:
    pair = colour_report.Pairs(torch.tensor([defaults.number(thing)]), torch.tensor([colours.NAMES.index(colour)]))
    return pair.prompts(language)[0]


@pytest.mark.parametrize("language", defaults.LANGUAGES)
def test_the_panel_of_edits_opens_on_one_that_is_seen(language):
    before, after = (catalogue(language)[f"edit.{end}"] for end in ("before", "after"))
    rows = study.read(defaults.PATH, "rows")["rows"]
    shown = [
        rows[f"edit/{language}/{thing} to {colour}"]
        for thing, colour in defaults.RECOLOURINGS
        if before == concepts()[language][defaults.number(thing)] and after == caption(thing, colour, language)
    ]
    assert shown and all(defaults.worked(row) for row in shown)


def test_a_table_without_rows_is_left_out():
    seen = {"edit/en/fox to green": {"both": 1.0}, "edit/en/fox to panda": {"judge_top5": 0.0}}
    told = defaults.report(seen)
    assert told.startswith("**Edits of a caption**") and "| fox to green | yes |" in told
    assert "| fox to panda | no |" in told
