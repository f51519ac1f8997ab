"""The lineage as a clickable map: time runs along one axis, families lie side by side, lines say who learned from whom.

Texts of a stop lie in the catalogue: stop.NAME.title, .idea, .fixed, .cost. Event "open": {"tab"} of a stop that is
built.
"""

import gradio as gr

from playground.widgets import widget

TEMPLATE = (
    '<div class="road"><svg aria-hidden="true"></svg><div class="stops" role="group"></div></div>'
    '<div class="stop"></div>'
)

# name, year, place in time, lane, family, tab, paper, address
STOPS = (
    (
        "ae",
        2006,
        1,
        2,
        "teal",
        "autoencoders",
        "Reducing the Dimensionality of Data with Neural Networks",
        "https://doi.org/10.1126/science.1127647",
    ),
    (
        "dae",
        2008,
        2,
        2,
        "teal",
        "autoencoders",
        "Extracting and Composing Robust Features with Denoising Autoencoders",
        "https://www.cs.toronto.edu/~larocheh/publications/icml-2008-denoising-autoencoders.pdf",
    ),
    ("vae", 2013, 3, 2, "teal", "autoencoders", "Auto-Encoding Variational Bayes", "https://arxiv.org/abs/1312.6114"),
    ("gan", 2014, 4, 1, "orange", "gan", "Generative Adversarial Networks", "https://arxiv.org/abs/1406.2661"),
    (
        "vqvae",
        2017,
        5,
        2,
        "violet",
        "codebook",
        "Neural Discrete Representation Learning",
        "https://arxiv.org/abs/1711.00937",
    ),
    (
        "ddpm",
        2020,
        6,
        4,
        "blue",
        "diffusion",
        "Denoising Diffusion Probabilistic Models",
        "https://arxiv.org/abs/2006.11239",
    ),
    ("dalle", 2021, 7, 2, "violet", "dalle", "Zero-Shot Text-to-Image Generation", "https://arxiv.org/abs/2102.12092"),
    (
        "clip",
        2021,
        7,
        3,
        "green",
        "clip",
        "Learning Transferable Visual Models From Natural Language Supervision",
        "https://arxiv.org/abs/2103.00020",
    ),
    (
        "iddpm",
        2021,
        7,
        4,
        "blue",
        "diffusion",
        "Improved Denoising Diffusion Probabilistic Models",
        "https://arxiv.org/abs/2102.09672",
    ),
    (
        "adm",
        2021,
        8,
        4,
        "blue",
        "guidance",
        "Diffusion Models Beat GANs on Image Synthesis",
        "https://arxiv.org/abs/2105.05233",
    ),
    (
        "glide",
        2021,
        9,
        4,
        "blue",
        "guidance",
        "GLIDE: Photorealistic Image Generation and Editing with Text-Guided Diffusion Models",
        "https://arxiv.org/abs/2112.10741",
    ),
    (
        "dalle2",
        2022,
        10,
        3,
        "all",
        "dalle2",
        "Hierarchical Text-Conditional Image Generation with CLIP Latents",
        "https://arxiv.org/abs/2204.06125",
    ),
)
LINKS = (
    ("ae", "dae"),
    ("dae", "vae"),
    ("vae", "vqvae"),
    ("vqvae", "dalle"),
    ("dae", "ddpm"),
    ("gan", "adm"),
    ("ddpm", "iddpm"),
    ("iddpm", "adm"),
    ("adm", "glide"),
    ("clip", "glide"),
    ("clip", "dalle2"),
    ("glide", "dalle2"),
    ("dalle", "dalle2"),
)


def roadmap(built: tuple[str, ...]) -> gr.HTML:
    keys = ("name", "year", "time", "lane", "family", "tab", "paper", "address")
    stops = [dict(zip(keys, stop, strict=True)) | {"built": stop[5] in built} for stop in STOPS]
    return widget(
        "roadmap", TEMPLATE, events=("open",), stops=stops, links=[list(link) for link in LINKS], elem_id="roadmap"
    )
