"""What is measured of the autoencoders, what the app needs beside their weights, and their tables."""

import json
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from models.autoencoder import AE, CORRUPTIONS, VAE, BetaLadder, corrupt, kl_per_dimension
from models.pca import PCA
from models.pretrained import write_tensors
from training.data import pictures as data
from training.data.emoji import TONES
from training.data.styles import STYLES
from training.evaluation.measure import evaluator, in_parts
from training.evaluation.metrics import psnr, ssim

AMOUNTS = (0.1, 0.25, 0.5, 0.75)  # of corruption
MAP_SIDE = 41  # pictures a side of the latent map
MAP_RANGE = 3.0  # deviations of the codes from its middle to its edge


def evaluate(model) -> dict:
    """Everything in metrics.json of an autoencoder, a ladder of them or PCA; `score` decides which weights are
    better."""
    x = data.load(64).validation().on()
    if isinstance(model, BetaLadder):
        rungs = [measure_rung(rung, x) for rung in model.rungs]
        return {"score": sum(r["psnr"] for r in rungs) / len(rungs), "rungs": rungs}
    found = measure(model, x)
    if model.config.latent > 2:
        found["corrupted"] = corrupted(model, x)
    if isinstance(model, VAE):
        return {"score": -found["bits_per_dim"]} | found
    repaired = [v for row in found.get("corrupted", {}).values() for v in row.values()]
    return {
        "score": sum(repaired) / len(repaired) if type(model).__name__ == "DAE" and repaired else found["psnr"]
    } | found


def measure(model, x: Tensor) -> dict:
    """Reconstruction of x (N, 3, S, S), quality of random draws, and what only a VAE has."""
    again = in_parts(model.reconstruct, x)
    found = {"psnr": psnr(x, again), "ssim": ssim(x, again)}
    if seen := evaluator():
        drawn = seen.quality(torch.inference_mode()(model.sample))
        found |= {f"samples_{k}": v for k, v in drawn.items()} | {"floor_frechet": seen.floor}
        found["reconstruction_frechet"] = seen.distance(again)
    return found | (measure_posterior(model, x) if isinstance(model, VAE) else {})


def measure_rung(rung: VAE, x: Tensor) -> dict:
    """What the ladder shows of one VAE on pictures (N, 3, S, S), with its total KL in nats."""
    found = measure(rung, x)
    names = {
        "psnr": "psnr",
        "ssim": "ssim",
        "kl_total": "kl",
        "active": "active",
        "bits_per_dim": "bits_per_dim",
        "samples_frechet": "frechet_samples",
    }
    return {"beta": rung.config.beta} | {name: found[key] for key, name in names.items() if key in found}


@torch.inference_mode()
def measure_posterior(model: VAE, x: Tensor) -> dict:
    """KL per dimension, active units (Burda et al. 2016: the mean's variance over pictures above 0.01), the bound."""
    mu, logvar = model.encode(x)
    kl = kl_per_dimension(mu, logvar).mean(0)
    bits = model.bits_per_dim(x, torch.Generator().manual_seed(0)).mean()
    return {
        "kl_total": kl.sum().item(),
        "active": int((mu.var(0) > 0.01).sum()),
        "bits_per_dim": bits.item(),
        "sigma": model.sigma.item(),
        "kl": [round(v, 5) for v in kl.tolist()],
    }


def corrupted(model, x: Tensor) -> dict[str, dict[str, float]]:
    """PSNR in dB to the clean pictures (N, 3, S, S) from corrupted ones, by kind and amount; every model is given the
    same damage."""

    def repaired(kind: str, amount: float) -> float:
        dirty = corrupt(x, kind, amount, torch.Generator().manual_seed(0))
        return psnr(x, in_parts(model.reconstruct, dirty))

    return {kind: {str(amount): repaired(kind, amount) for amount in AMOUNTS} for kind in CORRUPTIONS}


def extras(model, folder: Path) -> None:
    """Files the app needs beside the weights: the latent map of a 2-d model, attribute directions of a larger one."""
    if isinstance(model, (PCA, BetaLadder)):
        return
    if model.config.latent == 2:
        draw_map(model).save(folder / "map.webp", "WEBP", quality=92, method=6)
        codes = json.dumps({"codes": map_codes(model)}, separators=(",", ":"))
        (folder / "codes.json").write_text(codes, encoding="utf-8")
    else:
        write_tensors(folder / "directions.safetensors", directions(model))


def means(model, x: Tensor) -> Tensor:
    """(N, latent): codes; those of a VAE are the posterior means."""
    return in_parts(lambda part: model.encode(part)[0] if isinstance(model, VAE) else model.encode(part), x)


def draw_map(model: AE) -> Image.Image:
    """41×41 decoded pictures; columns: first coordinate -3 … 3, rows: second one 3 … -3, in deviations of the codes."""
    at = torch.linspace(-MAP_RANGE, MAP_RANGE, MAP_SIDE)
    u = torch.stack([at.repeat(MAP_SIDE), at.flip(0).repeat_interleave(MAP_SIDE)], 1)
    tiles = in_parts(model.decode, model.code_mean + u * model.code_std)
    page = tiles.unflatten(0, (MAP_SIDE, MAP_SIDE)).permute(0, 3, 1, 4, 2).flatten(0, 1).flatten(1, 2)
    return Image.fromarray(((page + 1) * 127.5).round().byte().numpy())


def map_codes(model: AE, count: int = 1500) -> list[list[float]]:
    """[u1, u2, group] of training pictures spread evenly over the set."""
    pictures = data.load(64).training()
    plain = pictures.take(pictures.tone == 0)
    some = plain.take(torch.linspace(0, len(plain) - 1, count).long().numpy())
    u = (means(model, some.on()) - model.code_mean) / model.code_std
    return [[round(a, 3), round(b, 3), int(g)] for (a, b), g in zip(u.tolist(), some.group, strict=True)]


def directions(model: AE) -> dict[str, Tensor]:
    """(D,) each: mean code of an attribute minus that of the same concepts without it; of a group, minus the overall
    mean."""
    p = data.load(64).training()
    z, concept = means(model, p.on()), torch.from_numpy(p.concept)
    plain = torch.from_numpy(p.tone == 0)
    centre = torch.zeros(int(concept.max()) + 1, z.shape[1])
    count = torch.zeros(len(centre), 1).index_add_(0, concept[plain], torch.ones(int(plain.sum()), 1)).clamp_min(1)
    centre = centre.index_add_(0, concept[plain], z[plain]) / count  # a concept's mean over the styles
    away = z - centre[concept]
    found = {
        f"group:{name}": z[plain & torch.from_numpy(p.group == g)].mean(0) - z[plain].mean(0)
        for g, name in enumerate(p.groups)
    }
    for s, style in enumerate(STYLES):
        if not style.unseen:
            found[f"style:{style.name}"] = away[plain & torch.from_numpy(p.style == s)].mean(0)
    toned = torch.from_numpy(p.tone > 0)
    for tone, name in enumerate(TONES[1:], 1):
        which = torch.from_numpy(p.tone == tone)
        found[f"tone:{name}"] = away[which].mean(0) - away[plain & torch.isin(concept, concept[toned])].mean(0)
    return {name: vector.contiguous() for name, vector in found.items()}


def report(metrics: dict[str, dict]) -> str:
    """The tables of the autoencoders."""
    parts = [_reconstruction(metrics), _corruption(metrics), _ladder(metrics)]
    return "\n\n".join(part for part in parts if part)


def _reconstruction(metrics: dict[str, dict]) -> str:
    names = [n for n in ("pca", "ae", "dae", "vae", "ae_2d", "dae_2d", "vae_2d") if n in metrics]
    rows = [
        "| model | parameters | pictures seen | PSNR dB | SSIM | bits/dim | Fréchet of random codes "
        "| precision | recall |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in names:
        m = metrics[name]
        cells = [
            name,
            f"{m['parameters']:,}",
            f"{m['pictures']:,}",
            f"{m['psnr']:.2f}",
            f"{m['ssim']:.3f}",
            _cell(m, "bits_per_dim"),
            _cell(m, "samples_frechet") + _cell(m, "samples_frechet_std", " ± "),
            _cell(m, "samples_precision"),
            _cell(m, "samples_recall"),
        ]
        rows.append("| " + " | ".join(cells) + " |")
    floor = next((metrics[n]["floor_frechet"] for n in names if "floor_frechet" in metrics[n]), None)
    note = (
        f"\n\nFréchet distances are in the judge's own features; real held-out drawings measure {floor:.2f}."
        if floor
        else ""
    )
    return "**Held-out pairs: reconstruction, and pictures of random codes**\n\n" + "\n".join(rows) + note


def _cell(row: dict, key: str, before: str = "") -> str:
    return f"{before}{row[key]:.2f}" if key in row else ""


def _corruption(metrics: dict[str, dict]) -> str:
    names = [n for n in ("pca", "ae", "dae", "vae") if "corrupted" in metrics.get(n, {})]
    if not names:
        return ""
    rows = ["| corruption | amount | " + " | ".join(names) + " |", "|---|---|" + "---|" * len(names)]
    for kind in CORRUPTIONS:
        for amount in map(str, AMOUNTS):
            values = " | ".join(f"{metrics[n]['corrupted'][kind][amount]:.2f}" for n in names)
            rows.append(f"| {kind.replace('_', ' ')} | {amount} | {values} |")
    return "**From corrupted pictures back to clean ones: PSNR in dB**\n\n" + "\n".join(rows)


def _ladder(metrics: dict[str, dict]) -> str:
    if "vae_ladder" not in metrics:
        return ""
    rows = [
        "| β | PSNR dB | KL nats | active of 64 | bits/dim | Fréchet of random codes |",
        "|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {r['beta']:g} | {r['psnr']:.2f} | {r['kl']:.1f} | {r['active']} | {r['bits_per_dim']:.3f} | "
        f"{_cell(r, 'frechet_samples')} |"
        for r in metrics["vae_ladder"]["rungs"]
    ]
    return "**The β ladder: five small VAEs that differ in β alone**\n\n" + "\n".join(rows)
