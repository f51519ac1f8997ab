"""The two other branches of the road: tokens written and exchanged, pictures of the GAN, and how well the transformer uses the machine.

    python -m tests.benchmarks.branches          # writes assets/benchmarks/branches.json and the table in the README
    python -m tests.benchmarks.branches --print  # writes nothing

Tokens are measured from outside, as gradio_client's visitors see them. Measure on idle cores.
"""

import statistics
import time
from dataclasses import replace

import torch
from gradio_client import Client

from models.dalle import DALLE, Choice
from models.gan import GAN
from playground import specimen
from playground.codebook.surgery import surgery
from tests.benchmarks import report
from tests.benchmarks.app import ROOT, start
from training import precision, recipes
from training.loop import Descent
from training.measure import ASSETS

RESULT = ROOT / "assets" / "benchmarks" / "branches.json"
RUNS, WORDS = 7, ("strawberry", "red heart", "cactus", "fox", "hamburger", "snowman", "moon")
GOALS = {"picture_s": 1.5, "fine_s": 1.5, "first_ms": 100, "override_ms": 100, "surgery_ms": 50, "gan_ms": 150}
NAMES = {
    "picture_s": "DALL·E: prompt → picture of 64 tokens under guidance, in the app, s (median)", "first_ms": "prompt → first token, in the app, ms (median)",
    "override_ms": "another token in the middle → first new token, in the app, ms (median)",
    "fine_s": "256 tokens of one picture, a transformer of the same size for 16×16, unguided, s", "surgery_ms": "token surgery: redraw, ms (median)",
    "surgery_seen_ms": "the same as gradio_client sees it, ms (median)",
    "gan_ms": "GAN: 64 samples, ms (median)", "gpt_share": "training the transformer: useful FLOPs, share of the rate of its own matmuls",
}  # fmt: skip


def written(client: Client, prompt: str, **settings) -> tuple[float, float, dict]:
    """Seconds to the first new token and to the end, and what was written."""
    begin, first, kept = time.perf_counter(), None, None
    job = client.submit(prompt=prompt, seed=1, api_name="/dalle_write", **defaults(client, "/dalle_write", "prompt", "seed") | settings)
    for value in job:
        kept = value["kept"] if kept is None else kept
        if first is None and len(value["codes"]) > kept:
            first = time.perf_counter() - begin
    assert value.get("done"), value
    return first, time.perf_counter() - begin, value


def defaults(client: Client, name: str, *given: str) -> dict:
    """What an endpoint asks for beside what is given, as the page opens with it."""
    asked = client.view_api(print_info=False, return_format="dict")["named_endpoints"][name]["parameters"]
    return {one["parameter_name"]: one.get("parameter_default") for one in asked if one["parameter_name"] not in given}


def from_outside() -> dict[str, float]:
    process, url, _ = start()
    try:
        client = Client(url, verbose=False)
        whole = written(client, WORDS[0])[2]
        runs = [written(client, text) for text in WORDS]
        other = f"{' '.join(map(str, whole['codes'][:32]))} {(whole['codes'][32] + 1) % 512}|{WORDS[0]}"
        overridden = [written(client, WORDS[0], prefix=other)[0] for _ in range(RUNS)]
        seen = [timed(lambda k=k: client.predict(api_name="/codebook_surgery", **defaults(client, "/codebook_surgery", "edits") | {"edits": f"vqvae 100={k}"}))
                   for k in range(RUNS + 2)]  # fmt: skip
        client.close()
    finally:
        process.terminate()
        process.wait(30)
    return {"picture_s": statistics.median(run[1] for run in runs), "first_ms": 1000 * statistics.median(run[0] for run in runs),
            "override_ms": 1000 * statistics.median(overridden), "surgery_seen_ms": 1000 * statistics.median(seen[2:])}


def timed(function) -> float:
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def of_surgery() -> dict[str, float]:
    """One code exchanged, from the settings to what the page is sent."""
    x = specimen.tensor(None)
    return {"surgery_ms": 1000 * statistics.median([timed(lambda k=k: surgery(x, "vqvae", None, "nothing", f"vqvae 100={k}")) for k in range(RUNS + 2)][2:])}


@torch.inference_mode()
def of_models() -> dict[str, float]:
    """What needs no app: the fine grid, the GAN."""
    gan, dalle = GAN.from_pretrained(ASSETS / "gan"), DALLE.from_pretrained(ASSETS / "dalle")
    fine = DALLE(replace(dalle.config, grid=16), dalle.tokenizer).eval()
    with torch.autocast("cpu", torch.bfloat16, enabled=precision.bf16_is_faster(torch.device("cpu"))):
        fine.sample([WORDS[0]], [0], Choice())
        found = {"fine_s": timed(lambda: fine.sample([WORDS[0]], [0], Choice()))}
        gan.sample(64)
        return found | {"gan_ms": 1000 * statistics.median(timed(lambda: gan.sample(64)) for _ in range(RUNS))}


def gpt_share() -> float:
    """FLOPs of the transformer's matrices in a training step (6 a weight and place that it is used at) over the time, as a share of what
    the largest of those multiplications alone reaches in the same precision."""
    config = recipes.get("dalle").CONFIG
    model = DALLE(config.model, DALLE.from_pretrained(ASSETS / "dalle").tokenizer).train()
    update = Descent(model, config, torch.device("cpu"), betas=(0.9, 0.96))
    places = config.model.context + model.length - 1
    batch = torch.randint(config.model.vocab, (config.batch, config.model.context)), torch.randint(config.model.codes, (config.batch, model.length))
    said = config.model.vocab * (config.model.context - 1) + config.model.codes * model.length
    weights = sum(p.numel() for p in model.transformer.parameters() if p.ndim == 2)
    flops = 6 * config.batch * (weights * places + config.model.width * said)
    update(batch)
    seconds = statistics.median(timed(lambda: update(batch)) for _ in range(5))
    return flops / seconds / matmul_rate(config.batch * places, config.model.width)


def matmul_rate(rows: int, width: int) -> float:
    """FLOPs a second of (rows, width) by (width, 4 width)."""
    kind = torch.bfloat16 if precision.bf16_is_faster(torch.device("cpu")) else torch.float32
    a, b = torch.randn(rows, width, dtype=kind), torch.randn(width, 4 * width, dtype=kind)
    torch.mm(a, b)
    return 2 * rows * width * 4 * width / min(timed(lambda: torch.mm(a, b)) for _ in range(20))


def measure() -> dict[str, float]:
    return from_outside() | of_surgery() | of_models() | {"gpt_share": gpt_share()}


def main():
    options, found = report.arguments(__doc__).parse_args(), measure()
    text = report.table(found, NAMES, GOALS)
    print(text)
    if not options.print:
        report.publish(found, RESULT, "branches", f"**Tokens and the GAN**\n\n{text}")


if __name__ == "__main__":
    main()
