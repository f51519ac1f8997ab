"""Requests to the served app, as a page sends them."""

import json
import urllib.error
import urllib.request


def post(address: str, body: bytes, **headers) -> tuple[int, object]:
    request = urllib.request.Request(address, body, {"content-type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, None
    except urllib.error.URLError as error:  # the server hung up on a body that is too large
        return 413 if isinstance(error.reason, ConnectionError) else 0, None


def call(app_url: str, config: dict, function: str, data, **headers):
    """A server function of a widget, as the browser calls it."""
    component = next(c["id"] for c in config["components"] if function in c["props"].get("server_fns", []))
    body = {"data": data, "component_id": component, "fn_name": function, "session_hash": "test"}
    return post(f"{app_url}/gradio_api/component_server/", json.dumps(body).encode(), **headers)
