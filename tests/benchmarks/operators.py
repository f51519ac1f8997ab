"""Where the time of a call goes, by the kind of operator that PyTorch's profiler saw at work."""

from collections.abc import Callable

from torch.profiler import ProfilerActivity, profile

KINDS = {  # parts of an operator's name, the first kind that fits counts
    "convolutions": ("convolution",),
    "matrix products and attention": ("linear", "mm", "attention", "softmax"),
    "norms": ("norm",),
    "copies and layouts": ("copy", "cat", "clone", "contiguous", "upsample", "pool", "empty", "shuffle", "resize"),
    "element by element": ("silu", "add", "mul", "div", "sub", "lerp", "sum", "sqrt", "pow", "normal_"),
}
REST = "everything else"


def kind(name: str) -> str:
    return next((found for found, parts in KINDS.items() if any(part in name for part in parts)), REST)


def shares(call: Callable, times: int = 3) -> dict[str, float]:
    """The share of the operators' own time that each kind takes in a call, after one that does not count."""
    call()
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        for _ in range(times):
            call()
    found = dict.fromkeys([*KINDS, REST], 0.0)
    for one in seen.key_averages():
        found[kind(one.key)] += one.self_cpu_time_total
    whole = sum(found.values())
    return {name: spent / whole for name, spent in found.items()}


def table(columns: dict[str, dict[str, float]]) -> str:
    """One row a kind, one column a call."""
    lines = [f"| where the time goes | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name in [*KINDS, REST]:
        lines.append(f"| {name} | {' | '.join(f'{column[name]:.0%}' for column in columns.values())} |")
    return "\n".join(lines)
