"""What a new visitor gets is what Gradio gives him, and his own; asked of the app itself, in a process of its own."""

import json
import subprocess
import sys

import pytest

from tests.helpers import ROOT

ASKS = """
import json
from gradio.blocks import BlocksConfig
from gradio.state_holder import SessionState
from app import demo

first, told = SessionState(demo).config_values, {}
key, slider = next((_id, block) for _id, block in demo.blocks.items() if block.get_block_name() == "slider")
prop = lambda name, of=None: (of or SessionState(demo)).config_values[key]["props"][name]

asked, describe = [], slider.get_config
slider.get_config = lambda: asked.append(1) or describe()
told["described again"] = [prop("maximum") == slider.maximum, len(asked)]
del slider.get_config

mine = SessionState(demo)
mine._update_value_in_config(key, 0.123)
told["value"] = [prop("value", mine), prop("value") == slider.value]

changed = slider.__class__(**slider.constructor_args | {"maximum": 77, "render": False})
mine[key] = changed
mine._update_config(key)
told["maximum"] = [prop("maximum", mine), prop("maximum") == slider.maximum]

for block in demo.blocks.values():
    del block.description
told["components"] = len(first)
told["otherwise"] = [
    key for key, block in demo.blocks.items() if first[key] != BlocksConfig.config_for_block(key, [], block)
]
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told() -> dict:
    answer = subprocess.run(
        [sys.executable, "-c", ASKS], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )
    assert not answer.returncode, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def test_components_are_described_as_gradio_describes_them_and_once(told):
    assert told["components"] > 500
    assert told["otherwise"] == []
    assert told["described again"] == [True, 0]


def test_what_one_visitor_sets_no_other_sees(told):
    assert told["value"] == [0.123, True]


def test_a_component_that_changed_for_one_is_described_anew(told):
    assert told["maximum"] == [77, True]
