"""A small assets folder, made in seconds: drawings of shapes in two styles and untrained networks of the real
classes."""

import json
from pathlib import Path

import pytest
import torch
from PIL import Image, ImageDraw
from safetensors.torch import save_file

from models.ar_prior import ARPrior, ARPriorConfig
from models.autoencoder import AE, DAE, VAE, AEConfig, BetaLadder, BetaLadderConfig, DAEConfig, VAEConfig
from models.classifier import Classifier, ClassifierConfig
from models.clip import CLIP, CLIPConfig
from models.consistency import Consistency, ConsistencyConfig
from models.dalle import DALLE, DALLEConfig
from models.diffusion import Diffusion, DiffusionConfig
from models.gan import GAN, GANConfig
from models.glide import GLIDE, GLIDEConfig
from models.judge import Judge, JudgeConfig
from models.pca import PCA, PCAConfig
from models.prior import DiffusionPrior, DiffusionPriorConfig
from models.tokenizer import Tokenizer
from models.upsampler import Upsampler, UpsamplerConfig
from models.vqvae import VQVAE, VQVAEConfig

SHAPES = [
    ("🔴", "red circle", "红色圆"),
    ("🟦", "blue square", "蓝色方块"),
    ("🟢", "green circle", "绿色圆"),
    ("🟨", "yellow square", "黄色方块"),
    ("🟣", "purple circle", "紫色圆"),
    ("🟫", "brown square", "棕色方块"),
]
COLOURS = ["#d22", "#24d", "#2a3", "#ed2", "#83b", "#853"]
SMALL = dict(widths=(8, 8, 8))
TWINS = {
    "ddpm": {},
    "ddpm_v": dict(predicts="v"),
    "ddpm_x0": dict(predicts="x0"),
    "ddpm_mean": dict(predicts="mean"),
    "iddpm": dict(schedule="cosine", variance="learned", objective="hybrid"),
    "iddpm_vlb": dict(schedule="cosine", variance="learned", objective="vlb"),
    "adm": dict(schedule="cosine", predicts="x0", variance="learned", objective="hybrid", classes=2),
}
GRID = 41
OPEN_CLIP = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 80, "layers": 1, "width": 64, "patch_size": 16},
    "text_cfg": {"context_length": 12, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 1},
}


def make(folder: Path) -> Path:
    """Everything the app reads: atlas, checkpoints, metrics, maps, directions, features."""
    torch.manual_seed(0)
    x = _atlas(folder / "emoji")
    models = _models(x)
    for name, model in models.items():
        model.eval().save_pretrained(folder / name)
        (folder / name / "metrics.json").write_text(json.dumps(_metrics(name, model)))
    save_file({"features": _run(models["judge"].features, x)}, folder / "judge" / "features.safetensors")
    for name in ("ae", "vae"):
        size = models[name].config.latent
        save_file(
            {"style:one": torch.randn(size), "style:two": torch.randn(size)}, folder / name / "directions.safetensors"
        )
    for name in ("ae_2d", "dae_2d", "vae_2d"):
        _map(models[name], x, folder / name)
    return folder


def _models(x: torch.Tensor) -> dict:
    pca = PCA(PCAConfig(latent=4))
    pca.fit(x)
    kinds = {"ae": (AE, AEConfig), "dae": (DAE, DAEConfig), "vae": (VAE, VAEConfig)}
    models = {name: kind(config(**SMALL)) for name, (kind, config) in kinds.items()}
    models |= {f"{name}_2d": kind(config(latent=2, **SMALL)) for name, (kind, config) in kinds.items()}
    judge = Judge(JudgeConfig(widths=(8, 8, 8, 8), concepts=6, styles=2))
    models |= {name: twin(**changes) for name, changes in TWINS.items()}
    models |= {"pca": pca, "vae_ladder": BetaLadder(BetaLadderConfig(latent=8, **SMALL)), "judge": judge}
    models |= {"clip": _clip(), "clip_noised": _clip(steps=1000), "glide": _glide(), "classifier": _classifier()}
    models |= {
        name: VQVAE(VQVAEConfig(codes=32, width=8, widths=widths, blocks=(1,) * len(widths)))
        for name, widths in (("vqvae", (8,)), ("vqvae_8", (8, 8)))
    }
    models["dalle"] = DALLE(
        DALLEConfig(vocab=READS["vocab"], context=16, codes=32, grid=8, width=16, layers=1, heads=2), _tokenizer()
    )
    models |= {name: _gan(loss) for name, loss in (("gan", "relativistic"), ("gan_collapsed", "original"))}
    return models | {
        "prior": DiffusionPrior(DiffusionPriorConfig(**HEARS)),
        "ar_prior": ARPrior(ARPriorConfig(**HEARS, components=8)),
        "glide_fast": _talkative(
            Consistency(ConsistencyConfig(patch=4, **SEES | {"attention": (8,)}, **READS), _tokenizer())
        ),
        "upsampler": Upsampler(UpsamplerConfig(width=16, multipliers=(1, 2), blocks=1)),
        "upsampler_128": Upsampler(UpsamplerConfig(image_size=128, width=16, multipliers=(1, 2), blocks=1)),
    }


READS = dict(vocab=600, context=16, text_width=32, text_layers=1, text_heads=2, embedding=16)
HEARS = dict(embedding=16, text_width=32, context=16, width=16, layers=1, heads=2)
SEES = dict(width=16, multipliers=(1, 2), blocks=1, attention=(), head=8)


def _tokenizer() -> Tokenizer:
    """One that can read the names of the shapes."""
    return Tokenizer.train([name for _, en, zh in SHAPES for name in (en, zh)] * 2, READS["vocab"], READS["context"])


def _clip(**changes) -> CLIP:
    return CLIP(CLIPConfig(patch=16, width=32, layers=1, heads=2, **READS, **changes), _tokenizer())


def _glide() -> GLIDE:
    facts = dict(schedule="cosine", predicts="x0", variance="learned", objective="hybrid")
    return _talkative(GLIDE(GLIDEConfig(patch=4, **SEES | {"attention": (8,)}, **READS, **facts), _tokenizer()))


def _classifier() -> Classifier:
    return _talkative(Classifier(ClassifierConfig(patch=4, **SEES, head_classes=(len(SHAPES), 2, 2))))


def _gan(loss: str) -> GAN:
    """One that remembers a generator."""
    gan = _talkative(GAN(GANConfig(latent=8, style=16, widths=(8, 8, 8), loss=loss, memories=(10, 50))))
    gan.remember(12)
    with torch.no_grad():
        gan.generator.out.bias.add_(0.2)  # it has learned since
    return gan


def twin(**changes) -> Diffusion:
    """A diffusion network that says something, if nothing sensible."""
    return _talkative(Diffusion(DiffusionConfig(patch=4, **SEES, **changes)))


def _talkative(model):
    """A model whose layers all say something, also those that begin at zero."""
    for parameter in model.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05)
    return model


def _metrics(name: str, model) -> dict:
    numbers = {
        "parameters": model.parameters_count,
        "pictures": 12,
        "psnr": 12.3,
        "ssim": 0.4,
        "samples_frechet": 9.9,
        "floor_frechet": 1.1,
    }
    if name == "vae":
        numbers["kl"] = [1 / (i + 1) for i in range(model.config.latent)]
    if name == "vae_ladder":
        numbers["rungs"] = [
            {"beta": beta, "psnr": 10.0, "kl": 5.0, "active": 3, "frechet_samples": 9.0} for beta in model.config.betas
        ]
    return numbers


def _run(function, x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return function(x).float().contiguous()


def _atlas(folder: Path) -> torch.Tensor:
    folder.mkdir(parents=True)
    pages = {style: Image.new("RGBA", (4 * 64, 2 * 64)) for style in ("one", "two")}
    for k, page in enumerate(pages.values()):
        pen = ImageDraw.Draw(page)
        for i, colour in enumerate(COLOURS):
            left, top, pad = i % 4 * 64, i // 4 * 64, 6 + 8 * k
            draw = pen.rectangle if i % 2 else pen.ellipse
            draw((left + pad, top + pad, left + 63 - pad, top + 63 - pad), fill=colour)
    for style, page in pages.items():
        page.save(folder / f"{style}.webp", lossless=True)
    table = {
        "tile": 64,
        "columns": 4,
        "groups": [{"en": "Circles", "zh": "圆"}, {"en": "Squares", "zh": "方块"}],
        "styles": {
            name: {"file": name, "title": name.title(), "author": "the tests", "url": "", "licence": "Apache-2.0"}
            for name in pages
        },
        "concepts": [
            [emoji, en, zh, i % 2, en.split(), list(zh), True, [], []] for i, (emoji, en, zh) in enumerate(SHAPES)
        ],
        "pictures": {style: [[i, 0, False] for i in range(len(SHAPES))] for style in pages},
    }
    (folder / "table.json").write_text(json.dumps(table), encoding="utf-8")
    return torch.cat([_tile(page, i) for page in pages.values() for i in range(len(SHAPES))])


def _tile(page: Image.Image, i: int) -> torch.Tensor:
    left, top = i % 4 * 64, i // 4 * 64
    white = Image.new("RGBA", (64, 64), "white")
    white.alpha_composite(page.crop((left, top, left + 64, top + 64)))
    pixels = torch.frombuffer(bytearray(white.convert("RGB").tobytes()), dtype=torch.uint8).view(64, 64, 3)
    return (pixels.permute(2, 0, 1)[None].float() / 127.5) - 1


def _map(model, x: torch.Tensor, folder: Path):
    axis = torch.linspace(-3, 3, GRID)
    u = torch.stack([axis.repeat(GRID), -axis.repeat_interleave(GRID)], 1)
    tiles = torch.cat([_run(model.decode, model.code_mean + part * model.code_std) for part in u.split(256)])
    pixels = (
        ((tiles + 1) * 127.5).byte().view(GRID, GRID, 3, 64, 64).permute(0, 3, 1, 4, 2).reshape(GRID * 64, GRID * 64, 3)
    )
    Image.fromarray(pixels.numpy()).save(folder / "map.webp", quality=80, method=0)
    code = _run(lambda x: model.encode(x)[0] if isinstance(model, VAE) else model.encode(x), x)
    codes = [[*((c - model.code_mean) / model.code_std).tolist(), i % 2] for i, c in enumerate(code)]
    (folder / "codes.json").write_text(json.dumps({"codes": codes}))


def open_clip_folder(folder: Path):
    """A folder as open_clip saves a model, small and of random weights, and tiny.json, its sizes alone -> the model."""
    from playground.serving import pretrained_clip

    try:
        open_clip = pretrained_clip.imported()
    except Exception as error:  # whatever a foreign package raises at import
        pytest.skip(f"open_clip cannot be imported here: {error}")
    torch.manual_seed(0)
    model = open_clip.CLIP(**OPEN_CLIP)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    (folder / "tiny.json").write_text(json.dumps(OPEN_CLIP))
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": OPEN_CLIP, "preprocess_cfg": {}}))
    save_file(
        {name: weight.contiguous() for name, weight in model.state_dict().items()},
        folder / "open_clip_model.safetensors",
    )
    return model.eval()
