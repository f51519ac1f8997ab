"""The latent map: one plane, three decoders of two numbers."""

from functools import lru_cache

import gradio as gr
import torch
from torch import Tensor

from models.autoencoder import AE, VAE, kl_per_dimension
from models.pretrained import CheckpointError
from playground.images import atlas, pictures, specimen
from playground.panels import App
from playground.serving import autoencoder, validation
from playground.serving.autoencoder import code_statistics, posterior
from playground.serving.checkpoints import assets, load
from playground.shell.languages import word
from playground.widgets.latentmap.latentmap import RANGE, latent_map
from playground.widgets.question.question import question
from playground.widgets.source.source import maths

MODELS = ("ae_2d", "dae_2d", "vae_2d")


def decode(point) -> dict | None:
    """[u1, u2] → {model: data URL, or None where its checkpoint is missing}; None for anything that is no point of the
    map."""
    try:
        u = torch.tensor([[validation.number(value, -RANGE - 0.01, RANGE + 0.01, "u") for value in _pair(point)]])
    except validation.Refused:
        return None
    return {name: _drawn(name, u) for name in MODELS}


def _pair(point) -> list:
    if not isinstance(point, list) or len(point) != 2:
        raise validation.Refused("check.point")
    return point


def _drawn(name: str, u: Tensor) -> str | None:
    try:
        mean, deviation = code_statistics(name)
        return pictures.data_url(autoencoder.decode(name, mean + u * deviation)[0])
    except CheckpointError:
        return None


def places(x: Tensor) -> dict:
    """Where the specimen's codes lie in each map, and posteriors of the VAE, the specimen's first."""
    points = {}
    for name in MODELS:
        try:
            mean, deviation = code_statistics(name)
            points[name] = ((posterior(load(name), x)[0][0] - mean) / deviation).tolist()
        except CheckpointError:
            continue
    return {"points": points, "ellipses": _ellipses(x) + _others(assets()) if "vae_2d" in points else []}


def _ellipses(x: Tensor) -> list[list[float]]:
    """Posteriors of pictures: [u1, u2, s1, s2] each."""
    mu, logvar = posterior(load("vae_2d"), x)
    mean, deviation = code_statistics("vae_2d")
    return torch.cat([(mu - mean) / deviation, (0.5 * logvar).exp() / deviation], 1).round(decimals=4).tolist()


@lru_cache(maxsize=1)
def _others(_folder) -> list[list[float]]:
    """Forty training pictures, spread over the atlas."""
    chosen = [(style, tile) for style, tile in atlas.trained(assets())[::97] if style in ("noto", "twemoji")][:40]
    shown = [specimen.tensor({"kind": "atlas", "style": style, "tile": tile}) for style, tile in chosen]
    return _ellipses(torch.cat(shown)) if shown else []


def render(app: App):
    gr.Markdown(word("map.lead"), elem_classes=["lead"])
    question("map.question", 3)
    plane = latent_map(list(MODELS), decode, elem_id="latent-map")
    maths(
        r"z = \mu + u \odot \sigma, \quad u \in [-3, 3]^2, \qquad "
        r"q(z \mid x) = \mathcal N\!\left(\mu(x), \operatorname{diag} \sigma^2(x)\right)",
        "map.maths",
        ("Kingma & Welling 2013, Auto-Encoding Variational Bayes", "https://arxiv.org/abs/1312.6114"),
        [decode, AE.decode, VAE.encode, kl_per_dimension],
    )
    app.panel("map", places, {}, plane)
