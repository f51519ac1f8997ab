"""The claims about autoencoders, VAEs and codebooks."""

from training.evaluation.claims.claim import Claim, Finding, above, every, finding, not_above
from training.evaluation.claims.measured import NOISE, Measured, Number

HINTON = ("Hinton & Salakhutdinov 2006, Reducing the Dimensionality of Data", "https://doi.org/10.1126/science.1127647")
VINCENT = (
    "Vincent et al. 2008, Denoising Autoencoders",
    "https://www.cs.toronto.edu/~larocheh/publications/icml-2008-denoising-autoencoders.pdf",
)
KINGMA = ("Kingma & Welling 2013, Auto-Encoding Variational Bayes", "https://arxiv.org/abs/1312.6114")
OORD = ("van den Oord et al. 2017, Neural Discrete Representation Learning", "https://arxiv.org/abs/1711.00937")
DHARIWAL = ("Dhariwal et al. 2020, Jukebox, §3.1", "https://arxiv.org/abs/2005.00341")
KIND = "gaussian"  # of the corruption that is shown
BOOKS = "vqvae/variants.json"
SIZES = (128, 512, 2048)  # codes in a codebook
LITTLE = "dae/data.json"


def beyond_pca(measured: Measured) -> Finding:
    """PSNR of AE above that of PCA."""
    numbers = [measured.checkpoint(name, "psnr") for name in ("ae", "pca")]
    return finding("psnr", numbers, above(*numbers))


def robust(measured: Measured) -> Finding:
    """From corrupted pictures back to clean ones: PSNR at a half, of every kind of corruption."""

    def at_half(name: str, kind: str) -> Number:
        return Number(f"model.{name}", measured.corrupted(name, kind)["0.5"], NOISE["psnr"])

    pairs = {kind: [at_half(name, kind) for name in ("dae", "ae")] for kind in measured.table("dae")["corrupted"]}
    lines = [
        {"label": f"model.{name}", "points": [[float(x), y] for x, y in measured.corrupted(name, KIND).items()]}
        for name in ("dae", "ae", "vae")
    ]
    curves = {"x": "noise", "lines": lines}
    return finding("psnr", pairs[KIND], every(*(above(*pair) for pair in pairs.values())), curves)


def overfits(measured: Measured) -> Finding:
    """With a twentieth of the drawings: how much better drawings of the training come back than unseen ones."""
    numbers = [
        Number(
            f"model.{name}",
            measured.row(LITTLE, name, "psnr_training", "").value - measured.row(LITTLE, name, "psnr", "").value,
            measured.row(LITTLE, name, "psnr", "").noise,
        )
        for name in ("ae", "dae")
    ]
    return finding("gap", numbers, above(*numbers))


def random_codes(measured: Measured) -> Finding:
    """Fréchet distance of random codes: the VAE's below the AE's."""
    numbers = [measured.checkpoint(name, "samples_frechet") for name in ("vae", "ae")]
    return finding("frechet", numbers, above(numbers[1], numbers[0]))


def nearest_code(measured: Measured) -> Finding:
    """PSNR of the VQ-VAE not below those of the VAE and of PCA."""
    vqvae, vae, pca = numbers = [measured.checkpoint(name, "psnr") for name in ("vqvae", "vae", "pca")]
    lines = [
        {"label": of, "points": [[k, measured.row(BOOKS, f"{k}/{of}", "psnr", of).value] for k in SIZES]}
        for of in ("restart", "none")
    ]
    verdict = every(not_above(vae, vqvae), not_above(pca, vqvae))
    return finding("psnr", numbers, verdict, {"x": "codes", "log": True, "lines": lines})


def restarts(measured: Measured) -> Finding:
    """Share of the largest codebook that is used: more with restarts than without."""
    numbers = [measured.row(BOOKS, f"{SIZES[-1]}/{of}", "used", of) for of in ("restart", "none")]
    return finding("used", numbers, above(*numbers))


CLAIMS = (
    Claim(
        "ae-pca",
        "A deep autoencoder loses less than PCA with as many numbers.",
        "Squared error 3.00 against 13.87 (MNIST, 30 numbers).",
        *HINTON,
        "autoencoders",
        ("training.evaluate pca ae",),
        3,
        beyond_pca,
    ),
    Claim(
        "dae-robust",
        "A denoising autoencoder is robust: the essence survives corruption.",
        "Shown by its filters and by later classification.",
        *VINCENT,
        "autoencoders",
        ("training.evaluate ae dae vae",),
        5,
        robust,
    ),
    Claim(
        "dae-overfits",
        "A denoising autoencoder overfits less.",
        "Classification error 10.29% against 11.28% (rotated MNIST).",
        *VINCENT,
        "autoencoders",
        ("training.studies.ablations little",),
        15,
        overfits,
    ),
    Claim(
        "vae-samples",
        "A VAE learns a distribution that can be sampled; an autoencoder does not.",
        "Shown by pictures only.",
        *KINGMA,
        "autoencoders",
        ("training.evaluate ae vae",),
        4,
        random_codes,
    ),
    Claim(
        "vq-nearest",
        "Features replaced by the nearest of K codes still draw the picture.",
        "4.67 bits/dim against 4.51 of a VAE (CIFAR-10).",
        *OORD,
        "codebook",
        ("training.evaluate pca vae vqvae", "training.studies.variants codebook"),
        20,
        nearest_code,
    ),
    Claim(
        "vq-restarts",
        "Restarting dead codes keeps the whole codebook in use.",
        "Shown by a curve only.",
        *DHARIWAL,
        "codebook",
        ("training.studies.variants codebook",),
        15,
        restarts,
    ),
)
