"""The two other branches of the road: tokens written and exchanged, pictures of the GAN, and how well the transformer
uses the machine.

    python -m tests.benchmarks.branches          # writes assets/benchmarks/branches.json and the table in the README
    python -m tests.benchmarks.branches --print  # writes nothing

Clicks are measured in the page of a Chromium, which shares the cores with the server. Measure on idle cores.
"""

import statistics
import time
from dataclasses import replace

import torch

from models.dalle import DALLE, SamplingOptions
from models.gan import GAN
from playground.images import specimen
from playground.tabs.codebook.token_surgery import surgery
from tests.benchmarks import report
from tests.benchmarks.app import ROOT
from tests.benchmarks.page import browsing, opened, pressed
from training import precision, recipes
from training.files import ASSETS
from training.loop import Descent

RESULT = ROOT / "assets" / "benchmarks" / "branches.json"
RUNS, WARM, WORDS = 9, 5, "strawberry"
PRODUCTS, MOVES = ("mm", "addmm", "bmm"), ("copy_", "cat", "clone")  # by torch's names
GOALS = {"picture_s": 1.5, "fine_s": 1.5, "first_ms": 100, "override_ms": 100, "surgery_ms": 50, "gan_ms": 150}
NAMES = {
    "picture_s": "DALL·E: click → picture of 64 tokens under guidance, in the page, s (median)",
    "first_ms": "click → first token, in the page, ms (median)",
    "override_ms": "another token in the middle → first new token, in the page, ms (median)",
    "fine_s": "256 tokens of one picture, a transformer of the same size for 16×16, unguided, s",
    "surgery_ms": "token surgery: redraw, on the server, ms (median)",
    "surgery_seen_ms": "the same from click to picture, in the page, ms (median)",
    "gan_ms": "GAN: 64 samples, ms (median)",
    "gpt_share": "training the transformer: useful FLOPs, share of the best rate of its own matmuls",
    "gpt_products": "of a step's time, matrix products",
    "gpt_moved": "of a step's time, copies between precisions and layouts",
}
HELD = (
    "The faster a processor multiplies, the more of a training step is left to casts, norms, softmax, GELU, "
    "losses and the optimiser: that, and products narrower than the largest, hold the transformer's share."
)


def in_the_page() -> dict[str, float]:
    """Milliseconds from a click to what it asked for, in the page; the first clicks warm up."""
    with browsing() as (browser, url):
        page = opened(browser, url, "dalle", "write", "writer")
        runs = [
            pressed(page, "writer", "#dalle button.primary", ("data-written", "data-shown")) for _ in range(WARM + RUNS)
        ][WARM:]
        middle = page.locator("#dalle figure.tokens canvas").bounding_box()
        page.mouse.click(middle["x"] + middle["width"] * 0.45, middle["y"] + middle["height"] * 0.45)
        other = [
            pressed(page, "writer", "#dalle .best button[aria-pressed=false]", ("data-written", "data-shown"))[0]
            for _ in range(WARM + RUNS)
        ][WARM:]
        page.close()
        page = opened(browser, url, "codebook", "surgery", "mosaic")
        redraws = [
            pressed(page, "mosaic", "#codebook .common button[aria-pressed=false]", ("data-shown",))[0]
            for _ in range(WARM + RUNS)
        ][WARM:]
        page.close()
    first, whole = zip(*runs, strict=True)
    return {
        "picture_s": statistics.median(whole) / 1000,
        "first_ms": statistics.median(first),
        "override_ms": statistics.median(other),
        "surgery_seen_ms": statistics.median(redraws),
    }


def timed(function) -> float:
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def of_surgery() -> dict[str, float]:
    """One code exchanged, from the settings to what the page is sent."""
    x = specimen.tensor(None)
    return {
        "surgery_ms": 1000
        * statistics.median(
            [timed(lambda k=k: surgery(x, "vqvae", None, "nothing", f"vqvae 100={k}")) for k in range(RUNS + 2)][2:]
        )
    }


@torch.inference_mode()
def of_models() -> dict[str, float]:
    """What needs no app: the fine grid, the GAN."""
    gan, dalle = GAN.from_pretrained(ASSETS / "gan"), DALLE.from_pretrained(ASSETS / "dalle")
    fine = DALLE(replace(dalle.config, grid=16), dalle.tokenizer).eval()
    fine.sample([WORDS], [0], SamplingOptions())
    found = {"fine_s": timed(lambda: fine.sample([WORDS], [0], SamplingOptions()))}
    with torch.autocast("cpu", torch.bfloat16, enabled=precision.bf16_is_faster(torch.device("cpu"))):
        gan.sample(64)
        return found | {"gan_ms": 1000 * statistics.median(timed(lambda: gan.sample(64)) for _ in range(RUNS))}


def of_training() -> dict[str, float]:
    """FLOPs of the transformer's matrices in a training step (6 a weight and place that it is used at) over the time,
    as a share of what the largest of those multiplications alone reaches in the same precision; and what a step's time
    goes to."""
    config = recipes.get("dalle").CONFIG
    model = DALLE(config.model, DALLE.from_pretrained(ASSETS / "dalle").tokenizer).train()
    update = Descent(model, config, torch.device("cpu"), betas=(0.9, 0.96))
    places = config.model.context + model.length - 1
    batch = (
        torch.randint(config.model.vocab, (config.batch, config.model.context)),
        torch.randint(config.model.codes, (config.batch, model.length)),
    )
    said = config.model.vocab * (config.model.context - 1) + config.model.codes * model.length
    weights = sum(p.numel() for p in model.transformer.parameters() if p.ndim == 2)
    flops = 6 * config.batch * (weights * places + config.model.width * said)
    update(batch)
    seconds = statistics.median(timed(lambda: update(batch)) for _ in range(5))
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        update(batch)
    spent = {one.key: one.self_cpu_time_total for one in profile.key_averages()}
    products, moved = (
        sum(spent.get(f"aten::{name}", 0) for name in names) / sum(spent.values()) for names in (PRODUCTS, MOVES)
    )
    return {
        "gpt_share": flops / seconds / matmul_rate(config.batch * places, config.model.width),
        "gpt_products": products,
        "gpt_moved": moved,
    }


def matmul_rate(rows: int, width: int) -> float:
    """FLOPs a second of (rows, width) by (width, 4 width)."""
    kind = torch.bfloat16 if precision.bf16_is_faster(torch.device("cpu")) else torch.float32
    a, b = torch.randn(rows, width, dtype=kind), torch.randn(width, 4 * width, dtype=kind)
    torch.mm(a, b)
    return 2 * rows * width * 4 * width / min(timed(lambda: torch.mm(a, b)) for _ in range(20))


def measure() -> dict[str, float]:
    return in_the_page() | of_surgery() | of_models() | of_training()


def main():
    options, found = report.arguments(__doc__).parse_args(), measure()
    text = report.table(found, NAMES, GOALS)
    print(text)
    if not options.print:
        report.publish(found, RESULT, "branches", f"**Tokens and the GAN**\n\n{text}\n\n{HELD}")


if __name__ == "__main__":
    main()
