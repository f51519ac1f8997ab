"""What the API tells of itself holds: every sample runs as it is shown, and answers are of the types that are told."""

import re

from gradio_client import Client

from tests.answers import asked, json_type, told


def test_every_sample_runs_verbatim_and_what_is_told_holds(serve_briefly, small_assets):
    url = serve_briefly(small_assets)
    endpoints, client = told(url), Client(url, verbose=False)
    assert len(endpoints) >= 50
    for name, about in endpoints.items():
        assert_told_in_english_with_defaults(name, about)
        (given,) = about["returns"]
        assert given["label"] == "result", name
        assert_fits(asked(client, about["code_snippets"]["python"]), given["type"], name)
    client.close()


def assert_fits(answer: dict, schema: dict, name: str):
    """Every field is one that is told, of one of its types; a recipe and its link are always there."""
    fields = schema["properties"]
    assert {"recipe", "link"} <= set(answer) <= set(fields), (name, set(answer) - set(fields))
    for field, value in answer.items():
        types = {one["type"] for one in fields[field].get("anyOf", [fields[field]])}
        assert json_type(value) in types, (name, field)


def assert_told_in_english_with_defaults(name: str, about: dict):
    """Labels are words, and every default is of the types that are told."""
    assert about["description"], name
    for one in about["parameters"]:
        label = one["label"]
        assert not re.search(r"i18n|parameter_|\b[a-z]+\.[a-z]", label), (name, label)
        assert one["parameter_has_default"], (name, label)
        types = {schema["type"].replace("integer", "number") for schema in one["type"].get("anyOf", [one["type"]])}
        assert json_type(one["parameter_default"]) in types, (name, label)
        offered = one["type"].get("enum")
        assert offered is None or one["parameter_default"] in offered, (name, label)
