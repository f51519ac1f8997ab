"""What a panel tells its widgets, and how it refuses: in one sentence."""

import math

import gradio as gr
import pytest

from playground.panels import App
from playground.requests.fields import Slider, seed_field
from playground.serving import validation
from playground.serving.validation import answering
from tests.helpers import is_one_sentence


def test_a_widget_of_ours_is_told_by_which_names_a_recipe_knows_it():
    app = App(gr.HTML(), gr.Tabs(), ("room",), gr.HTML())
    controls = {"prompt": gr.HTML(), "seed": gr.Number(1), "mask": gr.HTML()}
    app._register("other", controls, gr.HTML())
    told = [controls[name].props for name in ("prompt", "mask")]
    assert [(one["panel"], one["setting"]) for one in told] == [("other", "prompt"), ("other", "mask")]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("en", "How much must be a number from 0 to 1, not 7."),
        ("zh-CN", "程度 必须是 0 到 1 之间的数，而不是 7。"),
    ],
)
def test_a_refusal_is_an_error_message_in_the_visitors_language(asked, said):
    class Request:
        headers = {"accept-language": asked}

    @answering
    def handler(request, value):
        return validation.number(value, 0, 1, "amount")

    assert handler(Request(), 0.5) == 0.5
    with pytest.raises(gr.Error) as error:
        handler(Request(), 7)
    assert error.value.message == said


def test_what_goes_wrong_is_a_sentence_and_logged_without_the_visitors_values(caplog):
    class Request:
        headers = {"accept-language": "en"}

    @answering
    def handler(request, value):
        return {}[value]

    with pytest.raises(gr.Error, match="Something went wrong") as error:
        handler(Request(), "a secret")
    assert not error.value.print_exception and error.value.__suppress_context__
    (line,) = caplog.messages
    assert line.startswith("failed: KeyError at ") and "test_panels.py" in line and "secret" not in line


@pytest.mark.parametrize("value", [1000, -1, 10**30, 10**400, math.nan, math.inf, None, "3"])
def test_a_number_beyond_a_field_reaches_the_handler_which_refuses_it_in_one_sentence(value):
    for field in (Slider(0, 10, 3), seed_field(0)):
        given = field.preprocess(value)
        assert given is value
    with pytest.raises(validation.Refused) as refusal:
        validation.number(given, 0, 10, "scale")
    assert is_one_sentence(str(refusal.value)) and refusal.value.say("zh").startswith("强度 s 必须是 0 到 10 之间的数")
