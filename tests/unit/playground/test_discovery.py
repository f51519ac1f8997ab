"""Tabs are found by listing; what breaks the contract is said in words."""

import contextlib
import types

import pytest

from models.pretrained import CheckpointError
from playground import discovery, tabs
from playground.serving import device


def panel(render=lambda app: None) -> types.SimpleNamespace:
    return types.SimpleNamespace(render=render)


def module(**names) -> types.ModuleType:
    made = types.ModuleType("playground.tabs.fake")
    facts = {"TITLE": "tab.road", "ORDER": 1, "FAMILY": "teal", "PANELS": {"fake": panel()}}
    made.__dict__.update(facts | names)
    return made


def test_the_tabs_are_found_in_their_order():
    names = [discovery.name_of(found) for found in discovery.find(tabs)]
    assert names[:2] == ["road", "autoencoders"]


def test_a_room_stays_closed_until_its_checkpoints_are_there(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_ASSETS", str(tmp_path))
    closed = {discovery.name_of(found) for found in discovery.find(tabs)}
    for name in ("dalle", "vqvae_8"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.safetensors").write_bytes(b"weights")
    assert {discovery.name_of(found) for found in discovery.find(tabs)} - closed == {"dalle"}


def test_a_good_tab_passes_and_opens_on_its_first_panel_or_on_the_one_that_it_names():
    two = {"samples": panel(), "quiz": panel()}
    discovery.check(module())
    discovery.check(module(PANELS=two))
    discovery.check(module(PANELS=two, OPENS="quiz"))
    assert discovery.opens(module(PANELS=two)) == "samples"
    assert discovery.opens(module(PANELS=two, OPENS="quiz")) == "quiz"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"TITLE": None}, "must define TITLE"),
        ({"TITLE": "tab.nowhere"}, "no key"),
        ({"ORDER": "first"}, "must define ORDER"),
        ({"FAMILY": "pink"}, "must be one of"),
        ({"PANELS": None}, "must define PANELS"),
        ({"PANELS": {}}, "at least one panel"),
        ({"PANELS": {"a": panel(3)}}, "exactly one argument"),
        ({"PANELS": {"a": panel(lambda: None)}}, "exactly one argument"),
        ({"PANELS": {"a": types.SimpleNamespace()}}, "exactly one argument"),
        ({"PANELS": {"samples": panel(), "nowhere": panel()}}, "needs a title, panel.nowhere"),
        ({"OPENS": "nowhere"}, "OPENS 'nowhere' must be one of"),
    ],
)
def test_a_broken_tab_is_refused_in_words(broken, said):
    with pytest.raises(discovery.ContractError, match=said) as error:
        discovery.check(module(**broken))
    assert "playground/tabs/fake" in str(error.value)


@pytest.mark.parametrize("name", discovery.CONTRACT)
def test_a_tab_that_lacks_a_part_of_the_contract_is_refused(name):
    made = module()
    delattr(made, name)
    with pytest.raises(discovery.ContractError, match=f"must define {name}"):
        discovery.check(made)


@pytest.mark.slow
def test_what_the_tabs_warm_at_the_start_can_be_warmed(monkeypatch):
    monkeypatch.setattr(device, "half_is_faster", lambda: False)  # what it leaves in caches is as other tests want it
    steps = [step for tab in discovery.find(tabs) for step in getattr(tab, "WARM", ())]
    assert len(steps) > 5
    for step in steps:
        with contextlib.suppress(CheckpointError):  # one that is not there is told in its room
            step()
