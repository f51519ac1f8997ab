"""Who takes part: every system that can answer a caption, and every one that can answer a picture.

To add one, add an entry: its row, the checkpoints that it needs, what it costs, and how an attempt of it begins.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from models.dalle import SCALE
from models.layers import normal_rows
from models.pretrained import CheckpointError
from models.samplers import Noise
from playground.images import pictures, tokens
from playground.requests import guides
from playground.requests.dalle import DalleRequest, codebook, network
from playground.requests.diffusion import DiffusionRequest
from playground.requests.guided import GuidedRequest
from playground.requests.token_stream import Writing, picture_of, writer
from playground.requests.unclip import UnclipRequest, UnclipRun
from playground.serving import device, unclip
from playground.serving.autoencoder import decode, posterior
from playground.serving.checkpoints import load
from playground.serving.clip import picture_embeddings
from playground.tabs.compare.attempts import AtOnce, Attempt, Sampled

STEPS = 25  # of the samplers
GUIDED = 2.0  # scale of the guidance


class Question(NamedTuple):
    """What everybody is asked: a caption, or a picture (1, 3, 64, 64)."""

    text: str
    seed: int
    picture: Tensor


class Contender(NamedTuple):
    row: str
    checkpoints: tuple[str, ...]  # those that it cannot do without
    calls: int  # of networks, about: the cheap ones begin
    begin: Callable[[Question], Attempt]


def noise(question: Question, width: int) -> Tensor:
    """(1, width) of the seed."""
    return normal_rows(1, width, torch.Generator().manual_seed(question.seed))


def random_code(name: str) -> Callable[[Question], Attempt]:
    """An autoencoder draws a code that no picture had."""

    def draw(question: Question) -> Tensor:
        return decode(name, load(name).sample_codes(1, torch.Generator().manual_seed(question.seed)).cpu())

    return lambda question: AtOnce(name, lambda: draw(question))


def independent_tokens(question: Question) -> Attempt:
    generator = torch.Generator().manual_seed(question.seed)

    def draw() -> Tensor:
        return tokens.decode("vqvae_8", tokens.network("vqvae_8").sample_tokens(1, generator).cpu())

    return AtOnce("vqvae_8", draw)


def adversarial(question: Question) -> Attempt:
    def draw() -> Tensor:
        gan = load("gan")
        return device.run(gan.draw, device.run(gan.style, noise(question, gan.config.latent), exact=True))

    return AtOnce("gan", draw, calls=2)


def diffused(name: str) -> Callable[[Question], Attempt]:
    """A diffusion model is told nothing."""

    def begin(question: Question) -> Attempt:
        return Sampled(name, DiffusionRequest.checked(name, "dpm_solver", steps=STEPS, seed=question.seed).begin())

    return begin


def guided(name: str, scale: float) -> Callable[[Question], Attempt]:
    """Classifier-free guidance towards the caption, or towards the group of what it names."""

    def begin(question: Question) -> Attempt:
        return Sampled(name, GuidedRequest.checked(name, question.text, scale, question.seed, STEPS).begin())

    return begin


def steered(kind: str) -> Callable[[Question], Attempt]:
    """A network that is told nothing, pulled by the gradient of a guide."""

    def begin(question: Question) -> Attempt:
        request = GuidedRequest.checked("adm", question.text, 0, question.seed, STEPS)
        guide = guides.active_guide(guides.KINDS[kind], request, guides.styles()[0], question.picture)
        return Sampled("adm", request.begin(1, guide.denoise(request, GUIDED)))

    return begin


def written(text: str, seed: int, prefix: tuple[int, ...] = ()) -> Attempt:
    """DALL·E writes its tokens one after the other, from those that are given."""
    run = Writing(DalleRequest.checked(text, seed, scale=SCALE, prefix=prefix))
    return Sampled(writer(), run.watched(), lambda: picture_of(run.codes) if run.begun else None)


def completed(question: Question) -> Attempt:
    """DALL·E keeps the picture's upper half."""
    side = network().config.grid
    return written(
        "", question.seed, tuple(tokens.encode(codebook(), question.picture)[0, : side // 2].flatten().tolist())
    )


def unclipped(oracle: bool = False, **settings) -> Callable[[Question], Attempt]:
    """DALL·E 2 paints an embedding that a prior draws for the caption, or the picture's own."""

    def begin(question: Question) -> Attempt:
        request = UnclipRequest.checked("" if oracle else question.text, seed=question.seed, **settings)
        if lacking := request.missing or request.lacking:
            raise CheckpointError(f"The checkpoint {lacking} is missing: train it or fetch the assets folder.")
        run = UnclipRun(request, picture_embeddings(question.picture) if oracle else None)
        return Sampled("glide", run.watched(unclip.stage_names()))

    return begin


def rebuilt(name: str) -> Callable[[Question], Attempt]:
    """An autoencoder draws the picture's code; a VAE draws one from the picture's cloud of codes."""

    def draw(question: Question) -> Tensor:
        mean, logvar = posterior(load(name), question.picture)
        return decode(name, mean if logvar is None else mean + (logvar / 2).exp() * noise(question, mean.shape[1]))

    return lambda question: AtOnce(name, lambda: draw(question), calls=2)


def quantised(name: str) -> Callable[[Question], Attempt]:
    """The picture as tokens and back."""
    return lambda question: AtOnce(name, lambda: tokens.decode(name, tokens.encode(name, question.picture)), calls=2)


def redrawn(question: Question) -> Attempt:
    """Half of the way into the noise and back (SDEdit)."""
    request = DiffusionRequest.checked("adm", "ancestral", steps=2 * STEPS, seed=question.seed)
    small, i = pictures.shrunk(question.picture, request.network.config.image_size), request.steps // 2
    x = request.process.noised(small, torch.tensor([i]), Noise([question.seed]).like(small))
    return Sampled("adm", request.go_on(x, i, question.seed))


CAPTION = {
    "ae": Contender("nothing", ("ae",), 1, random_code("ae")),
    "vae": Contender("nothing", ("vae",), 1, random_code("vae")),
    "vqvae": Contender("nothing", ("vqvae_8",), 1, independent_tokens),
    "gan": Contender("nothing", ("gan",), 2, adversarial),
    "ddpm": Contender("nothing", ("ddpm",), 25, diffused("ddpm")),
    "iddpm": Contender("nothing", ("iddpm",), 25, diffused("iddpm")),
    "adm": Contender("label", ("adm",), 50, guided("adm", GUIDED)),
    "classifier": Contender("label", ("adm", "classifier"), 50, steered("concept")),
    "clip": Contender("words", ("adm", "clip_noised"), 50, steered("clip_noised")),
    "dalle": Contender("words", ("dalle", "vqvae_8"), 64, lambda asked: written(asked.text, asked.seed)),
    "glide": Contender("words", ("glide",), 50, guided("glide", GUIDED)),
    "distilled": Contender("words", ("glide_fast", "prior", "clip"), 20, unclipped(decoder="glide_fast")),
    "dalle2_ar": Contender("words", ("glide", "ar_prior", "clip"), 100, unclipped(prior="ar")),
    "dalle2": Contender("words", ("glide", "prior", "clip"), 50, unclipped()),
}
SPECIMEN = {
    "ae": Contender("rebuilt", ("ae",), 2, rebuilt("ae")),
    "vae": Contender("rebuilt", ("vae",), 2, rebuilt("vae")),
    "vqvae": Contender("rebuilt", ("vqvae_8",), 2, quantised("vqvae_8")),
    "vqvae_16": Contender("rebuilt", ("vqvae",), 2, quantised("vqvae")),
    "renoised": Contender("varied", ("adm",), 25, redrawn),
    "feature": Contender("varied", ("adm", "clip_noised"), 50, steered("feature")),
    "dalle": Contender("varied", ("dalle", "vqvae_8"), 32, completed),
    "distilled": Contender("varied", ("glide_fast", "clip"), 6, unclipped(True, decoder="glide_fast")),
    "dalle2": Contender("varied", ("glide", "clip"), 35, unclipped(True)),
}
