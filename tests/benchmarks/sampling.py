"""How fast the diffusion models draw and learn, beside diffusers and denoising-diffusion-pytorch at equal work.

    python -m tests.benchmarks.sampling     # a minute

It writes assets/benchmarks/sampling.json and its table.

What is compared takes turns in one process, and the best of its turns counts. The others run as they do by default
(float32), and in bf16 and channels_last as well. denoising-diffusion-pytorch is no requirement of ours; its row needs

    pip install --no-deps denoising-diffusion-pytorch einops ema-pytorch accelerate pytorch-fid
"""

import asyncio
import math
import statistics
import time
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from models.diffusion import Diffusion, DiffusionConfig
from models.inference import for_inference
from models.pretrained import CheckpointError
from models.samplers import Noise, Sampler, ddim, denoiser, run, spacing
from playground.serving import device
from playground.serving.device import BATCHES, best_batch
from playground.serving.engine import Engine
from playground.serving.job import Job
from tests.benchmarks import operators, report
from training.loop import Descent, TrainConfig

ROOT = Path(__file__).parent.parent.parent
RESULT = ROOT / "assets" / "benchmarks" / "sampling.json"
CONFIG = DiffusionConfig(blocks=1)
SIZES, TRAINED, VISITORS, STEPS = (1, 2, 8, 32), 32, 30, 25
GOALS = {
    **{f"step_{n}_ms": "≥ 2×" for n in SIZES},
    "train_rate": "≥ 2×",
    "flops_share": "≥ 40%",
    "visitors_rate": "≥ 3×",
    "visitors_first_s": "< 0.5",
    "one_s": "< 0.6",
    "one_first_s": "< 0.1",
}
NAMES = {
    **{f"step_{n}_ms": f"DDIM step of {n} picture{'s' * (n > 1)}, ms; other: diffusers" for n in SIZES},
    "train_rate": f"training at batch {TRAINED}, pictures/s; other: denoising-diffusion-pytorch",
    "flops_share": "U-Net at batch 8, share of the rate of a large matmul",
    "train_share": f"training at batch {TRAINED}, share of the same, a step counted as three forward passes",
    **{f"call_{n}_ms": f"U-Net at batch {n}, ms" for n in BATCHES},
    "visitors_rate": f"{VISITORS} visitors at once, {STEPS} steps each, pictures/s; other: one after the other",
    "visitors_first_s": f"{VISITORS} visitors at once, first preview of the last one, s",
    "visitors_median_s": f"{VISITORS} visitors at once, first preview, s (median)",
    "one_s": f"one picture, {STEPS} steps, s",
    "one_first_s": "one picture, first preview, s",
}


def in_turns(rounds: int, **calls: Callable) -> dict[str, float]:
    """Seconds of each call, the best of `rounds`, after one that does not count."""
    best = dict.fromkeys(calls, math.inf)
    for turn in range(rounds + 1):
        for name, call in calls.items():
            begin = time.perf_counter()
            call()
            if device.device().type == "cuda":
                torch.cuda.synchronize()
            best[name] = min(best[name], time.perf_counter() - begin if turn else math.inf)
    return best


def gigaflops(network: nn.Module) -> float:
    """Of one picture, forward; a multiplication and an addition are two."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(
            torch.zeros(1, 3, 32, 32, device=device.device()),
            torch.zeros(1, dtype=torch.long, device=device.device()),
        )
    return counter.get_total_flops() / 1e9


def size(name: str, network: nn.Module) -> dict[str, float]:
    return {f"{name}_gigaflops": gigaflops(network), f"{name}_parameters": sum(p.numel() for p in network.parameters())}


def bf16(wanted: bool) -> torch.autocast:
    return torch.autocast(device.device().type, torch.bfloat16, enabled=wanted)


class Ours:
    """A model as the app runs it, and its DDIM."""

    def __init__(self, model: Diffusion):
        self.model = model.eval().to(device.device(), memory_format=torch.channels_last)
        self.fast = for_inference(model, torch.bfloat16 if device.half_is_faster() else torch.float32)

    def __call__(self, x: Tensor, t: Tensor, condition=None) -> Tensor:
        return device.run(self.fast, x, t)

    def call(self, count: int) -> Tensor:
        return self(torch.zeros(count, 3, 32, 32), torch.zeros(count, dtype=torch.long))

    def sampler(self, seed: int = 0, count: int = 1, steps: int = STEPS) -> Sampler:
        process = self.model.process.respaced(spacing(len(self.model.process), steps))
        return ddim(denoiser(self.model), process, Noise([seed + k for k in range(count)])(3, 32, 32))

    def draw(self, count: int = 1, steps: int = STEPS, watch: Callable = lambda frame: None) -> Tensor:
        with torch.inference_mode():
            return run(self.sampler(0, count, steps), self, watch)


def mend_torchvision() -> torch.library.Library | None:
    """Beside a torch without CUDA torchvision may not find its operators and refuse the import: declares the two it
    names."""
    try:
        import torchvision  # noqa: F401
    except ImportError:
        return None
    except RuntimeError:
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        return library


def diffusers_network() -> nn.Module:
    """As many parameters and operations as CONFIG."""
    from diffusers import UNet2DModel

    down, up = ("DownBlock2D",) * 3 + ("AttnDownBlock2D",), ("AttnUpBlock2D",) + ("UpBlock2D",) * 3
    return UNet2DModel(
        32, block_out_channels=(32, 32, 128, 160), layers_per_block=1, down_block_types=down, up_block_types=up
    ).eval()


def diffusers_draw(network: nn.Module, count: int, steps: int, half: bool = False) -> Tensor:
    from diffusers import DDIMScheduler

    scheduler, x = DDIMScheduler(clip_sample=True), torch.randn(count, 3, 32, 32, device=device.device())
    scheduler.set_timesteps(steps)
    for t in scheduler.timesteps:
        with torch.no_grad(), bf16(half):
            output = network(x, t).sample
        x = scheduler.step(output.float(), t, x).prev_sample
    return x


def against_diffusers(ours: Ours, steps: int = 3) -> dict[str, float]:
    theirs, found = diffusers_network().to(device.device()), {}
    half = deepcopy(theirs).to(memory_format=torch.channels_last)
    for n in SIZES:
        times = in_turns(
            6,
            ours=partial(ours.draw, n, steps),
            other=partial(diffusers_draw, theirs, n, steps),
            half=partial(diffusers_draw, half, n, steps, True),
        )
        found |= rows(f"step_{n}_ms", {name: 1000 * seconds / steps for name, seconds in times.items()})
    return found | size("diffusers", theirs)


def rows(key: str, values: dict[str, float]) -> dict[str, float]:
    return {key: values["ours"]} | {f"{key}_{name}": value for name, value in values.items() if name != "ours"}


def share_of_matmul(ours: Ours, work: float, count: int = 8, side: int = 2048) -> dict[str, float]:
    """Operations a second of the network over those of a large matmul in the same precision."""
    x = torch.randn(
        side, side, dtype=torch.bfloat16 if device.half_is_faster() else torch.float32, device=device.device()
    )
    times = in_turns(20, network=partial(ours.call, count), matmul=lambda: x @ x)
    rates = {"matmul": 2 * side**3 / times["matmul"], "network": count * work * 1e9 / times["network"]}
    return {"flops_share": rates["network"] / rates["matmul"], "matmul_gigaflops_s": rates["matmul"] / 1e9}


def batch_scaling(ours: Ours) -> dict[str, float]:
    times = in_turns(10, **{f"call_{n}_ms": partial(ours.call, n) for n in BATCHES})
    return {name: 1000 * seconds for name, seconds in times.items()}


def visitors(ours: Ours, turns: int = 2, alone: int = 4) -> dict[str, float]:
    """All at once through the engine; the same number one after the other, from `alone` of them."""
    with torch.inference_mode():
        rows_a_call = best_batch(ours.call)
    engine = Engine({"network": lambda x, t, conditions: ours(x, t)}, batch=rows_a_call)
    crowds, singly = [], math.inf
    for _ in range(turns):
        singly = min(singly, *in_turns(1, alone=lambda: [ours.draw() for _ in range(alone)]).values())
        crowds.append(asyncio.run(crowd(ours, engine)))
    engine.close()
    seconds, first = min(crowds)
    return {
        "visitors_rate": VISITORS / seconds,
        "visitors_rate_other": alone / singly,
        "visitors_first_s": max(first),
        "visitors_median_s": statistics.median(first),
        "visitors_batch": rows_a_call,
    }


async def crowd(ours: Ours, engine: Engine) -> tuple[float, list[float]]:
    """Seconds until every visitor has his picture, and until each saw his first frame."""
    begin = time.perf_counter()
    jobs = [engine.submit("network", ours.sampler(seed), str(seed), kept=1) for seed in range(VISITORS)]
    first = await asyncio.gather(*(visit(job, begin) for job in jobs))
    return time.perf_counter() - begin, first


async def visit(job: Job, begin: float) -> float:
    seen = []
    async for _ in job.watch():
        seen.append(time.perf_counter() - begin)
    job.result()
    return seen[0]


def one_picture(ours: Ours) -> dict[str, float]:
    begins, firsts = [], []

    def draw():
        begins.append(time.perf_counter())
        ours.draw(watch=lambda frame: firsts.append(time.perf_counter()) if len(firsts) < len(begins) else None)

    seconds = in_turns(5, draw=draw)["draw"]
    return {
        "one_s": seconds,
        "one_first_s": min(first - begin for first, begin in zip(firsts[1:], begins[1:], strict=False)),
    }


def training(model: Diffusion) -> dict[str, float]:
    """Steps of the recipes' `Descent`, and of denoising-diffusion-pytorch as its Trainer makes them."""
    x = torch.rand(TRAINED, 3, 32, 32, device=device.device())
    ours = Descent(model.train(), TrainConfig(batch=TRAINED), device.device())
    calls, found = {"ours": partial(ours, (2 * x - 1).contiguous(memory_format=torch.channels_last))}, {}
    try:
        from denoising_diffusion_pytorch import GaussianDiffusion, Unet
    except ImportError:
        print("denoising-diffusion-pytorch is not installed; the head of this file has the command")
    else:
        network = Unet(dim=24, dim_mults=(1, 2, 4, 8)).to(
            device.device()
        )  # as many parameters and operations as CONFIG
        theirs, half = (
            GaussianDiffusion(net, image_size=32).to(device.device()) for net in (network, deepcopy(network))
        )
        calls |= {
            "other": trainer(theirs, x),
            "half": trainer(half.to(memory_format=torch.channels_last), x, half=True),
        }
        found = size("denoising_diffusion_pytorch", network)
    return rows("train_rate", {name: TRAINED / seconds for name, seconds in in_turns(4, **calls).items()}) | found


def by_operator(ours: Ours, model: Diffusion) -> dict[str, dict[str, float]]:
    """Where the time of a call and of a step of training goes."""
    step = Descent(model.train(), TrainConfig(batch=TRAINED, optimizer="muon"), device.device())
    x = torch.zeros(TRAINED, 3, 32, 32, device=device.device()).contiguous(memory_format=torch.channels_last)
    return {
        "U-Net at batch 8": operators.shares(partial(ours.call, 8)),
        f"training by Muon at batch {TRAINED}": operators.shares(partial(step, x)),
    }


def trainer(diffusion: nn.Module, x: Tensor, half: bool = False) -> Callable:
    optimizer = torch.optim.Adam(diffusion.parameters(), 8e-5, (0.9, 0.99))

    def step():
        with bf16(half):
            loss = diffusion(x)
        loss.backward()
        nn.utils.clip_grad_norm_(diffusion.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return step


def measure() -> dict[str, Any]:
    torch.manual_seed(0)
    library = mend_torchvision()  # noqa: F841 as long as it is held, the operators are declared
    device.half_is_faster()
    model = Diffusion(CONFIG)
    work, ours = size("ours", model.network), Ours(model)
    try:
        trained = Ours(Diffusion.from_pretrained(ROOT / "assets" / "ddpm"))
    except CheckpointError:
        trained = ours
    found = (
        against_diffusers(ours)
        | share_of_matmul(ours, work["ours_gigaflops"])
        | batch_scaling(ours)
        | visitors(trained)
        | one_picture(trained)
        | training(deepcopy(model))
        | work
    )
    operations = 3 * found["ours_gigaflops"] * found["train_rate"]
    return found | {
        "train_share": operations / found["matmul_gigaflops_s"],
        "operators": by_operator(ours, deepcopy(model)),
    }


def table(found: dict[str, Any]) -> str:
    """Times of the others over ours, or our rate over theirs."""
    lines = ["| what | ours | other | other, bf16 | ratio | goal |", "|---|---|---|---|---|---|"]
    for key, name in NAMES.items():
        ours, other, half = found[key], found.get(f"{key}_other"), found.get(f"{key}_half")
        ratio = "–" if other is None else f"{other / ours if key.endswith('_ms') else ours / other:.1f}×"
        cells = [
            f"{ours:.0%}" if key.endswith("share") else cell(ours),
            cell(other),
            cell(half),
            ratio,
            GOALS.get(key, "–"),
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def note(found: dict[str, Any]) -> str:
    """The work of the networks that were compared."""
    names = [name for name in ("ours", "diffusers", "denoising_diffusion_pytorch") if f"{name}_gigaflops" in found]
    told = (
        f"{name.replace('_', '-')} {found[f'{name}_parameters'] / 1e6:.2f} M parameters, "
        f"{found[f'{name}_gigaflops']:.3f} GFLOP"
        for name in names
    )
    missing = "" if "denoising_diffusion_pytorch" in names[-1] else " denoising-diffusion-pytorch was not installed."
    return f"A picture of 32×32 costs: {'; '.join(told)}.{missing}"


def main():
    found = measure()
    parts = [
        "**Drawing and learning, beside others at equal work**",
        table(found),
        note(found),
        operators.table(found["operators"]),
    ]
    text = "\n\n".join(parts)
    print(text)
    report.publish(found, RESULT, "sampling", text)


if __name__ == "__main__":
    main()
