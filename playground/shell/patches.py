"""What we know of Gradio's inside, written for 6.31.

What a new visitor costs: Gradio describes every component anew for each one, a tenth of a second in which nobody
else is heard.

Ours do not change once they are built, so each is described once, and a visitor gets their own copies.

Who reads: Gradio draws to the end what was asked for, even if nobody ever fetches it.

What a page is told of its address: nothing that the request says of it.
"""

from functools import cache

import gradio as gr
from gradio import route_utils, routes
from gradio.blocks import BlocksConfig
from gradio_client import snippet
from hf_gradio import cli


def describe_once(demo: gr.Blocks) -> None:
    """From now on, for the components that `demo` has."""
    _remember()
    for block in demo.blocks.values():
        vars(block)["description"] = None


@cache
def _remember() -> None:
    describe = BlocksConfig.config_for_block

    def described(_id, rendered_ids, block, renderable=None) -> dict:
        known = vars(block)
        if renderable or "description" not in known:
            return describe(_id, rendered_ids, block, renderable)
        known["description"] = known["description"] or describe(_id, rendered_ids, block)
        return known["description"] | {"props": dict(known["description"]["props"])}

    BlocksConfig.config_for_block = staticmethod(described)


def oldest_unread(request: gr.Request) -> object | None:
    """The oldest message for a visitor that was not fetched yet; None where all were, or nothing is known of them."""
    try:
        messages = request.request.app.get_blocks()._queue.pending_messages_per_session[request.session_hash]
        return messages._queue[0]
    except (AttributeError, LookupError):
        return None


def tell_no_host(demo: gr.Blocks) -> None:
    """Gradio writes the host that a request names into the page, and into what it remembers for everybody. A page knows
    where it came from, so it is told an address relative to its own; samples of the API name the server's."""
    route_utils.get_root_url = _root

    def address() -> str:
        return (demo.local_url or "").rstrip("/")

    def samples(name: str, info: dict, _root: str, **options) -> dict:
        return snippet.generate_code_snippets(name, _quoted(info), address(), **options)

    def commands(endpoints: dict) -> dict:
        written = cli.generate_cli_snippet(endpoints)
        return {name: text.replace("{space_id}", demo.space_id or address()) for name, text in written.items()}

    routes.generate_code_snippets, routes.generate_cli_snippet = samples, commands


def _quoted(info: dict) -> dict:
    """An endpoint for its samples: Gradio puts a text between quotation marks as it stands, but writes a list of texts
    as JSON does."""
    texts = {"python_type": {"type": "List[str]"}}
    told = [one | texts if isinstance(one["parameter_default"], str) else one for one in info["parameters"]]
    return info | {"parameters": told}


def _root(request, route_path: str, root_path: str | None) -> str:
    if root_path and root_path.startswith(("http://", "https://")):
        return root_path.rstrip("/")
    return "" if route_path == "/config" else "."  # a client elsewhere takes the address that it was given
