"""What we know of Gradio's inside, written for 6.31.

What a new visitor costs: Gradio describes every component anew for each one, a tenth of a second in which nobody
else is heard.

Ours do not change once they are built, so each is described once, and a visitor gets their own copies.

Who reads: Gradio draws to the end what was asked for, even if nobody ever fetches it.
"""

from functools import cache

import gradio as gr
from gradio.blocks import BlocksConfig


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
