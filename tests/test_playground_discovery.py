"""Tabs are found by listing; what breaks the contract is said in words."""

import types

import pytest

from playground import discovery, tabs


def module(**names) -> types.ModuleType:
    made = types.ModuleType("playground.tabs.fake")
    made.__dict__.update({"TITLE": "tab.road", "ORDER": 1, "FAMILY": "teal", "render": lambda house: None} | names)
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


def test_a_good_tab_passes():
    discovery.check(module())


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"TITLE": None}, "must define TITLE"),
        ({"TITLE": "tab.nowhere"}, "no key"),
        ({"ORDER": "first"}, "must define ORDER"),
        ({"FAMILY": "pink"}, "must be one of"),
        ({"render": 3}, "exactly one argument"),
        ({"render": lambda: None}, "exactly one argument"),
    ],
)
def test_a_broken_tab_is_refused_in_words(broken, said):
    with pytest.raises(discovery.ContractError, match=said) as error:
        discovery.check(module(**broken))
    assert "playground/tabs/fake.py" in str(error.value)


def test_a_tab_without_render_is_refused():
    made = module()
    del made.render
    with pytest.raises(discovery.ContractError, match="must define render"):
        discovery.check(made)
