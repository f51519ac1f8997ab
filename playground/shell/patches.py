"""What a new visitor costs: Gradio describes every component anew for each one, a tenth of a second in which nobody
else is heard.

Ours do not change once they are built, so each is described once, and a visitor gets their own copies.
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
