"""What is measured of the vector-quantised autoencoders, and their table."""

import torch

from models.vqvae import VQVAE, bits, perplexity
from training.data import pictures as data
from training.evaluation.measure import evaluator, in_parts
from training.evaluation.metrics import psnr, ssim


def evaluate(model: VQVAE) -> dict:
    """Everything in metrics.json of a vector-quantised autoencoder; `score` decides which weights are better."""
    x = data.load(model.config.image_size).validation().on()
    tokens = in_parts(model.encode, x)
    again = in_parts(model.decode, tokens)
    found = {"psnr": psnr(x, again), "ssim": ssim(x, again)} | measure_tokens(model, tokens)
    if seen := evaluator():
        drawn = seen.quality(torch.inference_mode()(model.sample))
        found |= {"reconstruction_frechet": seen.distance(again), "floor_frechet": seen.floor}
        found |= {f"samples_{k}": v for k, v in drawn.items()}
    return {"score": found["psnr"]} | found


def measure_tokens(model: VQVAE, tokens: torch.Tensor) -> dict:
    """Statistics of the tokens (N, h, w) of all pictures: perplexity of their total counts, share of the codes that
    occur, bits a picture."""
    counts = tokens.flatten().bincount(minlength=model.config.codes)
    kinds, cells = perplexity(counts).item(), model.side**2
    return {
        "codes": model.config.codes,
        "grid": model.side,
        "perplexity": kinds,
        "used": (counts > 0).float().mean().item(),
        "bits": bits(cells, model.config.codes),
        "entropy_bits": bits(cells, kinds),
    }


def report(metrics: dict[str, dict]) -> str:
    """The README's table of the vector-quantised autoencoders."""
    names = [name for name in ("vqvae", "vqvae_8") if name in metrics]
    if not names:
        return ""
    rows = [
        "| model | tokens | codes | used | perplexity | bits a picture | PSNR dB | SSIM | Fréchet of reconstructions | "
        "of independent tokens |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    rows += [_row(name, metrics[name]) for name in names]
    note = (
        "Perplexity and use are those of all held-out pairs together; bits are those of plain whole numbers and, in "
        "brackets, of an ideal code for tokens that know nothing of each other. Independent tokens follow the measured "
        "frequencies: what they lack is the order that a model of sequences learns."
    )
    return "**Pictures as tokens: held-out pairs**\n\n" + "\n".join(rows) + "\n\n" + note


def _row(name: str, m: dict) -> str:
    cells = [
        name,
        f"{m['grid']}×{m['grid']}",
        f"{m['codes']}",
        f"{m['used']:.1%}",
        f"{m['perplexity']:.0f}",
        f"{m['bits']:,.0f} ({m['entropy_bits']:,.0f})",
        f"{m['psnr']:.2f}",
        f"{m['ssim']:.3f}",
        *(f"{m[key]:.2f}" if key in m else "" for key in ("reconstruction_frechet", "samples_frechet")),
    ]
    return "| " + " | ".join(cells) + " |"
