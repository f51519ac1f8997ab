"""What every panel answers to the sample that the app shows of it, and which fields the answers have.

    python -m tests.answers     # asks the app on the assets that ship and on tiny ones; writes shell/answers.json

Run it when a panel is new or answers otherwise; tests/process/playground/test_api_told.py holds the file against a run.
"""

import json
import tempfile
import urllib.request
from pathlib import Path
from unittest.mock import patch

from gradio_client import Client

from playground.shell.api import ANSWERS
from tests import served
from tests.tiny import make

TYPES = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}


def json_type(value) -> str:
    return TYPES.get(type(value), "null")


def asked(client: Client, sample: str) -> dict:
    """What the Python sample of an endpoint prints, run as it stands by a client that is connected already."""
    names: dict = {"print": lambda found: None}
    with patch("gradio_client.Client", lambda *_: client):
        exec(sample, names)
    return names["result"]


def told(url: str) -> dict[str, dict]:
    """What the app tells of every endpoint."""
    with urllib.request.urlopen(f"{url}/gradio_api/info") as answer:
        return {name.strip("/"): one for name, one in json.load(answer)["named_endpoints"].items()}


def main():
    for folder in (None, make(Path(tempfile.mkdtemp()))):
        ANSWERS.write_text(written(merged(of_app(folder))), "utf-8")


def of_app(folder: Path | None) -> dict[str, dict[str, str]]:
    """The fields of all panels' answers with their types, of an app on those assets or on the ones that ship."""
    log = Path(tempfile.mkdtemp()) / "log.txt"
    process, url = served.begin(log, folder)
    try:
        served.wait(process, url, log)
        client = Client(url, verbose=False)
        answers = {name: asked(client, about["code_snippets"]["python"]) for name, about in told(url).items()}
        client.close()
    finally:
        process.terminate()
        process.wait(30)
    return {name: {field: json_type(value) for field, value in one.items()} for name, one in answers.items()}


def merged(found: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """With the fields and types of panels that are still there from the file as it was."""
    before = json.loads(ANSWERS.read_text("utf-8")) if ANSWERS.exists() else {}
    for name, fields in found.items():
        for field, types in before.get(name, {}).items():
            fields[field] = " ".join(sorted({*fields.get(field, "").split(), *types.split()}))
    return found


def written(found: dict[str, dict[str, str]]) -> str:
    """JSON with a line for each panel."""
    lines = [f" {json.dumps(name)}: {json.dumps(found[name], sort_keys=True)}" for name in sorted(found)]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    main()
